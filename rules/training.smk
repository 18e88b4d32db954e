# Training and prediction: a system on a training set, all folds and seeds in one job (or in `training_parts: N` jobs).
# Needs   features, utt2emo and splits of the training corpora; the models of the stage before, to fine-tune.
# Makes   models/{protocol}/{system}/{train}.zip and .history.tsv,
#         predictions/{protocol}/{system}/{train}/{test}.tsv; for `xser predict` .card.json, which needs scores.

PARTS = STUDY.training_parts


rule train_models:
    input:
        unpack(lambda w: training.train_inputs(STUDY, w.protocol, w.system, w.train)),
    output:
        models=paths.models(*TRAINING),
        curves=paths.models(*TRAINING, "history.tsv"),
    log:
        paths.log("train_models", *TRAINING),
    wildcard_constraints:
        system=any_of(training.modelled(STUDY) if PARTS == 1 else []),
    conda:
        "../envs/models.yaml"
    threads: lambda w: training.threads(STUDY, w.protocol, w.system, w.train)
    resources:
        **REQUEST,
        **training.training_gpu(STUDY),
    params:
        code=lambda w: training.model_code(STUDY, "train_models.py", w.system),
        settings=lambda w: training.train_settings(STUDY, w.system, w.train),
    script:
        "../workflow_scripts/train_models.py"


use rule train_models as train_part with:
    output:
        models=paths.models_part(*TRAINING, "{part}"),
        curves=paths.models_part(*TRAINING, "{part}", "history.tsv"),
    log:
        paths.log("train_part", *TRAINING[:2], "{train}.{part}"),
    wildcard_constraints:
        system=any_of(training.modelled(STUDY)),
    params:
        code=lambda w: training.model_code(STUDY, "train_models.py", w.system),
        settings=lambda w: training.train_settings(
            STUDY, w.system, w.train, int(w.part), PARTS
        ),


rule merge_models:
    input:
        parts=[paths.models_part(*TRAINING, i) for i in range(PARTS)],
        histories=[paths.models_part(*TRAINING, i, "history.tsv") for i in range(PARTS)],
    output:
        models=paths.models(*TRAINING),
        curves=paths.models(*TRAINING, "history.tsv"),
    log:
        paths.log("merge_models", *TRAINING),
    wildcard_constraints:
        system=any_of(training.modelled(STUDY) if PARTS > 1 else []),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        code=lambda w: training.model_code(STUDY, "merge_models.py", w.system),
    script:
        "../workflow_scripts/merge_models.py"


rule predict_emotions:
    input:
        unpack(lambda w: training.predict_inputs(STUDY, run_of(w))),
        archive=paths.models(*TRAINING),
    output:
        out=paths.predictions(*RUN),
    log:
        paths.log("predict_emotions", *RUN),
    wildcard_constraints:
        system=any_of(training.modelled(STUDY)),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        code=lambda w: training.model_code(STUDY, "predict_emotions.py", w.system),
        settings=lambda w: training.predict_settings(STUDY, w.system, w.test),
    script:
        "../workflow_scripts/predict_emotions.py"


rule combine_predictions:
    input:
        parts=lambda w: training.component_inputs(STUDY, run_of(w)),
    output:
        out=paths.predictions(*RUN),
    log:
        paths.log("combine_predictions", *RUN),
    wildcard_constraints:
        system=any_of(training.combined(STUDY)),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        code=code("combine_predictions.py"),
        settings=lambda w: training.combine_settings(STUDY, run_of(w)),
    script:
        "../workflow_scripts/combine_predictions.py"


rule calibrate_model:
    input:
        unpack(lambda w: recognition.card_inputs(STUDY, w.protocol, w.system, w.train)),
        archive=paths.models(*TRAINING),
    output:
        out=paths.models(*TRAINING, "card.json"),
    log:
        paths.log("calibrate_model", *TRAINING),
    wildcard_constraints:
        system=any_of(training.modelled(STUDY)),
    conda:
        "../envs/models.yaml"
    resources:
        **REQUEST,
    params:
        code=lambda w: training.model_code(STUDY, "calibrate_model.py", w.system),
        settings=lambda w: recognition.model_card_settings(
            STUDY, w.protocol, w.system, w.train
        ),
    script:
        "../workflow_scripts/calibrate_model.py"
