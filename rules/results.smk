# Results: predictions become scores, scores become the cells of tables.
# Needs   results/predictions/{protocol}/{system}/{train}/{test}.tsv.
# Makes   results/scores/... (one line a run, and its details), results/tables/{table}.tsv .md .tex and
#         .comparisons.tsv .md (paired tests between its rows).


rule score_predictions:
    input:
        predictions="results/predictions/{protocol}/{system}/{train}/{test}.tsv",
        code=code("score_predictions.py"),
    output:
        score="results/scores/{protocol}/{system}/{train}/{test}.tsv",
        details="results/scores/{protocol}/{system}/{train}/{test}.details.tsv",
    log:
        "results/logs/score_predictions/{protocol}/{system}/{train}/{test}.log",
    conda:
        "../envs/results.yaml"
    resources:
        **REQUEST,
    params:
        settings=lambda w: PLAN.score_settings(
            PLAN.run(w.protocol, w.system, w.train, w.test)
        ),
    message:
        "score_predictions of {wildcards.test} by {wildcards.system} trained on {wildcards.train}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/score_predictions.py"


rule make_table:
    input:
        scores=lambda w: [
            f"results/scores/{run.key}.tsv" for run in PLAN.table_runs(w.table)
        ],
        left_out=lambda w: PLAN.tested_left_out(w.table),
        code=code("make_table.py"),
    output:
        tsv=report(
            "results/tables/{table}.tsv",
            caption="../report/table.rst",
            category=lambda w: REPORT.category(w.table),
            labels={"figure": "table", "protocol": "all"},
        ),
        md="results/tables/{table}.md",
        tex="results/tables/{table}.tex",
    log:
        "results/logs/make_table/{table}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: PLAN.table_settings(w.table),
    message:
        "make_table {wildcards.table}"
    script:
        "../workflow_scripts/make_table.py"


rule compare_systems:
    input:
        predictions=lambda w: [
            f"results/predictions/{run.key}.tsv" for run in PLAN.table_runs(w.table)
        ],
        scores=lambda w: [
            f"results/scores/{run.key}.tsv" for run in PLAN.table_runs(w.table)
        ],
        code=code("compare_systems.py"),
    output:
        tsv="results/tables/{table}.comparisons.tsv",
        md="results/tables/{table}.comparisons.md",
    log:
        "results/logs/compare_systems/{table}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: PLAN.compare_settings(w.table),
    message:
        "compare_systems of {wildcards.table}"
    script:
        "../workflow_scripts/compare_systems.py"
