"""A corpus' card: what is there, what was expected, what was left out, and what to be careful about."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from xser.corpora.base import Reader
from xser.corpora.confounds import Confound, confound
from xser.data_dir import Utterance
from xser.frames import TEXT, Kind, columns

SCARCE = 50  # utterances of an emotion below which single clips decide its recall
EVERY = "all utterances read"
SHOWN = 20  # files that card.md lists; card.tsv lists all
CARD = Kind("the card of a corpus", columns((TEXT, "section item measure value")))
Row = Mapping[str, Any]
Cells = Sequence[object]


@dataclass
class Section:
    """One table of the card: the first cell of a row names it, the others are measures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Cells]
    note: str = ""


@dataclass(frozen=True)
class Contents:
    """All that a card is made from: the settings, and the tables of the data directory."""

    corpus: str
    root: str
    practice: bool
    reader: Reader
    utterances: Sequence[Utterance]
    audio: Sequence[Row]
    left_out: Sequence[Row]
    emotions: Mapping[str, str]
    labels: Sequence[Row]


def sections(contents: Contents) -> list[Section]:
    """Return all sections, in order; those without rows are left away."""
    labels = [list(row.values()) for row in contents.labels]
    every = [
        files(contents),
        warnings(contents),
        Section("Labels", ["label", "emotion", "kept", "left out", "why"], labels),
        speakers(contents),
        confounds(contents),
        lengths(contents),
        formats(contents),
        levels(contents),
        left_out(contents),
        *faulty(contents),
    ]
    return [s for s in every if s.rows]


def files(contents: Contents) -> Section:
    """Files found against files expected, and the release they make."""
    rows: list[Cells] = [
        ["read from", contents.root],
        ["practice data", "yes" if contents.practice else "no"],
        ["recordings", len(contents.audio)],
        ["utterances", len(contents.utterances)],
        ["utterances that take part", len(contents.emotions)],
        ["speakers", len({u.speaker for u in contents.utterances})],
        ["speakers that take part", len({u.speaker for u in contents.utterances if u.utterance in contents.emotions})],
        ["languages", ", ".join(sorted({u.language for u in contents.utterances}))],
        ["left out by the reader or for bad audio", len(contents.left_out)],
    ]
    for number, name in sorted(contents.reader.releases.items()):
        rows.append([f"expected of {name}", number])
    return Section("Files", ["", "value"], [*rows, ["release", release(contents)], *_checksums(contents)])


def release(contents: Contents) -> str:
    """Say which release the recordings make."""
    found = len(contents.audio)
    bad = sum(row["why"].startswith("bad audio") for row in contents.left_out)
    releases = contents.reader.releases
    if contents.practice:
        return "none: practice data"
    if not releases:
        return "no release known"
    if found in releases:
        return f"complete: {releases[found]}"
    if found + bad in releases:
        return f"{releases[found + bad]}, complete but for {bad} with bad audio"
    nearest = min(releases, key=lambda number: abs(number - found - bad))
    relation = "incomplete" if found + bad < nearest else "more than"
    return f"{relation}: {found + bad} recordings, {releases[nearest]} has {nearest}"


