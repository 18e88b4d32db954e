# Audit: proof that nothing which is tested was seen in training; a leak fails the study.
# Needs   all that the runs of a table were made of: splits, checksums, features, models, predictions.
# Makes   audit/{table}.tsv (a line a run); audit.md and audit.tsv for all default tables.
from xser.workflow import audit


rule audit_runs:
    input:
        unpack(lambda w: audit.inputs(STUDY, w.table)),
    output:
        paths.audit("{table}"),
    log:
        paths.log("audit_runs", "{table}"),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        code=lambda w: audit.used_code(STUDY, w.table),
        settings=lambda w: audit.settings(STUDY, w.table),
    script:
        "../workflow_scripts/audit_run.py"


rule make_audit:
    input:
        **audit.page_inputs(STUDY),
    output:
        tsv=paths.AUDIT,
        md=paths.AUDIT_PAGE,
    log:
        paths.log("make_audit"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("make_audit.py"),
        settings=audit.page_settings(STUDY),
    script:
        "../workflow_scripts/make_audit.py"
