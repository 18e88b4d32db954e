# Report: figures, the summary page, the LaTeX appendix, and what `snakemake --report` shows of them.
# Needs   results/tables/, results/scores/, results/models/, results/corpora/, results/audit.tsv.
# Makes   results/figures/{name}.svg .png, results/summary.html, results/paper.tex. Not made anew: results/report.html,
#         which `snakemake --report` packs from them (`make report` does both).
from xser.workflow.report import ReportPlan

REPORT = ReportPlan(PLAN)


report: "../report/workflow.rst"


rule draw_confusion:
    input:
        details=lambda w: REPORT.details(w.table, w.protocol),
        code=code("draw_confusion.py"),
    output:
        **figure("{table}-confusion-{protocol}", "confusion", "{protocol}"),
    log:
        "results/logs/draw_confusion/{table}-{protocol}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: REPORT.cell_settings(w.table, w.protocol),
    message:
        "draw_confusion of {wildcards.table}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/draw_confusion.py"


rule draw_speakers:
    input:
        details=lambda w: REPORT.details(w.table, w.protocol),
        held_out=lambda w: REPORT.held_out_details(w.table),
        code=code("draw_speakers.py"),
    output:
        **figure("{table}-speakers-{protocol}", "speakers", "{protocol}"),
    log:
        "results/logs/draw_speakers/{table}-{protocol}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: REPORT.cell_settings(w.table, w.protocol),
    message:
        "draw_speakers of {wildcards.table}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/draw_speakers.py"


rule draw_heat_map:
    input:
        table="results/tables/{table}.tsv",
        code=code("draw_heat_map.py"),
    output:
        **figure("{table}-heat-map-{protocol}", "heat-map", "{protocol}"),
    log:
        "results/logs/draw_heat_map/{table}-{protocol}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: REPORT.table_settings(w.table, w.protocol),
    message:
        "draw_heat_map of {wildcards.table}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/draw_heat_map.py"


rule draw_against_paper:
    input:
        table="results/tables/{table}.tsv",
        code=code("draw_against_paper.py"),
    output:
        **figure("{table}-against-paper", "against-paper", "all"),
    log:
        "results/logs/draw_against_paper/{table}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: REPORT.table_settings(w.table),
    message:
        "draw_against_paper of {wildcards.table}"
    script:
        "../workflow_scripts/draw_against_paper.py"


rule draw_learning_curves:
    input:
        histories=lambda w: REPORT.histories(w.table, w.protocol),
        code=code("draw_learning_curves.py"),
    output:
        **figure("{table}-learning-curves-{protocol}", "learning-curves", "{protocol}"),
    log:
        "results/logs/draw_learning_curves/{table}-{protocol}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: REPORT.curve_settings(w.table, w.protocol),
    message:
        "draw_learning_curves of {wildcards.table}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/draw_learning_curves.py"


rule draw_importance:
    input:
        models=lambda w: REPORT.linear_models(w.table, w.protocol),
        names=lambda w: REPORT.linear_names(w.table, w.protocol),
        code=code("draw_importance.py", "xser/models/logreg.py"),
    output:
        **figure("{table}-importance-{protocol}", "importance", "{protocol}"),
    log:
        "results/logs/draw_importance/{table}-{protocol}.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=lambda w: REPORT.importance_settings(w.table, w.protocol),
    message:
        "draw_importance of {wildcards.table}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/draw_importance.py"


rule draw_corpora:
    input:
        utterances=REPORT.corpus_files("utterances.tsv"),
        utt2emo=REPORT.corpus_files("utt2emo"),
        utt2dur=REPORT.corpus_files("utt2dur"),
        code=code("draw_corpora.py"),
    output:
        emotions_svg=report(
            "results/figures/corpora-emotions.svg",
            caption="../report/emotions.rst",
            category="Corpora",
            labels={"figure": "emotions", "protocol": ""},
        ),
        emotions_png="results/figures/corpora-emotions.png",
        durations_svg=report(
            "results/figures/corpora-durations.svg",
            caption="../report/durations.rst",
            category="Corpora",
            labels={"figure": "durations", "protocol": ""},
        ),
        durations_png="results/figures/corpora-durations.png",
    log:
        "results/logs/draw_corpora.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=REPORT.corpora_settings(),
    message:
        "draw_corpora"
    script:
        "../workflow_scripts/draw_corpora.py"


rule make_summary:
    input:
        tables=[f"results/tables/{t}.tsv" for t in REPORT.tables],
        comparisons=[f"results/tables/{t}.comparisons.tsv" for t in REPORT.tables],
        spreads=[
            path for t in REPORT.tables for path in spreads(t) if path.endswith(".tsv")
        ],
        figures=[f"results/figures/{name}.svg" for name in REPORT.figures()],
        captions=REPORT.captions(),
        cards=REPORT.corpus_files("card.tsv"),
        audit="results/audit.tsv",
        style="report/summary.css",
        behaviour="report/summary.js",
        code=code("make_summary.py"),
    output:
        report(
            "results/summary.html",
            caption="../report/summary.rst",
            category="Summary",
            labels={"figure": "summary page", "protocol": ""},
        ),
    log:
        "results/logs/make_summary.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=REPORT.summary_settings(),
    message:
        "make_summary"
    script:
        "../workflow_scripts/make_summary.py"


rule make_appendix:
    input:
        tables=[f"results/tables/{t}.tex" for t in REPORT.tables],
        cards=REPORT.corpus_files("card.tsv"),
        audit="results/audit.tsv",
        code=code("make_appendix.py"),
    output:
        "results/paper.tex",
    log:
        "results/logs/make_appendix.log",
    conda:
        "../envs/results.yaml"
    params:
        settings=REPORT.appendix_settings(),
    message:
        "make_appendix"
    script:
        "../workflow_scripts/make_appendix.py"


rule report:
    input:
        REPORT.files(),
    message:
        "report"
