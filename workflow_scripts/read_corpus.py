"""Corpus folder -> Kaldi data directory, with every recording measured.

Needs the files of one corpus; makes the data directory (see xser.data_dir), audio.tsv, left_out.tsv and root.txt.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora import file_list, reading
from xser.corpora.base import load_reader
from xser.data_dir import OPTIONAL
from xser.job import log


def main(
    *,
    reader: str,
    corpus: str,
    root: str,
    files: Sequence[str],
    options: Mapping[str, Any],
    on_bad_audio: str,
    min_samples: int,
    folder: Path,
    threads: int = 1,
    dangling: Sequence[str] = (),
) -> None:
    """Read one corpus below `root` into the data directory `folder`.

    `files` and `dangling`, links that lead nowhere, are relative to `root`; files that the reader does not read may be
    among them. `options` are what `labels.chosen` left for the reader. With `on_bad_audio: fail` an error lists all
    recordings that cannot be used; with `skip` left_out.tsv does.
    """
    how = load_reader(reader)
    listing = reading.list_utterances(how, corpus, Path(root), [*{*files, *dangling}], options)
    measured = reading.measure(Path(root), listing.utterances, min_samples, threads)
    measured.bad += reading.leads_nowhere(how, dangling)
    reading.check_bad_audio(corpus, Path(root), measured, on_bad_audio)
    left_out = [*listing.left_out, *((name, f"bad audio: {why}") for name, why in measured.bad)]
    reading.write(folder, root, measured, left_out)
    speakers = {u.speaker for u in measured.utterances}
    log.info("corpus %s: %d utterances of %d speakers", corpus, len(measured.utterances), len(speakers))
    for why, count in Counter(why for _, why in left_out).most_common():
        log.info("left out %d: %s", count, why)


if "snakemake" in globals():
    from xser.job import arguments, job

    folder = Path(snakemake.output.utterances).parent
    with job(snakemake, optional=[str(folder / name) for name in OPTIONAL]):
        given = arguments(main, snakemake)
        main(**{**given, "files": file_list.read(given["files"]), "folder": folder})
