# Training and prediction: a system on a training set, all folds and seeds in one job (or in `training_parts: N` jobs).
# Needs   features, utt2emo and splits of the training corpora; the models of the stage before, to fine-tune.
# Makes   results/models/{protocol}/{system}/{train}.zip and .history.tsv,
#         results/predictions/{protocol}/{system}/{train}/{test}.tsv.

PARTS = config.get("training_parts", 1)


rule train_models:
    input:
        unpack(lambda w: DAG.train_inputs(w.protocol, w.system, w.train)),
        code=lambda w: DAG.model_code("train_models.py", w.system),
    output:
        models="results/models/{protocol}/{system}/{train}.zip",
        history="results/models/{protocol}/{system}/{train}.history.tsv",
    params:
        settings=lambda w: DAG.train_settings(w.system, w.train),
    wildcard_constraints:
        system=DAG.one_of(DAG.modelled() if PARTS == 1 else []),
    log:
        "results/logs/train_models/{protocol}/{system}/{train}.log",
    conda:
        "../envs/models.yaml"
    script:
        "../workflow_scripts/train_models.py"


rule train_part:
    input:
        unpack(lambda w: DAG.train_inputs(w.protocol, w.system, w.train)),
        code=lambda w: DAG.model_code("train_models.py", w.system),
    output:
        models="results/models/{protocol}/{system}/parts/{train}.{part}.zip",
        history="results/models/{protocol}/{system}/parts/{train}.{part}.history.tsv",
    params:
        settings=lambda w: DAG.train_settings(w.system, w.train, int(w.part), PARTS),
    wildcard_constraints:
        system=DAG.one_of(DAG.modelled()),
    log:
        "results/logs/train_part/{protocol}/{system}/{train}.{part}.log",
    conda:
        "../envs/models.yaml"
    script:
        "../workflow_scripts/train_models.py"


rule merge_models:
    input:
        models=expand("results/models/{{protocol}}/{{system}}/parts/{{train}}.{i}.zip", i=range(PARTS)),
        histories=expand("results/models/{{protocol}}/{{system}}/parts/{{train}}.{i}.history.tsv", i=range(PARTS)),
        code=lambda w: DAG.model_code("merge_models.py", w.system),
    output:
        models="results/models/{protocol}/{system}/{train}.zip",
        history="results/models/{protocol}/{system}/{train}.history.tsv",
    wildcard_constraints:
        system=DAG.one_of(DAG.modelled() if PARTS > 1 else []),
    log:
        "results/logs/merge_models/{protocol}/{system}/{train}.log",
    conda:
        "../envs/models.yaml"
    script:
        "../workflow_scripts/merge_models.py"


rule predict_emotions:
    input:
        unpack(lambda w: DAG.corpus_inputs(w.system, w.protocol, [w.test])),
        models="results/models/{protocol}/{system}/{train}.zip",
        code=lambda w: DAG.model_code("predict_emotions.py", w.system),
    output:
        "results/predictions/{protocol}/{system}/{train}/{test}.tsv",
    params:
        settings=lambda w: {"corpus": w.test},
    wildcard_constraints:
        system=DAG.one_of(DAG.modelled()),
    log:
        "results/logs/predict_emotions/{protocol}/{system}/{train}/{test}.log",
    conda:
        "../envs/models.yaml"
    script:
        "../workflow_scripts/predict_emotions.py"


rule combine_predictions:
    input:
        predictions=lambda w: DAG.component_inputs(DAG.run(w.protocol, w.system, w.train, w.test)),
        code=code("combine_predictions.py"),
    output:
        "results/predictions/{protocol}/{system}/{train}/{test}.tsv",
    params:
        settings=lambda w: DAG.combine_settings(DAG.run(w.protocol, w.system, w.train, w.test)),
    wildcard_constraints:
        system=DAG.one_of(DAG.combined()),
    log:
        "results/logs/combine_predictions/{protocol}/{system}/{train}/{test}.log",
    conda:
        "../envs/models.yaml"
    script:
        "../workflow_scripts/combine_predictions.py"
