# Corpora: a folder somebody licensed becomes a Kaldi data directory.
# Needs   the corpus' root; a practice corpus is spoken first.
# Makes   results/corpora/{corpus}/: wav.scp utt2spk spk2utt utt2lang utt2dur utterances.tsv audio.tsv left_out.tsv root.txt,
#         utt2emo and labels.tsv (by the config's mapping), card.md and card.tsv.

for reader in PLAN.practice_readers():

    rule:
        name:
            f"make_practice_{reader}"
        input:
            code=code("make_practice_corpus.py"),
        output:
            PLAN.practice_files(reader),
        log:
            f"results/logs/make_practice/{reader}.log",
        conda:
            "../envs/corpora.yaml"
        resources:
            **REQUEST,
        params:
            settings={"reader": reader, "root": f"results/practice/{reader}"},
        message:
            f"make_practice_{reader}"
        script:
            "../workflow_scripts/make_practice_corpus.py"


rule read_corpus:
    input:
        files=lambda w: PLAN.corpus_files(w.corpus),
        code=lambda w: PLAN.reader_code(w.corpus),
    output:
        wav_scp="results/corpora/{corpus}/wav.scp",
        utt2spk="results/corpora/{corpus}/utt2spk",
        spk2utt="results/corpora/{corpus}/spk2utt",
        utt2lang="results/corpora/{corpus}/utt2lang",
        utt2dur="results/corpora/{corpus}/utt2dur",
        utterances="results/corpora/{corpus}/utterances.tsv",
        audio="results/corpora/{corpus}/audio.tsv",
        left_out="results/corpora/{corpus}/left_out.tsv",
        root="results/corpora/{corpus}/root.txt",
    log:
        "results/logs/read_corpus/{corpus}.log",
    wildcard_constraints:
        corpus=PLAN.one_of(PLAN.own_audio()),
    conda:
        "../envs/corpora.yaml"
    threads: 2
    resources:
        **REQUEST,
    params:
        settings=lambda w: PLAN.read_settings(w.corpus),
    message:
        "read_corpus {wildcards.corpus}"
    script:
        "../workflow_scripts/read_corpus.py"


rule map_emotions:
    input:
        utterances=lambda w: f"results/corpora/{PLAN.audio(w.corpus)}/utterances.tsv",
        root=lambda w: f"results/corpora/{PLAN.audio(w.corpus)}/root.txt",
        code=code("map_emotions.py"),
    output:
        utt2emo="results/corpora/{corpus}/utt2emo",
        labels="results/corpora/{corpus}/labels.tsv",
    log:
        "results/logs/map_emotions/{corpus}.log",
    conda:
        "../envs/corpora.yaml"
    params:
        settings=lambda w: PLAN.map_settings(w.corpus),
    message:
        "map_emotions {wildcards.corpus}"
    script:
        "../workflow_scripts/map_emotions.py"


rule describe_corpus:
    input:
        utterances=lambda w: f"results/corpora/{PLAN.audio(w.corpus)}/utterances.tsv",
        audio=lambda w: f"results/corpora/{PLAN.audio(w.corpus)}/audio.tsv",
        left_out=lambda w: f"results/corpora/{PLAN.audio(w.corpus)}/left_out.tsv",
        utt2emo="results/corpora/{corpus}/utt2emo",
        labels="results/corpora/{corpus}/labels.tsv",
        code=lambda w: code(
            "describe_corpus.py", f"xser/corpora/{CONFIG.corpora[w.corpus].reader}.py"
        ),
    output:
        card="results/corpora/{corpus}/card.md",
        table="results/corpora/{corpus}/card.tsv",
    log:
        "results/logs/describe_corpus/{corpus}.log",
    conda:
        "../envs/corpora.yaml"
    params:
        settings=lambda w: PLAN.card_settings(w.corpus),
    message:
        "describe_corpus {wildcards.corpus}"
    script:
        "../workflow_scripts/describe_corpus.py"
