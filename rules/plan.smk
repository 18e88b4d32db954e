# Plan: what the config costs, before it has run.
# Needs   of all tables the cheap stages: results/corpora/{corpus}/utt2dur, results/splits/{protocol}/{corpus}.tsv.
# Makes   nothing: it prints core-hours, time and memory by stage (docs/time.md).
from xser.estimate import sizes


rule plan:
    input:
        **sizes.inputs(PLAN),
        code=code("estimate_cost.py"),
    log:
        "results/logs/plan.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: {
            "config": config,
            "cores": workflow.resource_settings.cores,
        },
    message:
        "plan"
    script:
        "../workflow_scripts/estimate_cost.py"
