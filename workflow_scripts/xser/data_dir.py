"""Kaldi data directories: what one corpus is to every later stage.

A data directory holds `wav.scp utt2spk spk2utt utt2lang spk2gender utt2dur` (and `segments` where a recording holds
several utterances), sorted in the C locale, each speaker id a prefix of its utterance ids, as Kaldi's
validate_data_dir.sh demands; and beside them `utterances.tsv` (all that the reader knows of each utterance),
`audio.tsv` (what was measured of each recording), `left_out.tsv` and `root.txt` (the folder that all of it was read
from).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from xser.errors import InputError, raise_all
from xser.files import DAMAGED, read_text, write_text
from xser.frames import EXACT, TEXT, WHOLE, Kind, columns

# Unicode's Default_Ignorable_Code_Point and the empty Braille cell: nobody sees them, so they tell no two names apart.
OPTIONAL = ("spk2gender", "segments")  # files that only some corpora have
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.\x80-\U0010ffff-]|\s")


@dataclass(frozen=True, order=True)
class Utterance:
    """One utterance of a corpus.

    `utterance` is `{speaker}-{rest}`: with '-' below every other character of an id, sorting by utterance and by
    speaker agree, as Kaldi demands. `speaker` is `{corpus}_{speaker of the corpus}`. `recording` names its audio file
    in wav.scp and equals `utterance` unless the utterance is a segment (`start`, `end`, in seconds) of it.
    `language` is ISO 639-3, `gender` m, f or empty, `label` the corpus' own label. `text` names the sentence spoken,
    `dialogue` the conversation that it is part of, `unit` its length class (MASC), `naturalness` is `impro` or
    `script`; arousal, valence and dominance are on the corpus' own scale. Empty or None where the corpus does not say.
    """

    utterance: str
    speaker: str
    recording: str
    path: str
    label: str
    language: str
    gender: str = ""
    text: str = ""
    dialogue: str = ""
    unit: str = ""
    naturalness: str = ""
    arousal: float | None = None
    valence: float | None = None
    dominance: float | None = None
    start: float | None = None
    end: float | None = None

    def seconds(self, recording: float) -> float:
        """How long it is, of a recording of so many seconds."""
        return recording if self.start is None or self.end is None else self.end - self.start


UTTERANCES = Kind(
    "the utterances of a corpus",
    {name: EXACT if "float" in str(kind) else TEXT for name, kind in Utterance.__annotations__.items()},
    key=("utterance",),
)
COLUMNS = list(UTTERANCES.columns)
AUDIO = Kind(
    "what was measured of each recording",
    columns(
        (TEXT, "recording path sha256 samples_sha256"),
        (WHOLE, "rate channels frames"),
        (EXACT, "duration"),
        (TEXT, "subtype"),
        (EXACT, "peak rms clipped_fraction"),
        (TEXT, "problem"),
    ),
    key=("recording",),
)
LEFT_OUT = Kind("the recordings that a reader left out", columns((TEXT, "path why")))


def speaker_id(corpus: str, speaker: str) -> str:
    """Return the id of a corpus' own speaker name; a name that is clean already stays as it is.

    ASCII characters other than letters, digits, '_' and '.' become '_', and so does white space of any kind, which
    Kaldi's files cannot hold; invisible characters go. All else stays, in Unicode's composed form (NFC): names of every
    script remain apart, and what looks like one name is one speaker, however a file system spells its accents.
    """
    return f"{corpus}_{_clean(speaker).replace('-', '_')}"  # '-' ends the speaker in an utterance id


def utterance_ids(corpus: str, speaker: str, rest: str) -> tuple[str, str]:
    """Return (utterance id, speaker id) for a corpus' own speaker and utterance names, see `speaker_id`."""
    owner = speaker_id(corpus, speaker)
    return f"{owner}-{_clean(rest)}", owner


def without_invisible(name: str) -> str:
    """Return a name without the characters that nobody sees.

    Examples
    --------
    >>> without_invisible("s\\u200b1")
    's1'
    """
    return _INVISIBLE.sub("", name)


def _clean(name: str) -> str:
    return _UNSAFE.sub("_", unicodedata.normalize("NFC", without_invisible(name)))


def write_mapping(path: str | Path, mapping: Mapping[str, object]) -> None:
    """Write one of Kaldi's `key value` files, sorted by key in the C locale."""
    write_text(path, "".join(f"{key} {mapping[key]}\n" for key in sorted(mapping, key=str.encode)))


