# Curves: what K utterances of a speaker, or K labels of a corpus, bring.
# Needs   the tested corpus' features, labels and split; models of a run (enrolment), or all that training needs (few-shot).
# Makes   curves/{curve}/{test}.tsv, one job a tested corpus; curves/{curve}.tsv and .md.


rule trace_curve:
    input:
        unpack(lambda w: curves.trace_inputs(STUDY, w.curve, w.test)),
    output:
        out=paths.curve("{curve}", "{test}"),
    log:
        paths.log("trace_curve", "{curve}", "{test}"),
    conda:
        "../envs/models.yaml"
    threads: 4
    resources:
        **REQUEST,
    params:
        code=lambda w: curves.trace_code(STUDY, w.curve),
        settings=lambda w: curves.trace_settings(STUDY, w.curve, w.test),
    script:
        "../workflow_scripts/trace_curve.py"


rule tabulate_curve:
    input:
        unpack(lambda w: curves.tabulate_inputs(STUDY, w.curve)),
    output:
        tsv=paths.curve_table("{curve}", "tsv"),
        md=paths.curve_table("{curve}", "md"),
    log:
        paths.log("tabulate_curve", "{curve}"),
    localrule: True
    conda:
        "../envs/results.yaml"
    params:
        code=code("tabulate_curve.py"),
        settings=lambda w: curves.curve_table_settings(STUDY, w.curve),
    script:
        "../workflow_scripts/tabulate_curve.py"
