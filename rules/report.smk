# Report: figures, the summary page, the LaTeX appendix, and what `snakemake --report` shows of them.
# Needs   tables/, scores/, models/, corpora/, audit.tsv.
# Makes   figures/{name}.svg .png, summary.html, paper.tex. Not made anew: report.html, which `snakemake --report` packs
#         from them (`make report` does both).
from xser.workflow.report import Report

REPORT = Report(STUDY)


report: "../report/workflow.rst"


# One rule each: a figure has the wildcards, caption and code of its family.
for family in REPORT.families:

    rule:
        name:
            f"draw_{family.module}"
        input:
            unpack(REPORT.figure_inputs(family)),
        output:
            svg=report(
                paths.figure(family.pattern, "svg"), **REPORT.figure_label(family)
            ),
            png=paths.figure(family.pattern, "png"),
        log:
            paths.log(f"draw_{family.module}", family.pattern),
        localrule: True
        conda:
            "../envs/results.yaml"
        params:
            code=code("draw_figure.py", f"xser/figures/{family.module}.py"),
            settings=REPORT.figure_settings(family),
        script:
            "../workflow_scripts/draw_figure.py"


rule make_summary:
    input:
        tables=[paths.table(t, "tsv") for t in REPORT.tables],
        comparisons=[paths.table(t, "comparisons.tsv") for t in REPORT.tables],
        spreads=[path for t in REPORT.tables for path in results.spreads(STUDY, t)[:1]],
        printed=[paths.table(t, "md") for t in REPORT.tables],
        latex=[paths.table(t, "tex") for t in REPORT.tables],
        details=REPORT.details(),
        figures=[figure.files[0] for figure in REPORT.figures],
        captions=REPORT.captions(),
        cards=REPORT.corpus_files("card.tsv"),
        audit=paths.AUDIT,
    output:
        html=report(
            paths.SUMMARY,
            caption="../report/summary.rst",
            category="Summary",
            labels={"figure": "summary page", "protocol": ""},
        ),
    log:
        paths.log("make_summary"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("make_summary.py"),
        settings=REPORT.summary_settings(),
    script:
        "../workflow_scripts/make_summary.py"


rule make_appendix:
    input:
        tables=[paths.table(t, "tex") for t in REPORT.tables],
        cards=REPORT.corpus_files("card.tsv"),
        audit=paths.AUDIT,
    output:
        tex=paths.APPENDIX,
    log:
        paths.log("make_appendix"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("make_appendix.py"),
        settings=REPORT.appendix_settings(),
    script:
        "../workflow_scripts/make_appendix.py"


rule report:
    input:
        REPORT.files(),
