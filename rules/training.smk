# Training and prediction: a system on a training set, all folds and seeds in one job (or in `training_parts: N` jobs).
# Needs   features, utt2emo and splits of the training corpora; the models of the stage before, to fine-tune.
# Makes   results/models/{protocol}/{system}/{train}.zip and .history.tsv,
#         results/predictions/{protocol}/{system}/{train}/{test}.tsv.

PARTS = config.get("training_parts", 1)


rule train_models:
    input:
        unpack(lambda w: PLAN.train_inputs(w.protocol, w.system, w.train)),
        code=lambda w: PLAN.model_code("train_models.py", w.system),
    output:
        models="results/models/{protocol}/{system}/{train}.zip",
        history="results/models/{protocol}/{system}/{train}.history.tsv",
    log:
        "results/logs/train_models/{protocol}/{system}/{train}.log",
    wildcard_constraints:
        system=PLAN.one_of(PLAN.modelled() if PARTS == 1 else []),
    conda:
        "../envs/models.yaml"
    threads: lambda w: PLAN.training_threads(w.protocol, w.system, w.train)
    resources:
        **REQUEST,
        **PLAN.gpu_resources(),
    params:
        settings=lambda w: PLAN.train_settings(w.system, w.train),
    message:
        "train_models {wildcards.system} on {wildcards.train}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/train_models.py"


rule train_part:
    input:
        unpack(lambda w: PLAN.train_inputs(w.protocol, w.system, w.train)),
        code=lambda w: PLAN.model_code("train_models.py", w.system),
    output:
        models="results/models/{protocol}/{system}/parts/{train}.{part}.zip",
        history="results/models/{protocol}/{system}/parts/{train}.{part}.history.tsv",
    log:
        "results/logs/train_part/{protocol}/{system}/{train}.{part}.log",
    wildcard_constraints:
        system=PLAN.one_of(PLAN.modelled()),
    conda:
        "../envs/models.yaml"
    threads: lambda w: PLAN.training_threads(w.protocol, w.system, w.train)
    resources:
        **REQUEST,
        **PLAN.gpu_resources(),
    params:
        settings=lambda w: PLAN.train_settings(w.system, w.train, int(w.part), PARTS),
    message:
        "train_part {wildcards.system} on {wildcards.train}, protocol {wildcards.protocol}, part {wildcards.part}"
    script:
        "../workflow_scripts/train_models.py"


rule merge_models:
    input:
        models=expand(
            "results/models/{{protocol}}/{{system}}/parts/{{train}}.{i}.zip",
            i=range(PARTS),
        ),
        histories=expand(
            "results/models/{{protocol}}/{{system}}/parts/{{train}}.{i}.history.tsv",
            i=range(PARTS),
        ),
        code=lambda w: PLAN.model_code("merge_models.py", w.system),
    output:
        models="results/models/{protocol}/{system}/{train}.zip",
        history="results/models/{protocol}/{system}/{train}.history.tsv",
    log:
        "results/logs/merge_models/{protocol}/{system}/{train}.log",
    wildcard_constraints:
        system=PLAN.one_of(PLAN.modelled() if PARTS > 1 else []),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    message:
        "merge_models {wildcards.system} on {wildcards.train}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/merge_models.py"


rule predict_emotions:
    input:
        unpack(lambda w: PLAN.predict_inputs(w.protocol, w.system, w.train, w.test)),
        models="results/models/{protocol}/{system}/{train}.zip",
        code=lambda w: PLAN.model_code("predict_emotions.py", w.system),
    output:
        "results/predictions/{protocol}/{system}/{train}/{test}.tsv",
    log:
        "results/logs/predict_emotions/{protocol}/{system}/{train}/{test}.log",
    wildcard_constraints:
        system=PLAN.one_of(PLAN.modelled()),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        settings=lambda w: {"corpus": w.test},
    message:
        "predict_emotions of {wildcards.test} by {wildcards.system} trained on {wildcards.train}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/predict_emotions.py"


rule combine_predictions:
    input:
        predictions=lambda w: PLAN.component_inputs(
            PLAN.run(w.protocol, w.system, w.train, w.test)
        ),
        code=code("combine_predictions.py"),
    output:
        "results/predictions/{protocol}/{system}/{train}/{test}.tsv",
    log:
        "results/logs/combine_predictions/{protocol}/{system}/{train}/{test}.log",
    wildcard_constraints:
        system=PLAN.one_of(PLAN.combined()),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        settings=lambda w: PLAN.combine_settings(
            PLAN.run(w.protocol, w.system, w.train, w.test)
        ),
    message:
        "combine_predictions of {wildcards.test} by {wildcards.system} trained on {wildcards.train}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/combine_predictions.py"
