# Audit: proof that nothing which is tested was seen in training; a leak fails the study.
# Needs   all that the runs of a table were made of: splits, checksums, features, models, predictions.
# Makes   results/audit/{table}.tsv (a line a run); results/audit.md and .tsv for all default tables.
from xser.workflow import audit as audit_plan


rule audit_runs:
    input:
        unpack(lambda w: audit_plan.inputs(PLAN, w.table)),
        code=code("audit_run.py"),
    output:
        "results/audit/{table}.tsv",
    log:
        "results/logs/audit_runs/{table}.log",
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        settings=lambda w: audit_plan.settings(PLAN, w.table),
    message:
        "audit_runs of {wildcards.table}"
    script:
        "../workflow_scripts/audit_run.py"


rule make_audit:
    input:
        **audit_plan.page_inputs(PLAN),
        code=code("make_audit.py"),
    output:
        tsv="results/audit.tsv",
        page="results/audit.md",
    log:
        "results/logs/make_audit.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=audit_plan.page_settings(PLAN),
    message:
        "make_audit"
    script:
        "../workflow_scripts/make_audit.py"
