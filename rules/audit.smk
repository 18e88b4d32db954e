# Audit: proof that nothing which is tested was seen in training; a leak fails the study.
# Needs   all that the runs of a table, or of a training that `xser predict` uses, were made of: splits, checksums,
#         features, models, predictions; the training's card.
# Makes   audit/{table}.tsv (a line a run); audit.md and audit.tsv for all default tables;
#         audit/{protocol}/{system}/{train}.tsv for `xser predict`.
from xser.workflow import audit


rule audit_runs:
    input:
        unpack(lambda w: audit.inputs(STUDY, STUDY.runs([w.table]))),
    output:
        out=paths.audit("{table}"),
    log:
        paths.log("audit_runs", "{table}"),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        code=lambda w: audit.used_code(STUDY, STUDY.runs([w.table])),
        settings=lambda w: audit.settings(STUDY, STUDY.runs([w.table])),
    script:
        "../workflow_scripts/audit_run.py"


use rule audit_runs as audit_card with:
    input:
        unpack(lambda w: audit.inputs(STUDY, runs_of(w))),
        card=paths.models(*TRAINING, "card.json"),
    output:
        out=paths.audit_of_card(*TRAINING),
    log:
        paths.log("audit_card", *TRAINING),
    wildcard_constraints:
        system=any_of(training.modelled(STUDY)),
    params:
        code=lambda w: audit.used_code(STUDY, runs_of(w)),
        settings=lambda w: audit.settings(STUDY, runs_of(w)),


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
