"""Rates of reading a corpus and of each feature set of config.yaml."""

import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from measurement import write_speech

from rate_groups.common import cpu, fit

RATE = 44_100
SECONDS = (1.0, 5.0)  # of the recordings that are read and extracted


def measure() -> dict[str, Any]:
    """Reading a corpus and each feature set of config.yaml: seconds an utterance and a second of audio."""
    from xser.config.study import Study
    from xser.corpora.practice.writing import write_corpus
    from xser.data_dir import Utterance
    from xser.errors import InputError
    from xser.estimate.costs import feature_key
    from xser.features.base import load_extractor
    from xser.features.extract import features_of

    with open("config.yaml", encoding="utf-8") as source:
        config = Study(yaml.safe_load(source))
    result: dict[str, Any] = {"features": {}}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for seconds in SECONDS:
            pitch = 150 * (1 + 0.1 * np.sin(5 * np.arange(round(seconds * RATE)) / RATE))
            write_speech(root / f"{seconds:g}.wav", pitch, RATE)
        result["read"] = line([measure_reading(root, s) for s in SECONDS])
        for name in config.features:
            entry = config.features[name]
            if not entry.computed:
                continue
            extractor, parameters = load_extractor(entry.extractor), entry.parameters
            try:
                columns = extractor.names(parameters)
            except InputError as error:  # as SSL without PyTorch
                print(f"left out: {error}", file=sys.stderr)
                continue
            compute = extractor.make(parameters)
            found, shapes = [], []
            work = partial(features_of, root=root, compute=compute, min_samples=extractor.min_samples, columns=columns)
            for seconds in SECONDS:
                u = Utterance("a-a", "a", "a-a", f"{seconds:g}.wav", "", "deu")
                features = work(u)
                assert not isinstance(features, str), features
                shapes.append(features.shape)
                found.append(cpu(partial(work, u), 0.15))
            frames = [shape[0] if len(shape) == 2 else 0 for shape in shapes]
            rate = (frames[1] - frames[0]) / (SECONDS[1] - SECONDS[0])
            result["features"][feature_key(entry)] = {**line(found), "dims": len(columns), "frames": round(rate, 1)}
        started = time.process_time()
        write_corpus("savee", root / "savee")
        result["practice"] = time.process_time() - started
    return result


def measure_reading(folder: Path, seconds: float, files: int = 100) -> float:
    """CPU seconds a recording of reading a corpus, whose recordings are all of one length."""
    import read_corpus

    root = folder / f"corpus-{seconds:g}"
    root.mkdir()
    names = [f"{number:04}.wav" for number in range(files)]
    for name in names:
        (root / name).hardlink_to(folder / f"{seconds:g}.wav")
    table = "".join(f"{name},s{number % 5},anger\n" for number, name in enumerate(names))
    (root / "utterances.csv").write_text(f"file,speaker,emotion\n{table}", encoding="utf-8")
    given = [*names, "utterances.csv"]
    options = {"file": "utterances.csv", "language": "deu"}
    out = root / "data"
    given_settings = {"reader": "table", "corpus": "made", "root": str(root), "files": given, "options": options}
    work = partial(read_corpus.main, **given_settings, on_bad_audio="fail", min_samples=1000, folder=out, threads=2)
    return cpu(work, 0.1) / files


def line(seconds: Sequence[float]) -> dict[str, float]:
    """CPU seconds an utterance and a second of audio, from those of a short and a long recording."""
    utterance, second = fit([[1, s] for s in SECONDS], seconds)
    return {"utterance": utterance, "second": second}
