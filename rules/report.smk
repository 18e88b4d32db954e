# Report: figures, the summary page, the LaTeX appendix, and what `snakemake --report` shows of them.
# Needs   results/tables/, results/scores/, results/models/, results/corpora/, results/audit.tsv.
# Makes   results/figures/{name}.svg .png, results/summary.html, results/paper.tex. Not made anew: results/report.html,
#         which `snakemake --report` packs from them (`make report` does both).
from xser.workflow.report import ReportPlan

REPORT = ReportPlan(PLAN)


report: "../report/workflow.rst"


for family in REPORT.families:  # one rule each: a figure has the wildcards, caption and code of its family

    rule:
        name:
            f"draw_{family.module}"
        localrule: True
        input:
            unpack(REPORT.figure_inputs(family)),
            code=code("draw_figure.py", f"xser/figures/{family.module}.py"),
        output:
            svg=report(
                f"results/figures/{family.pattern}.svg", **REPORT.figure_label(family)
            ),
            png=f"results/figures/{family.pattern}.png",
        log:
            f"results/logs/figures/{family.pattern}.log",
        conda:
            "../envs/results.yaml"
        params:
            settings=REPORT.figure_settings(family),
        message:
            "draw_figure {output.svg}"
        script:
            "../workflow_scripts/draw_figure.py"


rule make_summary:
    input:
        tables=[f"results/tables/{t}.tsv" for t in REPORT.tables],
        comparisons=[f"results/tables/{t}.comparisons.tsv" for t in REPORT.tables],
        spreads=[
            path for t in REPORT.tables for path in spreads(t) if path.endswith(".tsv")
        ],
        figures=[figure.files[0] for figure in REPORT.figures],
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
