"""Labels -> emotions, by the reader's meaning and the config's `mapping`; selection by the reader's options.

Needs utterances.tsv; makes utt2emo (the utterances that take part) and labels.tsv (what became of each label).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from xser.data_dir import Utterance, check_root, read_utterances, write_mapping
from xser.errors import InputError
from xser.files import write_tsv
from xser.job import log


def main(
    corpus: str,
    utterances: str | Path,
    mapping: Mapping[str, str | None],
    select: Mapping[str, Sequence[str]],
    emotions: Sequence[str],
    utt2emo: str | Path,
    labels: str | Path,
) -> None:
    """Write which utterances take part, and with which emotion.

    Parameters
    ----------
    corpus
        The corpus' id, for messages.
    utterances
        utterances.tsv.
    mapping
        Label -> emotion, or None for a label that is left out.
    select
        Column of utterances.tsv -> the values to keep.
    emotions
        The emotions asked for; others are left out.
    utt2emo, labels
        What is written: Kaldi's `utterance emotion` lines, and a TSV `label emotion kept left_out why`.
    """
    rows = read_utterances(utterances)
    counts = Counter(u.label for u in rows)
    if unknown := sorted(label for label in counts if label not in mapping):
        raise InputError(
            f"corpus {corpus}: {len(unknown)} labels that the config does not say anything about",
            [f"{label!r} ({counts[label]} utterances)" for label in unknown],
            f"name each in corpora.{corpus}.mapping of config.yaml, with its emotion "
            f"({', '.join(emotions)}) or null to leave it out",
        )
    kept: dict[str, str] = {}
    left_out: dict[str, Counter[str]] = defaultdict(Counter)
    for u in rows:
        emotion = mapping[u.label]
        if why := _why_left_out(u, emotion, select, emotions):
            left_out[u.label][why] += 1
        else:
            kept[u.utterance] = str(emotion)
    if not kept:
        raise InputError(
            f"corpus {corpus}: no utterance is left",
            [f"{label!r}: {_reasons(left_out[label])}" for label in sorted(counts)],
            f"change corpora.{corpus}.options or .mapping, or `emotions`, in config.yaml",
        )
    write_mapping(utt2emo, kept)
    write_tsv(
        labels,
        ["label", "emotion", "kept", "left_out", "why"],
        (
            {
                "label": label,
                "emotion": mapping[label],
                "kept": counts[label] - left_out[label].total(),
                "left_out": left_out[label].total(),
                "why": _reasons(left_out[label]),
            }
            for label in sorted(counts)
        ),
    )
    log.info("%d of %d utterances take part: %s", len(kept), len(rows), _reasons(Counter(kept.values())))


def _why_left_out(
    u: Utterance, emotion: str | None, select: Mapping[str, Sequence[str]], emotions: Sequence[str]
) -> str:
    if emotion is None:
        return "the label stands for no emotion"
    if emotion not in emotions:
        return f"{emotion} is not asked for"
    for column, values in select.items():
        if (value := getattr(u, column)) not in values:
            return f"{column} is {value or 'not known'}"
    return ""


def _reasons(counts: Counter[str]) -> str:
    return ", ".join(f"{why} ({count})" for why, count in sorted(counts.items()))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        settings = dict(snakemake.params.settings)
        check_root(snakemake.input.root, settings["corpus"], settings.pop("root"))
        main(
            utterances=snakemake.input.utterances,
            utt2emo=snakemake.output.utt2emo,
            labels=snakemake.output.labels,
            **settings,
        )
