# Results: predictions become scores, scores become the cells of tables.
# Needs   predictions/{protocol}/{system}/{train}/{test}.tsv.
# Makes   scores/... (one line a run, and its details), tables/{table}.tsv .md .tex and .comparisons.tsv .md (paired
#         tests between its rows); .spread.tsv .md, where its protocols include one that tests every speaker.


rule score_predictions:
    input:
        unpack(lambda w: results.shared_inputs(STUDY, run_of(w))),
        unpack(lambda w: results.head_inputs(STUDY, run_of(w))),
        predictions_tsv=paths.predictions(*RUN),
        utterances_tsv=lambda w: results.utterances(STUDY, run_of(w)),
    output:
        score_tsv=paths.score(*RUN),
        details_tsv=paths.details(*RUN),
    log:
        paths.log("score_predictions", *RUN),
    conda:
        "../envs/results.yaml"
    resources:
        **REQUEST,
    params:
        code=code("score_predictions.py"),
        settings=lambda w: results.score_settings(STUDY, run_of(w)),
    script:
        "../workflow_scripts/score_predictions.py"


rule make_table:
    input:
        unpack(lambda w: results.table_inputs(STUDY, w.table)),
    output:
        tsv=report(
            paths.table("{table}", "tsv"),
            caption="../report/table.rst",
            category=lambda w: REPORT.category(w.table),
            labels={"figure": "table", "protocol": "all"},
        ),
        md=paths.table("{table}", "md"),
        tex=paths.table("{table}", "tex"),
    log:
        paths.log("make_table", "{table}"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("make_table.py"),
        settings=lambda w: results.make_settings(STUDY, w.table),
    script:
        "../workflow_scripts/make_table.py"


rule compare_systems:
    input:
        predictions_tsv=lambda w: [
            paths.predictions(*run.ids) for run in STUDY.runs([w.table])
        ],
        utterances_tsv=lambda w: [
            results.utterances(STUDY, run) for run in STUDY.runs([w.table])
        ],
        scores=lambda w: [paths.score(*run.ids) for run in STUDY.runs([w.table])],
    output:
        tsv=paths.table("{table}", "comparisons.tsv"),
        md=paths.table("{table}", "comparisons.md"),
    log:
        paths.log("compare_systems", "{table}"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("compare_systems.py"),
        settings=lambda w: results.compare_settings(STUDY, w.table),
    script:
        "../workflow_scripts/compare_systems.py"


rule make_spread:
    input:
        scores=lambda w: [paths.score(*run.ids) for run in STUDY.runs([w.table])],
        details=lambda w: [paths.details(*run.ids) for run in STUDY.runs([w.table])],
    output:
        tsv=paths.table("{table}", "spread.tsv"),
        md=paths.table("{table}", "spread.md"),
    log:
        paths.log("make_spread", "{table}"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("make_spread.py"),
        settings=lambda w: results.table_settings(STUDY, w.table),
    script:
        "../workflow_scripts/make_spread.py"
