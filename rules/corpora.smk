# Corpora: a folder somebody licensed becomes a Kaldi data directory.
# Needs   the corpus' root; a practice corpus is spoken first, a public one loaded by audb.
# Makes   corpora/{corpus}/: files.tsv (what there is to read), wav.scp utt2spk spk2utt utt2lang utt2dur utterances.tsv
#         audio.tsv left_out.tsv root.txt, utt2emo and labels.tsv (by the config's mapping), card.md and card.tsv.

for reader in corpora.practice_readers(STUDY):

    rule:
        name:
            f"make_practice_{reader}"
        output:
            corpora.practice_files(reader),
        log:
            paths.log("make_practice", reader),
        conda:
            "../envs/corpora.yaml"
        resources:
            **REQUEST,
        params:
            code=code("make_practice_corpus.py"),
            settings={"reader": reader, "root": paths.practice(reader)},
        script:
            "../workflow_scripts/make_practice_corpus.py"


rule load_corpus:
    output:
        files=paths.corpus("{corpus}", "files.tsv"),
    log:
        paths.log("load_corpus", "{corpus}"),
    wildcard_constraints:
        corpus=any_of(corpora.public(STUDY)),
    localrule: True  # nodes of clusters may have no connection
    conda:
        "../envs/corpora.yaml"
    params:
        code=code("load_corpus.py"),
        settings=lambda w: corpora.load_settings(STUDY, w.corpus),
    script:
        "../workflow_scripts/load_corpus.py"


rule list_files:
    input:
        files=lambda w: corpora.corpus_files(STUDY, w.corpus),
    output:
        path=paths.corpus("{corpus}", "files.tsv"),
    log:
        paths.log("list_files", "{corpus}"),
    wildcard_constraints:
        corpus=any_of(corpora.listed(STUDY)),
    localrule: True
    conda:
        "../envs/corpora.yaml"
    params:
        code=code("list_files.py"),
        settings=lambda w: {"root": STUDY.corpora[w.corpus].root},
    script:
        "../workflow_scripts/list_files.py"


rule read_corpus:
    input:
        files=paths.corpus("{corpus}", "files.tsv"),
    output:
        wav_scp=paths.corpus("{corpus}", "wav.scp"),
        utt2spk=paths.corpus("{corpus}", "utt2spk"),
        spk2utt=paths.corpus("{corpus}", "spk2utt"),
        utt2lang=paths.corpus("{corpus}", "utt2lang"),
        utt2dur=paths.corpus("{corpus}", "utt2dur"),
        utterances=paths.corpus("{corpus}", "utterances.tsv"),
        audio=paths.corpus("{corpus}", "audio.tsv"),
        left_out=paths.corpus("{corpus}", "left_out.tsv"),
        root=paths.corpus("{corpus}", "root.txt"),
    log:
        paths.log("read_corpus", "{corpus}"),
    wildcard_constraints:
        corpus=any_of(corpora.own_audio(STUDY)),
    conda:
        "../envs/corpora.yaml"
    threads: 2
    resources:
        **REQUEST,
    params:
        code=lambda w: corpora.reader_code(STUDY, w.corpus, "read_corpus.py"),
        settings=lambda w: corpora.read_settings(STUDY, w.corpus),
    script:
        "../workflow_scripts/read_corpus.py"


rule map_emotions:
    input:
        utterances=of_audio("utterances.tsv"),
        root=of_audio("root.txt"),
    output:
        utt2emo=paths.corpus("{corpus}", "utt2emo"),
        labels=paths.corpus("{corpus}", "labels.tsv"),
    log:
        paths.log("map_emotions", "{corpus}"),
    localrule: True
    conda:
        "../envs/corpora.yaml"
    params:
        code=code("map_emotions.py"),
        settings=lambda w: corpora.map_settings(STUDY, w.corpus),
    script:
        "../workflow_scripts/map_emotions.py"


rule describe_corpus:
    input:
        utterances=of_audio("utterances.tsv"),
        audio=of_audio("audio.tsv"),
        left_out=of_audio("left_out.tsv"),
        utt2emo=paths.corpus("{corpus}", "utt2emo"),
        labels=paths.corpus("{corpus}", "labels.tsv"),
    output:
        card=paths.corpus("{corpus}", "card.md"),
        table=paths.corpus("{corpus}", "card.tsv"),
    log:
        paths.log("describe_corpus", "{corpus}"),
    localrule: True
    conda:
        "../envs/corpora.yaml"
    params:
        code=lambda w: corpora.reader_code(STUDY, w.corpus, "describe_corpus.py"),
        settings=lambda w: corpora.card_settings(STUDY, w.corpus),
    script:
        "../workflow_scripts/describe_corpus.py"
