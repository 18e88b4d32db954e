# Corpora: a folder somebody licensed becomes a Kaldi data directory.
# Needs   the corpus' root; a practice corpus is spoken first.
# Makes   results/corpora/{corpus}/: wav.scp utt2spk spk2utt utt2lang utt2dur utterances.tsv audio.tsv left_out.tsv,
#         utt2emo and labels.tsv (by the config's mapping), card.md and card.tsv.

for reader in DAG.practice_readers():

    rule:
        name:
            f"make_practice_{reader}"
        input:
            code=code("make_practice_corpus.py"),
        output:
            DAG.practice_files(reader),
        params:
            settings={"reader": reader, "root": f"results/practice/{reader}"},
        log:
            f"results/logs/make_practice/{reader}.log",
        conda:
            "../envs/corpora.yaml"
        script:
            "../workflow_scripts/make_practice_corpus.py"


rule read_corpus:
    input:
        files=lambda w: DAG.corpus_files(w.corpus),
        code=lambda w: DAG.reader_code(w.corpus),
    output:
        wav_scp="results/corpora/{corpus}/wav.scp",
        utt2spk="results/corpora/{corpus}/utt2spk",
        spk2utt="results/corpora/{corpus}/spk2utt",
        utt2lang="results/corpora/{corpus}/utt2lang",
        utt2dur="results/corpora/{corpus}/utt2dur",
        utterances="results/corpora/{corpus}/utterances.tsv",
        audio="results/corpora/{corpus}/audio.tsv",
        left_out="results/corpora/{corpus}/left_out.tsv",
    params:
        settings=lambda w: DAG.read_settings(w.corpus),
    wildcard_constraints:
        corpus=DAG.one_of(DAG.own_audio()),
    log:
        "results/logs/read_corpus/{corpus}.log",
    conda:
        "../envs/corpora.yaml"
    script:
        "../workflow_scripts/read_corpus.py"


rule map_emotions:
    input:
        utterances=lambda w: f"results/corpora/{DAG.audio(w.corpus)}/utterances.tsv",
        code=code("map_emotions.py"),
    output:
        utt2emo="results/corpora/{corpus}/utt2emo",
        labels="results/corpora/{corpus}/labels.tsv",
    params:
        settings=lambda w: DAG.map_settings(w.corpus),
    log:
        "results/logs/map_emotions/{corpus}.log",
    conda:
        "../envs/corpora.yaml"
    script:
        "../workflow_scripts/map_emotions.py"


rule describe_corpus:
    input:
        utterances=lambda w: f"results/corpora/{DAG.audio(w.corpus)}/utterances.tsv",
        audio=lambda w: f"results/corpora/{DAG.audio(w.corpus)}/audio.tsv",
        left_out=lambda w: f"results/corpora/{DAG.audio(w.corpus)}/left_out.tsv",
        utt2emo="results/corpora/{corpus}/utt2emo",
        labels="results/corpora/{corpus}/labels.tsv",
        code=lambda w: code("describe_corpus.py", f"xser/corpora/{CONFIG.corpora[w.corpus].reader}.py"),
    output:
        card="results/corpora/{corpus}/card.md",
        table="results/corpora/{corpus}/card.tsv",
    params:
        settings=lambda w: DAG.card_settings(w.corpus),
    log:
        "results/logs/describe_corpus/{corpus}.log",
    conda:
        "../envs/corpora.yaml"
    script:
        "../workflow_scripts/describe_corpus.py"
