# Splits: who trains, develops and tests.
# Needs   corpora/{corpus}/: utterances.tsv, utt2emo, audio.tsv; the file of the split, where the protocol is of kind `file`.
# Makes   splits/{protocol}/{corpus}.tsv: one line an utterance, one column a fold.


rule split_corpus:
    input:
        utterances=of_audio("utterances.tsv"),
        audio=of_audio("audio.tsv"),
        utt2emo=paths.corpus("{corpus}", "utt2emo"),
        file=lambda w: training.split_files(STUDY, w.protocol, w.corpus),
    output:
        out=paths.split("{protocol}", "{corpus}"),
    log:
        paths.log("split_corpus", "{protocol}", "{corpus}"),
    localrule: True
    conda:
        "../envs/corpora.yaml"
    params:
        code=code("split_corpus.py"),
        settings=lambda w: training.split_settings(STUDY, w.protocol, w.corpus),
    script:
        "../workflow_scripts/split_corpus.py"
