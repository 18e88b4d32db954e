"""Features made elsewhere (`extractor: scp`), say embeddings of a speech model, as a Kaldi scp."""

from pathlib import Path

import numpy as np

from xser.data_dir import read_utterances
from xser.errors import InputError, raise_all
from xser.features import archives
from xser.job import Progress, log


def import_features(
    utterances_tsv: str | Path, source: str | Path, ark: str | Path, scp: str | Path, names: str | Path
) -> None:
    """Copy the corpus' utterances out of an scp made elsewhere into an archive of ours.

    The source may hold more utterances than the corpus. Every utterance must be there, as vectors or as matrices with
    the same number of columns, all values finite; else an InputError lists all that is wrong and nothing is written.
    The columns are called value_0, value_1, ...
    """
    wanted = sorted((u.utterance for u in read_utterances(utterances_tsv)), key=str.encode)
    if not Path(source).is_file():
        raise InputError(f"{source}: there is no such scp", hint="give the path of a Kaldi scp of features")
    places: dict[str, archives.Entry] = {}
    twice: list[str] = []
    for entry in archives.entries(source, given=True):
        twice += [entry.utterance] if entry.utterance in places else []
        places[entry.utterance] = entry
    raise_all(f"{source}: utterances that are there twice", twice)
    raise_all(
        f"{source}: utterances of the corpus that are not there",
        (u for u in wanted if u not in places),
        "name them as in utterances.tsv of the corpus",
    )
    if extra := len(places) - len(wanted):
        log.info("%s: %d entries are not of this corpus and are left out", source, extra)
    progress, problems = Progress(len(wanted), "utterances"), []
    with archives.arks_of(source, given=True) as array_at:
        shape = array_at(places[wanted[0]]).shape
        with archives.writing(ark, scp, names, [f"value_{i}" for i in range(shape[-1])]) as write:
            for utterance in wanted:
                try:
                    array = array_at(places[utterance])
                    problem = _problem(array, shape)
                except InputError as error:
                    problem = error.what
                if problem:
                    problems.append(f"{utterance}: {problem}")
                elif not problems:
                    write(utterance, array)
                progress.step()
            raise_all(f"{source}: features that cannot be used", problems, archives.REPLACE)


def _problem(array: np.ndarray, first: tuple[int, ...]) -> str:
    if array.ndim != len(first):
        return "a vector among matrices" if array.ndim == 1 else "a matrix among vectors"
    if array.shape[-1] != first[-1] or not array.size:
        return f"shape {array.shape}, where the first utterance has {first}"
    return "" if np.isfinite(array).all() else "values that are not finite"
