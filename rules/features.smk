# Features: one Kaldi archive a corpus and feature set, full length.
# Needs   results/corpora/{corpus}/utterances.tsv and the audio it names (audio.tsv holds its checksums).
# Makes   results/features/{features}/{corpus}.ark .scp .names.txt; in shards first, where the config says `shards: N`.

SHARDS = config.get("shards", 1)


rule extract_features:
    input:
        utterances="results/corpora/{corpus}/utterances.tsv",
        audio="results/corpora/{corpus}/audio.tsv",
        root="results/corpora/{corpus}/root.txt",
        code=lambda w: PLAN.extractor_code(w.features),
    output:
        ark="results/features/{features}/{corpus}.ark",
        scp="results/features/{features}/{corpus}.scp",
        names="results/features/{features}/{corpus}.names.txt",
    log:
        "results/logs/extract_features/{features}/{corpus}.log",
    wildcard_constraints:
        features=PLAN.one_of(PLAN.extracted() if SHARDS == 1 else []),
    conda:
        "../envs/features.yaml"
    threads: 4
    resources:
        **REQUEST,
    params:
        settings=lambda w: PLAN.extract_settings(w.features, w.corpus),
    message:
        "extract_features {wildcards.features} of {wildcards.corpus}"
    script:
        "../workflow_scripts/extract_features.py"


rule extract_shard:
    input:
        utterances="results/corpora/{corpus}/utterances.tsv",
        audio="results/corpora/{corpus}/audio.tsv",
        root="results/corpora/{corpus}/root.txt",
        code=lambda w: PLAN.extractor_code(w.features),
    output:
        ark="results/features/{features}/shards/{corpus}.{shard}.ark",
        scp="results/features/{features}/shards/{corpus}.{shard}.scp",
        names="results/features/{features}/shards/{corpus}.{shard}.names.txt",
    log:
        "results/logs/extract_shard/{features}/{corpus}.{shard}.log",
    conda:
        "../envs/features.yaml"
    threads: 4
    resources:
        **REQUEST,
    params:
        settings=lambda w: PLAN.extract_settings(w.features, w.corpus, int(w.shard)),
    message:
        "extract_shard {wildcards.features} of {wildcards.corpus}, shard {wildcards.shard}"
    script:
        "../workflow_scripts/extract_features.py"


rule merge_features:
    input:
        scp=expand(
            "results/features/{{features}}/shards/{{corpus}}.{i}.scp", i=range(SHARDS)
        ),
        ark=expand(
            "results/features/{{features}}/shards/{{corpus}}.{i}.ark", i=range(SHARDS)
        ),
        names="results/features/{features}/shards/{corpus}.0.names.txt",
        code=code("merge_features.py"),
    output:
        ark="results/features/{features}/{corpus}.ark",
        scp="results/features/{features}/{corpus}.scp",
        names="results/features/{features}/{corpus}.names.txt",
    log:
        "results/logs/merge_features/{features}/{corpus}.log",
    wildcard_constraints:
        features=PLAN.one_of(PLAN.extracted() if SHARDS > 1 else []),
    conda:
        "../envs/features.yaml"
    resources:
        **REQUEST,
    message:
        "merge_features {wildcards.features} of {wildcards.corpus}"
    script:
        "../workflow_scripts/merge_features.py"


rule paste_features:
    input:
        scp=lambda w: [
            f"results/features/{f}/{w.corpus}.scp"
            for f in CONFIG.features[w.features].of
        ],
        ark=lambda w: [
            f"results/features/{f}/{w.corpus}.ark"
            for f in CONFIG.features[w.features].of
        ],
        names=lambda w: [
            f"results/features/{f}/{w.corpus}.names.txt"
            for f in CONFIG.features[w.features].of
        ],
        code=code("paste_features.py"),
    output:
        ark="results/features/{features}/{corpus}.ark",
        scp="results/features/{features}/{corpus}.scp",
        names="results/features/{features}/{corpus}.names.txt",
    log:
        "results/logs/paste_features/{features}/{corpus}.log",
    wildcard_constraints:
        features=PLAN.one_of(PLAN.derived("paste")),
    conda:
        "../envs/features.yaml"
    resources:
        **REQUEST,
    message:
        "paste_features {wildcards.features} of {wildcards.corpus}"
    script:
        "../workflow_scripts/paste_features.py"


rule import_features:
    input:
        scp=lambda w: CONFIG.features[w.features].scp[w.corpus],
        utterances="results/corpora/{corpus}/utterances.tsv",
        code=code("import_features.py"),
    output:
        ark="results/features/{features}/{corpus}.ark",
        scp="results/features/{features}/{corpus}.scp",
        names="results/features/{features}/{corpus}.names.txt",
    log:
        "results/logs/import_features/{features}/{corpus}.log",
    wildcard_constraints:
        features=PLAN.one_of(PLAN.derived("scp")),
    conda:
        "../envs/features.yaml"
    resources:
        **REQUEST,
    message:
        "import_features {wildcards.features} of {wildcards.corpus}"
    script:
        "../workflow_scripts/import_features.py"
