"""xser export-kaldi: a corpus of the study as a data directory that Kaldi's own programs read."""

import argparse
from pathlib import Path

from xser import paths
from xser.cli import making
from xser.config.study import Study
from xser.errors import raise_all
from xser.features.kaldi_export import export

FILES = ("utterances.tsv", "root.txt")


def run(options: argparse.Namespace, study: Study) -> int:
    """Write the data directory to a new folder, whole or not at all."""
    final = making.new_folder(options.folder)
    _check(options, study, final)
    corpus = study.corpora[options.corpus]
    features = options.features and Path(paths.features(options.features, corpus.audio, "scp"))
    files = [Path(paths.corpus(corpus.audio, name)) for name in FILES]
    emotions = Path(paths.corpus(corpus.id, "utt2emo"))
    making.make([*files, emotions, *([features] if features else [])], options.cores)
    with making.whole(final) as made:
        count = export(files[0].parent, emotions, made, final, features or None, options.cores)
    print(f"{final}: {count} utterances, {', '.join(sorted(path.name for path in final.iterdir()))}")
    return 0


def _check(options: argparse.Namespace, study: Study, final: Path) -> None:
    problems = []
    if options.corpus not in study.corpora:
        problems.append(f"{options.corpus!r} is not a corpus of the config ({', '.join(study.corpora)})")
    elif study.corpora[options.corpus].root is None:
        problems.append(f"corpora.{options.corpus}.root is null: give the folder of the corpus")
    if options.features and options.features not in study.features:
        problems.append(f"--features: {options.features!r} is not one of {', '.join(study.features)}")
    if any(character.isspace() for character in str(final)):
        problems.append(f"{final} has white space in it, which Kaldi's scripts do not take")
    raise_all("xser export-kaldi cannot run", problems)