def _checksums(contents: Contents) -> list[Cells]:
    """How many recordings are those of a known release, byte for byte or in FLAC, and what is missing of it."""
    if not (known := contents.reader.checksums) or contents.practice:
        return []
    name, file = known
    lines = (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()
    sums = {stem: of for stem, *of in (line.split() for line in lines if not line.startswith("#"))}
    here = {Path(row["path"]).stem: row["sha256"] for row in contents.audio}
    named = [stem for stem in here if stem in sums]
    same = Counter(next((i for i, s in enumerate(sums[stem]) if here[stem].startswith(s)), None) for stem in named)
    missing = contents.reader.read("", Path(), [f"{stem}.wav" for stem in sums if stem not in here], {}).utterances
    emotions = sorted(Counter(contents.reader.emotions[u.label] for u in missing).items())
    return [
        [f"byte for byte as in the {name}", same[0]],
        *([[f"sample for sample as in the {name}, as FLAC", same[1]]] if same[1] else []),
        [f"named as in the {name}, but altered", same[None]],
        [f"not in the {name}", len(contents.audio) - len(named)],
        [f"missing of the {name}", f"{len(missing)} ({', '.join(f'{n} {e}' for e, n in emotions)})" if missing else 0],
    ]


def speakers(contents: Contents) -> Section:
    """Emotions by speaker by gender, of the utterances that take part."""
    emotions = sorted(set(contents.emotions.values()))
    genders: dict[str, str] = {}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for u in contents.utterances:
        if emotion := contents.emotions.get(u.utterance):
            genders[u.speaker] = u.gender
            for group in (u.speaker, f"all {u.gender}" if u.gender else "", "all"):
                counts[group][emotion] += 1
    groups = [*sorted(genders), *(g for g in ("all f", "all m", "all") if g in counts)]
    rows = [[g, genders.get(g, ""), *(counts[g][e] for e in emotions), counts[g].total()] for g in groups]
    return Section("Emotions by speaker", ["speaker", "gender", *emotions, "total"], rows)


def confounds(contents: Contents) -> Section:
    """How much speaker, sentence and recording condition tell of the emotion, of the utterances that take part."""
    rows = [
        [what, *(100 * x for x in (found.share, found.chance, found.highest)), found.p]
        for what, found in _confounds(contents).items()
    ]
    columns = ["", "share of the emotion (%)", "by chance (%)", "most by chance (%)", "p"]
    note = "Mutual information with the emotion over the emotions' entropy; by chance: with emotions shuffled."
    return Section("What goes with the emotion", columns, rows, note)


def _confounds(contents: Contents) -> dict[str, Confound]:
    audio = {row["recording"]: f"{row['rate']} Hz, {row['channels']}, {row['subtype']}" for row in contents.audio}
    taking_part = [u for u in contents.utterances if u.utterance in contents.emotions]
    emotions = [contents.emotions[u.utterance] for u in taking_part]
    properties = {
        "speaker": [u.speaker for u in taking_part],
        "sentence": [u.text or u.utterance for u in taking_part],
        "dialogue": [u.dialogue or u.recording for u in taking_part],
        "recording format": [audio[u.recording] for u in taking_part],
    }
    found = {what: confound(emotions, values) for what, values in properties.items()}
    return {what: x for what, x in found.items() if x}


def lengths(contents: Contents) -> Section:
    """Durations by emotion."""
    recordings = {row["recording"]: row["duration"] for row in contents.audio}
    durations = {u.utterance: u.seconds(recordings[u.recording]) for u in contents.utterances}
    groups: dict[str, list[float]] = defaultdict(list)
    for utterance, emotion in contents.emotions.items():
        groups[emotion].append(durations[utterance])
    rows: list[Cells] = []
    for name, values in [*sorted(groups.items()), (EVERY, list(durations.values()))]:
        rows.append([name, len(values), min(values), median(values), max(values), sum(values) / 60])
    columns = ["", "utterances", "shortest (s)", "median (s)", "longest (s)", "total (min)"]
    return Section("Durations", columns, rows)


def formats(contents: Contents) -> Section:
    """Sample rates, channels and sample formats."""
    kinds = Counter((row["rate"], row["channels"], row["subtype"]) for row in contents.audio)
    rows = [(f"{rate} Hz, {channels} channel(s), {kind}", n) for (rate, channels, kind), n in sorted(kinds.items())]
    return Section("Formats", ["", "recordings"], rows)


def levels(contents: Contents) -> Section:
    """Peaks and levels, relative to full scale."""
    rows: list[Cells] = []
    for measure, name in (("peak", "peak"), ("rms", "root mean square"), ("clipped_fraction", "share at full scale")):
        values = [row[measure] for row in contents.audio]
        rows.append([name, min(values), median(values), max(values)])
    return Section("Levels (1 is full scale)", ["", "lowest", "median", "highest"], rows)


def left_out(contents: Contents) -> Section:
    """Why files were left out, with counts."""
    counts = Counter(row["why"] for row in contents.left_out)
    rows = [[why, n] for why, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return Section("Left out", ["why", "files"], rows, "left_out.tsv names them.")


def faulty(contents: Contents) -> list[Section]:
    """Silent and clipped recordings, and recordings with the same samples."""
    result = []
    for problem, note in (
        ("silent", "Their peak is more than 60 dB below full scale."),
        ("clipped", "At least one sample in ten thousand is at full scale."),
    ):
        found = [row for row in contents.audio if row["problem"] == problem]
        rows = [(row["path"], row["peak"], row["clipped_fraction"]) for row in found]
        columns = ["path", "peak", "share at full scale"]
        result.append(Section(f"{problem.capitalize()} recordings", columns, rows, note))
    same = [(other, first) for first, *others in identical(contents.audio) for other in others]
    note = "A split refuses identical audio on both sides."
    return [*result, Section("Identical audio", ["path", "same samples as"], same, note)]


def identical(audio: Iterable[Row]) -> list[list[str]]:
    """Return the groups of paths whose files have the same samples."""
    paths: dict[str, set[str]] = defaultdict(set)
    for row in audio:
        paths[row["samples_sha256"]].add(row["path"])
    return sorted(sorted(group) for group in paths.values() if len(group) > 1)


def warnings(contents: Contents) -> Section:
    """What to know before trusting a number."""
    counts = Counter(contents.emotions.values())
    problems = Counter(row["problem"] for row in contents.audio)
    rows: list[Cells] = []
    for emotion, n in sorted(counts.items()):
        if n < SCARCE and not contents.practice:  # all emotions of a practice corpus are
            rows.append([f"{emotion} is scarce", f"{n} utterances: a few clips decide the average over classes (UAR)"])
    for what, found in _confounds(contents).items():
        if found.warns and not contents.practice:
            share = f"{100 * found.share:.0f} % of the emotion ({100 * found.chance:.0f} % by chance)"
            rows.append(
                [f"{what} and emotion are confounded", f"the {what} tells {share}: a system may learn it instead"]
            )
    for problem in ("silent", "clipped"):
        if problems[problem]:
            rows.append([f"{problem} recordings", problems[problem]])
    if same := identical(contents.audio):
        rows.append(["recordings that are there under several names", len(same)])
    if any(not u.gender for u in contents.utterances):
        rows.append(["gender", "not known for all speakers"])
    return Section("Take care", ["", "value"], rows)


def tsv(parts: Iterable[Section]) -> list[dict[str, object]]:
    """Flatten sections to the lines of card.tsv."""
    return [
        {"section": s.title, "item": row[0], "measure": measure, "value": _exact(value)}
        for s in parts
        for row in s.rows
        for measure, value in zip(s.columns[1:], row[1:], strict=True)
    ]


def markdown(contents: Contents, parts: Iterable[Section]) -> str:
    """Render the card; long lists of files are cut, card.tsv has them whole."""
    lines = [f"# {contents.corpus}", ""]
    if contents.practice:
        lines += [
            "> **Practice data**: synthetic speech in the corpus' layout. Its numbers mean nothing.",
            "",
        ]
    for s in parts:
        whole = s.title not in ("Silent recordings", "Clipped recordings", "Identical audio")
        shown = s.rows if whole else s.rows[:SHOWN]
        lines += [f"## {s.title}", ""]
        lines += [_line(s.columns), _line(["---"] * len(s.columns)), *(_line(map(_short, row)) for row in shown), ""]
        if len(shown) < len(s.rows):
            lines += [f"... and {len(s.rows) - len(shown)} more, see card.tsv.", ""]
        if s.note:
            lines += [s.note, ""]
    return "\n".join(lines)


def _exact(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if value == 0 or abs(value) >= 0.01 else f"{value:.1g}"
    return str(value)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
