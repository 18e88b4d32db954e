# Splits: who trains, develops and tests.
# Needs   results/corpora/{corpus}/: utterances.tsv, utt2emo, audio.tsv.
# Makes   results/splits/{protocol}/{corpus}.tsv: one line an utterance, one column a fold.


rule split_corpus:
    input:
        utterances=lambda w: f"results/corpora/{PLAN.audio(w.corpus)}/utterances.tsv",
        audio=lambda w: f"results/corpora/{PLAN.audio(w.corpus)}/audio.tsv",
        utt2emo="results/corpora/{corpus}/utt2emo",
        code=code("split_corpus.py"),
    output:
        "results/splits/{protocol}/{corpus}.tsv",
    log:
        "results/logs/split_corpus/{protocol}/{corpus}.log",
    conda:
        "../envs/corpora.yaml"
    params:
        settings=lambda w: PLAN.split_settings(w.protocol, w.corpus),
    message:
        "split_corpus {wildcards.corpus} by protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/split_corpus.py"
