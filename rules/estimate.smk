# Estimate: what the config costs, before it has run.
# Needs   nothing; what has been read and split already makes it exact (docs/time.md).
# Makes   nothing: it prints core-hours, time and memory by stage of the jobs that Snakemake plans.


rule estimate:
    log:
        paths.log("estimate"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("estimate_cost.py"),
        settings=lambda w: {
            "config": config,
            "cores": workflow.resource_settings.cores,
            "snakefile": workflow.main_snakefile,
            "settings": workflow.config_settings,
            "targets": [
                "all",
                *(t.id for t in STUDY.tables.values() if not t.default),
            ],
            "triggers": workflow.dag_settings.rerun_triggers,
        },
    script:
        "../workflow_scripts/estimate_cost.py"
