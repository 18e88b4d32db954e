# Features: one Kaldi archive a corpus and feature set, full length.
# Needs   corpora/{corpus}/utterances.tsv and the audio it names (audio.tsv holds its checksums).
# Makes   features/{features}/{corpus}.ark .scp .names.txt; in shards first, where the config says `shards: N`.

SHARDS = STUDY.shards


rule extract_features:
    input:
        utterances_tsv=paths.corpus("{corpus}", "utterances.tsv"),
        audio=paths.corpus("{corpus}", "audio.tsv"),
        root=paths.corpus("{corpus}", "root.txt"),
        recordings=lambda w: corpora.recordings(STUDY, w.corpus),
        weights=lambda w: features.extractor_files(STUDY, w.features),
    output:
        ark=paths.features("{features}", "{corpus}", "ark"),
        scp=paths.features("{features}", "{corpus}", "scp"),
        names=paths.features("{features}", "{corpus}", "names.txt"),
    log:
        paths.log("extract_features", "{features}", "{corpus}"),
    wildcard_constraints:
        features=any_of(features.extracted(STUDY) if SHARDS == 1 else []),
    conda:
        lambda w: features.extractor_environment(STUDY, w.features)
    threads: 4
    resources:
        **REQUEST,
        **features.extraction_gpu(STUDY),
    params:
        code=lambda w: features.extractor_code(STUDY, w.features),
        settings=lambda w: features.extract_settings(STUDY, w.features, w.corpus),
    script:
        "../workflow_scripts/extract_features.py"


use rule extract_features as extract_shard with:
    output:
        ark=paths.shard("{features}", "{corpus}", "{shard}", "ark"),
        scp=paths.shard("{features}", "{corpus}", "{shard}", "scp"),
        names=paths.shard("{features}", "{corpus}", "{shard}", "names.txt"),
    log:
        paths.log("extract_shard", "{features}", "{corpus}.{shard}"),
    wildcard_constraints:
        features=any_of(features.extracted(STUDY)),
    params:
        code=lambda w: features.extractor_code(STUDY, w.features),
        settings=lambda w: features.extract_settings(
            STUDY, w.features, w.corpus, int(w.shard)
        ),


rule merge_features:
    input:
        scps=[paths.shard("{features}", "{corpus}", i, "scp") for i in range(SHARDS)],
        ark=[paths.shard("{features}", "{corpus}", i, "ark") for i in range(SHARDS)],
        shard_names=paths.shard("{features}", "{corpus}", 0, "names.txt"),
    output:
        ark=paths.features("{features}", "{corpus}", "ark"),
        scp=paths.features("{features}", "{corpus}", "scp"),
        names=paths.features("{features}", "{corpus}", "names.txt"),
    log:
        paths.log("merge_features", "{features}", "{corpus}"),
    wildcard_constraints:
        features=any_of(features.extracted(STUDY) if SHARDS > 1 else []),
    conda:
        "../envs/features.yaml"
    resources:
        **REQUEST,
    params:
        code=code("merge_features.py"),
    script:
        "../workflow_scripts/merge_features.py"


rule paste_features:
    input:
        scps=lambda w: features.pasted(STUDY, w.features, w.corpus, "scp"),
        ark=lambda w: features.pasted(STUDY, w.features, w.corpus, "ark"),
        names_of=lambda w: features.pasted(STUDY, w.features, w.corpus, "names.txt"),
    output:
        ark=paths.features("{features}", "{corpus}", "ark"),
        scp=paths.features("{features}", "{corpus}", "scp"),
        names=paths.features("{features}", "{corpus}", "names.txt"),
    log:
        paths.log("paste_features", "{features}", "{corpus}"),
    wildcard_constraints:
        features=any_of(features.derived(STUDY, "paste")),
    conda:
        "../envs/features.yaml"
    resources:
        **REQUEST,
    params:
        code=code("paste_features.py"),
    script:
        "../workflow_scripts/paste_features.py"


rule import_features:
    input:
        source=lambda w: STUDY.features[w.features].scp[w.corpus],
        arks=lambda w: features.imported(STUDY, w.features, w.corpus),
        utterances_tsv=paths.corpus("{corpus}", "utterances.tsv"),
    output:
        ark=paths.features("{features}", "{corpus}", "ark"),
        scp=paths.features("{features}", "{corpus}", "scp"),
        names=paths.features("{features}", "{corpus}", "names.txt"),
    log:
        paths.log("import_features", "{features}", "{corpus}"),
    wildcard_constraints:
        features=any_of(features.derived(STUDY, "scp")),
    conda:
        "../envs/features.yaml"
    resources:
        **REQUEST,
    params:
        code=code("import_features.py"),
    script:
        "../workflow_scripts/import_features.py"
