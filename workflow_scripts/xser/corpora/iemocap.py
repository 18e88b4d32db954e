"""IEMOCAP (Busso et al. 2008): `Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav`.

Labels are in `Session1/dialog/EmoEvaluation/Ses01F_impro01.txt`, one header line a turn:
`[start - end]<TAB>turn<TAB>emotion<TAB>[valence, activation, dominance]`, the annotators' agreement and mean ratings;
the single annotators' lines below it are not read.

The letter after the last underscore of a turn is its actor's gender; the letter in the dialogue's name is the side that
wore motion capture and says nothing about who speaks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from xser.corpora.base import Listing, Meaning, Reader, decimal, selection
from xser.data_dir import Utterance, utterance_ids
from xser.errors import InputError, raise_all
from xser.parameters import Parameter, one_of

TURN = re.compile(r"(Ses\d\d)[FM]_((impro|script)\d\d\w*)_([FM])([X\d]\d\d|XX\d)")
TAKE = re.compile(r"(?<=\d)[a-z]+$")  # script01_1b is most likely script01_1; were it not, too much is held out
LABEL = re.compile(r"\[\s*[\d.]+\s*-\s*[\d.]+\s*\]\s+(\S+)\s+(\S+)\s+\[([^\],]*),([^\],]*),([^\],]*)\]")


class Label(NamedTuple):
    """The header line of one turn: emotion and mean ratings (1 to 5, None where missing)."""

    emotion: str
    valence: float | None
    arousal: float | None
    dominance: float | None


@dataclass(frozen=True, kw_only=True)
class Iemocap(Reader):
    """IEMOCAP's turns."""

    def read(self, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
        """Read turns that have both a wav and a label; those with one of the two are left out, each with its reason."""
        wavs = [f for f in files if f.lower().endswith(".wav")]
        tables = [f for f in files if not f.lower().endswith(".wav")]
        if not wavs or not tables:
            raise InputError(
                f"corpus {corpus}: found {len(wavs)} wav files in sentences/wav and {len(tables)} label files in "
                f"dialog/EmoEvaluation below {root}",
                hint="point the root at the folder that holds Session1 ... Session5",
            )
        raise_all(
            f"corpus {corpus}: file names that do not follow the corpus' pattern (such as Ses01F_impro01_M003.wav)",
            (f for f in wavs if not TURN.fullmatch(Path(f).stem)),
            "remove or rename them, or point the root at the folder that holds Session1 ... Session5",
        )
        labels = _read_labels(corpus, root, tables, self.emotions)
        listing = Listing()
        for path in wavs:
            turn = Path(path).stem
            if turn in labels:
                listing.utterances.append(_utterance(corpus, path, labels[turn], self.language))
            else:
                listing.left_out.append((path, "no label in dialog/EmoEvaluation"))
        spoken = {Path(path).stem for path in wavs}
        listing.left_out += [(turn, "labelled, but there is no wav") for turn in sorted(set(labels) - spoken)]
        if not listing.utterances:
            raise InputError(f"corpus {corpus}: no wav below {root} has a label in dialog/EmoEvaluation")
        return listing


def _utterance(corpus: str, path: str, label: Label, language: str) -> Utterance:
    turn = Path(path).stem
    match = TURN.fullmatch(turn)
    assert match  # read() has refused other names
    session, scene, style, gender, _ = match.groups()
    utterance, speaker = utterance_ids(corpus, session + gender, turn)
    return Utterance(
        utterance=utterance,
        speaker=speaker,
        recording=utterance,
        path=path,
        label=label.emotion,
        language=language,
        gender=gender.lower(),
        text=TAKE.sub("", scene) if style == "script" else "",
        dialogue=turn.rpartition("_")[0],
        naturalness=style,
        valence=label.valence,
        arousal=label.arousal,
        dominance=label.dominance,
    )


def _read_labels(corpus: str, root: Path, tables: Sequence[str], known: Meaning) -> dict[str, Label]:
    """Read the header line of every turn of all dialogues."""
    labels: dict[str, Label] = {}
    places: dict[str, str] = {}
    problems = []
    for table in tables:
        lines = (root / table).read_text(encoding="latin-1").splitlines()
        for number, line in enumerate(lines, start=1):
            if not line.lstrip().startswith("["):
                continue
            place = f"{table}, line {number}"
            match = LABEL.fullmatch(line.strip())
            if not match or not TURN.fullmatch(match[1]):
                found = line.strip()[:80]
                problems.append(f"{place}: expected [start - end], turn, emotion, [V, A, D]; found {found!r}")
            elif match[2] not in known:
                problems.append(f"{place}: unknown emotion {match[2]!r} (known: {', '.join(known)})")
            elif match[1] in labels:
                problems.append(f"{place}: turn {match[1]} is labelled twice, first in {places[match[1]]}")
            else:
                places[match[1]] = place
                labels[match[1]] = Label(match[2], *(_rating(match[i]) for i in (3, 4, 5)))
    raise_all(f"corpus {corpus}: label files that cannot be read", problems, "restore them from the publisher's copy")
    return labels


def _rating(text: str) -> float | None:
    """A mean rating; missing ones are empty, nan or not a number."""
    try:
        value = decimal(text.strip())
    except ValueError:
        return None
    return value if value > 0 else None


READER = Iemocap(
    title="IEMOCAP",
    also=("Interactive Emotional Dyadic Motion Capture", "EmoBox"),
    reference="Busso et al. 2008",
    source="request form of USC SAIL",
    licence="research, no redistribution (USC SAIL)",
    language="eng",
    files=("**/sentences/wav/**/*.wav", "**/dialog/EmoEvaluation/*.txt"),
    emotions={
        "neu": "neutral",
        "ang": "anger",
        "sad": "sadness",
        "exc": "happiness",
        "hap": "happiness",
        "fea": "fear",
        "sur": "surprise",
        "dis": "disgust",
        "fru": "frustration",
        "oth": None,
        "xxx": None,  # the annotators did not agree
    },
    options={
        "exc": Parameter(
            "drop", one_of("merge", "drop", "replace"), "excitement is happiness, nothing, or the only one"
        ),
        "style": selection("impro", "script", note="spontaneous or read from a script"),
    },
    select={"style": "naturalness"},
    relabel={
        "exc": {
            "merge": {"exc": "happiness"},
            "drop": {"exc": None},
            "replace": {"exc": "happiness", "hap": None},
        }
    },
    releases={10_039: "5 sessions"},
    speakers=10,
)