def read_mapping(path: str | Path) -> dict[str, str]:
    """Read one of Kaldi's `key value` files; a line without a value or a repeated key is an error."""
    result: dict[str, str] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        key, _, value = line.strip().partition(" ")
        if not key or not value.strip() or key in result:
            raise InputError(
                f"{path}, line {number}: expected a new key and a value, found {line[:200]!r}", hint=DAMAGED
            )
        result[key] = value.strip()
    return result


def write_data_dir(
    folder: str | Path, utterances: Iterable[Utterance], durations: Mapping[str, float], root: str | Path = ""
) -> None:
    """Write the Kaldi files and utterances.tsv of one corpus; paths are relative to `root`, durations by utterance."""
    folder = Path(folder)
    rows = sorted(utterances, key=lambda u: u.utterance.encode())
    problems = check_utterances(rows)
    raise_all(f"{folder}: the reader's utterances do not make a Kaldi data directory", problems)
    by_speaker: dict[str, list[str]] = {}
    for u in rows:
        by_speaker.setdefault(u.speaker, []).append(u.utterance)
    write_mapping(folder / "wav.scp", {u.recording: str(Path(root) / u.path) for u in rows})
    write_mapping(folder / "utt2spk", {u.utterance: u.speaker for u in rows})
    write_mapping(folder / "spk2utt", {s: " ".join(utts) for s, utts in by_speaker.items()})
    write_mapping(folder / "utt2lang", {u.utterance: u.language for u in rows})
    write_mapping(folder / "utt2dur", {u.utterance: f"{durations[u.utterance]:.6f}" for u in rows})
    # Kaldi takes an incomplete spk2gender or an empty segments file for an error, so these exist only where they apply.
    genders = {u.speaker: u.gender for u in rows if u.gender}
    _write_or_remove(folder / "spk2gender", genders if len(genders) == len(by_speaker) else {})
    segments = {u.utterance: f"{u.recording} {u.start:.6f} {u.end:.6f}" for u in rows if u.start is not None}
    _write_or_remove(folder / "segments", segments)
    UTTERANCES.write_records(folder / "utterances.tsv", (asdict(u) for u in rows))


def _write_or_remove(path: Path, mapping: Mapping[str, object]) -> None:
    if mapping:
        write_mapping(path, mapping)
    else:
        path.unlink(missing_ok=True)


def check_utterances(rows: Iterable[Utterance]) -> list[str]:
    """Return every breach of Kaldi's rules (and of ours on ids) among utterances in C order."""
    problems: list[str] = []
    seen: dict[str, str] = {}
    genders: dict[str, str] = {}
    rows = list(rows)
    for u in rows:
        if u.utterance in seen:
            first = seen[u.utterance]
            why = f"two files make this id: {first} and" if first != u.path else "it is there twice, from"
            problems.append(f"{u.utterance}: {why} {u.path}")
        seen[u.utterance] = u.path
        if not u.utterance.startswith(u.speaker + "-"):
            problems.append(f"{u.utterance}: the speaker id {u.speaker} is not its prefix")
        if any(c.isspace() for c in u.utterance + u.recording):
            problems.append(f"{u.utterance}: white space in an id")
        if genders.setdefault(u.speaker, u.gender) != u.gender:
            problems.append(f"{u.utterance}: speaker {u.speaker} is both {genders[u.speaker]!r} and {u.gender!r}")
        if (u.start is None) != (u.end is None):
            problems.append(f"{u.utterance}: start without end, or end without start")
    order = [(u.utterance.encode(), u.speaker.encode()) for u in rows]
    if [s for _, s in order] != sorted(s for _, s in order):
        problems.append("sorting by utterance and by speaker disagree")
    return problems


def check_root(path: str | Path, corpus: str, root: str | Path) -> None:
    """Raise an InputError unless root.txt names the root that the config gives the corpus now.

    Snakemake runs a job without the one before it where it takes the files of that one for sources; audio of one
    folder must never go with the utterances of another.
    """
    if (found := read_text(path).rstrip("\n")) != str(root):
        raise InputError(
            f"corpus {corpus}: its data directory was read from {found}, but corpora.{corpus}.root is {root} now",
            hint="run snakemake with --forcerun read_corpus",
        )


def read_utterances(path: str | Path) -> list[Utterance]:
    """Read utterances.tsv back into the objects that were written."""
    return [Utterance(**row) for row in UTTERANCES.records(path)]
