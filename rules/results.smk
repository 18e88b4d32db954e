# Results: predictions become scores, scores become the cells of tables.
# Needs   results/predictions/{protocol}/{system}/{train}/{test}.tsv.
# Makes   results/scores/... (one line a run, and its details), results/tables/{table}.tsv .md .tex.


rule score_predictions:
    input:
        predictions="results/predictions/{protocol}/{system}/{train}/{test}.tsv",
        code=code("score_predictions.py"),
    output:
        score="results/scores/{protocol}/{system}/{train}/{test}.tsv",
        details="results/scores/{protocol}/{system}/{train}/{test}.details.tsv",
    params:
        settings=lambda w: DAG.score_settings(DAG.run(w.protocol, w.system, w.train, w.test)),
    log:
        "results/logs/score_predictions/{protocol}/{system}/{train}/{test}.log",
    conda:
        "../envs/results.yaml"
    script:
        "../workflow_scripts/score_predictions.py"


rule make_table:
    input:
        scores=lambda w: [f"results/scores/{run.key}.tsv" for run in DAG.table_runs(w.table)],
        left_out=lambda w: DAG.tested_left_out(w.table),
        code=code("make_table.py"),
    output:
        tsv="results/tables/{table}.tsv",
        md="results/tables/{table}.md",
        tex="results/tables/{table}.tex",
    params:
        settings=lambda w: DAG.table_settings(w.table),
    log:
        "results/logs/make_table/{table}.log",
    conda:
        "../envs/results.yaml"
    script:
        "../workflow_scripts/make_table.py"
