"""Utterances as the audit compares them: who said what, in which piece of which recording."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

CROSSTALK = 0.1  # seconds that segments of one recording may share, as turns in talk do


@dataclass(frozen=True)
class Sound:
    """A piece of audio: the digest of its recording's samples and, for a segment, where in it."""

    digest: str
    start: float
    end: float

    def common(self, other: "Sound") -> float:
        """How many seconds are in both; negative between two that are apart, infinite for whole files."""
        return min(self.end, other.end) - max(self.start, other.start) if self.digest == other.digest else 0.0

    def overlaps(self, other: "Sound") -> bool:
        """Whether they share more than crosstalk."""
        return round(self.common(other), 6) > CROSSTALK


@dataclass(frozen=True)
class Spoken:
    """One utterance as the audit compares it; `text` and `dialogue` are a corpus and its name of it, or empty."""

    utterance: str
    speaker: str
    sound: Sound
    text: str
    dialogue: str


def in_common(tested: Sequence[Spoken], seen: Sequence[tuple[str, Spoken]], disjoint: bool) -> Iterator[str]:
    """Yield what tested utterances share with those that training saw: speakers, audio and, if asked, sentences."""
    speakers = {s.speaker for s in tested}
    for (stage, speaker), count in sorted(Counter((st, s.speaker) for st, s in seen if s.speaker in speakers).items()):
        yield f"speaker {speaker} is tested, and {count} utterances of that speaker were in training on {stage}"
    sounds: dict[str, list[Spoken]] = {}
    for s in tested:
        sounds.setdefault(s.sound.digest, []).append(s)
    found = {(stage, s) for stage, s in seen if s.sound.digest in sounds}
    for stage, s in sorted(found, key=lambda x: (x[0], x[1].utterance)):
        for other in sounds[s.sound.digest]:
            if s.sound.overlaps(other.sound):
                how = "are the same audio" if s.sound == other.sound else f"share {s.sound.common(other.sound):.3f} s"
                yield f"{other.utterance} (tested) and {s.utterance} (training on {stage}) {how}"
    texts = {s.text for s in tested if s.text} if disjoint else set()
    for (stage, text), count in sorted(Counter((st, s.text) for st, s in seen if s.text in texts).items()):
        sentence = text.split(" ", 1)[1]
        yield f"sentence {sentence!r} is tested, and {count} utterances of it were in training on {stage}"


def dialogue_of(audio: str, row: Mapping[str, str]) -> str:
    """The dialogue of an utterance with its corpus; several utterances of one recording are one, too."""
    name = row["dialogue"] or (row["start"] and row["recording"])
    return name and f"{audio} {name}"


def shared_counts(tested: Sequence[Spoken], seen: Sequence[Spoken]) -> Counter[str]:
    """Tested speakers, pieces of audio and sentences that training has too, in one fold of a split of others."""
    by_file: dict[str, list[Sound]] = {}
    for s in seen:
        by_file.setdefault(s.sound.digest, []).append(s.sound)
    heard = {s.sound for s in tested if any(s.sound.overlaps(x) for x in by_file.get(s.sound.digest, []))}
    return Counter(
        speakers=len({s.speaker for s in tested} & {s.speaker for s in seen}),
        audio=len(heard),
        sentences=len(({s.text for s in tested} & {s.text for s in seen}) - {""}),
    )
