"""Several feature sets of one corpus side by side (Kaldi's paste-feats)."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from xser.errors import InputError, raise_all
from xser.features import archives
from xser.files import DAMAGED
from xser.job import Progress

# Kaldi's MFCC and pitch of one utterance may differ by two frames: recipes use paste-feats --length-tolerance=2.
LENGTH_TOLERANCE = 2
_END = ("", np.empty(0))


def paste(
    scps: Sequence[str | Path], names_of: Sequence[str | Path], ark: str | Path, scp: str | Path, names: str | Path
) -> None:
    """Write the archives' columns side by side, in the order given.

    Frames are cropped to the shortest set; functionals concatenate. Different utterances, functionals beside frames,
    or lengths that differ by more than two frames are an InputError that lists them all; nothing is written then.
    """
    columns = [column for path in names_of for column in archives.read_names(path)]
    if twice := sorted({c for c in columns if columns.count(c) > 1}):
        raise InputError(f"{ark}: columns that more than one of the pasted sets has", twice)
    progress, problems = Progress(len(archives.entries(scps[0])), "utterances"), []
    with archives.writing(ark, scp, names, columns) as write:
        for parts in zip_longest(*map(archives.stream, scps), fillvalue=_END):
            ids, arrays = [utterance for utterance, _ in parts], [array for _, array in parts]
            if len(set(ids)) > 1:
                raise InputError(
                    f"{ark}: the sets to paste do not hold the same utterances",
                    [f"{path}: {utterance or 'is at its end'}" for path, utterance in zip(scps, ids, strict=True)],
                )
            result = side_by_side(arrays)
            if not isinstance(result, str) and result.shape[-1] != len(columns):
                files = ", ".join(map(str, names_of))
                raise InputError(f"{files} name {len(columns)} columns, the sets have {result.shape[-1]}", hint=DAMAGED)
            if isinstance(result, str):
                problems.append(f"{ids[0]}: {result}")
            elif not problems:
                write(ids[0], result)
            progress.step()
        raise_all(f"{ark}: {len(problems)} utterances cannot be pasted", problems, "paste sets of one frame shift")


def side_by_side(arrays: Sequence[np.ndarray]) -> np.ndarray | str:
    """Return vectors concatenated, matrices cropped to the shortest and joined by columns, or why that cannot be."""
    if len({array.ndim for array in arrays}) > 1:
        return "functionals beside frames"
    if arrays[0].ndim == 1:
        return np.concatenate(arrays)
    lengths = [len(array) for array in arrays]
    if max(lengths) - min(lengths) > LENGTH_TOLERANCE:
        return f"frame counts {', '.join(map(str, lengths))} differ by more than {LENGTH_TOLERANCE}"
    return np.concatenate([array[: min(lengths)] for array in arrays], axis=1)
