"""How large the corpora are that the readers know, as their publishers state it; mean lengths are rounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xser.corpora import practice


@dataclass(frozen=True)
class Audio:
    """One data directory: all its utterances, whatever their label, and their seconds."""

    utterances: int
    seconds: float

    @property
    def mean(self) -> float:
        """Seconds of an utterance."""
        return self.seconds / max(self.utterances, 1)


@dataclass(frozen=True)
class Release:
    """Recordings, their mean seconds, and the utterances of the five emotions by (speaker, gender)."""

    recordings: int
    seconds: float
    speakers: Mapping[tuple[str, str], int]

    @property
    def audio(self) -> Audio:
        """All its recordings."""
        return Audio(self.recordings, self.recordings * self.seconds)


_EMODB = {"03": 43, "08": 48, "09": 31, "10": 29, "11": 45, "12": 28, "13": 43, "14": 53, "15": 42, "16": 46}
_EMODB_WOMEN = ("08", "09", "13", "14", "16")
_IEMOCAP = {
    **{"01F": 528, "01M": 557, "02F": 481, "02M": 542, "03F": 522},
    **{"03M": 629, "04F": 528, "04M": 503, "05F": 590, "05M": 651},
}
_FEAR = 4  # of each of IEMOCAP's speakers, beside the other four classes

RELEASES = {
    "emodb": Release(535, 2.8, {(s, "f" if s in _EMODB_WOMEN else "m"): n for s, n in _EMODB.items()}),
    "savee": Release(480, 3.8, {(s, "m"): 90 for s in ("DC", "JE", "JK", "KL")}),
    "emovo": Release(588, 3.1, {(s, s[0]): 70 for s in ("f1", "f2", "f3", "m1", "m2", "m3")}),
    "iemocap": Release(10_039, 4.5, {(f"Ses{s}", s[-1].lower()): n + _FEAR for s, n in _IEMOCAP.items()}),
    "masc": Release(
        25_636, 2.0, {(f"{k:03}", "f" if k <= 23 else "m"): 377 for k in range(1, 69)}
    ),  # seconds: our guess
    "cremad": Release(7442, 2.5, {(f"{k}", "m"): 68 for k in range(1001, 1092)}),
    "ravdess": Release(1440, 3.7, {(f"{k:02}", "mf"[k % 2 == 0]): 36 for k in range(1, 25)}),
}


def of_practice(reader: str) -> Release:
    """The size of a reader's practice corpus."""
    turns = practice.LAYOUTS[reader].turns()
    speakers = sorted({(t.speaker, t.gender) for t in turns})
    return Release(len(turns), 2.0, {who: sum(t.speaker == who[0] for t in turns) for who in speakers})


def of_files(sizes: Sequence[int]) -> Release:
    """What is assumed of a corpus of which only the bytes of its files are known: 16 kHz, 16 bits, ten speakers."""
    number = max(len(sizes), 1)
    return Release(len(sizes), sum(sizes) / 32_000 / number, {(f"{k}", "m"): -(-number // 10) for k in range(10)})
