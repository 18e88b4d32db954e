"""The entry points through which data comes in, each called as its rule's script calls it."""

import os
from pathlib import Path
from typing import Any

SETTINGS = {
    "corpora": ["own"], "emotions": ["anger", "sadness"], "heads": [["emotion", 1.0]], "normalise": "global",
    "part": [0, 1], "scaling": "keep", "seeds": [0], "system": "s", "train": "own",
}  # fmt: skip


def read_corpus(*, reader: str, root: str, folder: str, options: dict[str, Any]) -> None:
    """As rule read_corpus."""
    import read_corpus as script
    from xser.corpora import labels
    from xser.corpora.base import find_files, load_reader

    found = load_reader(reader)
    script.main(
        reader=reader,
        corpus="own",
        root=Path(root),
        files=find_files(root, found.files),
        options=labels.chosen(found, options)[2],
        on_bad_audio="fail",
        min_samples=400,
        folder=Path(folder),
    )


def read_config(*, path: str) -> None:
    """As the Snakefile reads a config."""
    from xser.config import file

    file.load(path)


def import_features(*, utterances: str, source: str, folder: str) -> None:
    """As rule import_features."""
    from xser.features import imported

    out = Path(folder)
    imported.import_features(
        utterances_tsv=Path(utterances),
        source=Path(source),
        ark=out / "own.ark",
        scp=out / "own.scp",
        names=out / "own.names.txt",
    )


def _dataset(folder: str) -> dict[str, str]:
    data = Path(folder)
    return {name: str(data / file) for name, file in FILES.items()}


FILES = {
    **{"scp": "features/f/own.scp", "utterances": "corpora/own/utterances.tsv", "utt2emo": "corpora/own/utt2emo"},
    "split": "splits/paper/own.tsv",
}


def train(*, data: str, folder: str, model: str, parameters: dict[str, Any], **more: Any) -> None:
    """As rule train_models; `more` may be `start` or `cache`."""
    import train_models as script

    os.makedirs(folder, exist_ok=True)
    script.main(
        **{name: [path] for name, path in _dataset(data).items()},
        start=more.get("start"),
        models=f"{folder}/models.zip",
        curves=f"{folder}/history.tsv",
        settings={**SETTINGS, "model": model, "parameters": parameters},
        cache=more.get("cache"),
        depends=[],
    )


def predict(*, data: str, archive: str, folder: str) -> None:
    """As rule predict_emotions."""
    import predict_emotions as script

    script.main(**_dataset(data), archive=archive, out=f"{folder}/predictions.tsv", corpus="own")


def verify(*, folder: str) -> int:
    """As xser verify."""
    from xser.cli import verify as command

    return command.verify(Path(folder), 1)


def rates(*, folder: str) -> object:
    """As the estimate reads the rates of this machine."""
    from xser.estimate.costs import Costs

    return Costs.best(Path(folder))


def xser_predict(*, folder: str, recordings: list[str], lists: list[str]) -> object:
    """As xser predict with an exported folder."""
    from xser.cli import predict as command
    from xser.cli import recognised
    from xser.recognition import recordings as found
    from xser.recognition.recogniser import Recogniser

    recogniser = Recogniser.of_folder(folder)
    pieces = command.pieces_of(recogniser, found.find(recordings, lists), 5.0)
    p = recogniser.probabilities([piece.features for piece in pieces if piece.features is not None])
    given = recognised.answers(pieces, p, recogniser.classes, 0.5)
    return "\n".join([*recognised.printed(given, recogniser.classes), *command.remarks(recogniser, [], 0.5)])
