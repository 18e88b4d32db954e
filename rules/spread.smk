# Spread: how much a figure depends on who is held out.
# Needs   results/scores/... .tsv and .details.tsv of a table whose protocols include one that tests every speaker.
# Makes   results/tables/{table}.spread.tsv .md.


rule make_spread:
    input:
        scores=lambda w: [
            f"results/scores/{run.key}.tsv" for run in PLAN.table_runs(w.table)
        ],
        details=lambda w: [
            f"results/scores/{run.key}.details.tsv" for run in PLAN.table_runs(w.table)
        ],
        code=code("make_spread.py"),
    output:
        tsv="results/tables/{table}.spread.tsv",
        md="results/tables/{table}.spread.md",
    log:
        "results/logs/make_spread/{table}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: PLAN.table_settings(w.table),
    message:
        "make_spread {wildcards.table}"
    script:
        "../workflow_scripts/make_spread.py"
