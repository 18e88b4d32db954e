"""Corpora made up for tests: the real names and labels of each release, and as much audio as a test needs."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import cycle
from pathlib import Path

import numpy as np
import soundfile

from xser.corpora import emodb

SPEAKERS_SAVEE = ("DC", "JE", "JK", "KL")
ACTORS_IEMOCAP = {  # turns of neu, ang, sad, hap and exc
    "Ses01F": 528,
    "Ses01M": 557,
    "Ses02F": 481,
    "Ses02M": 542,
    "Ses03F": 522,
    "Ses03M": 629,
    "Ses04F": 528,
    "Ses04M": 503,
    "Ses05F": 590,
    "Ses05M": 651,
}
LABELS_IEMOCAP = {
    **{"neu": 1708, "ang": 1103, "sad": 1084, "exc": 1041, "hap": 595},
    **{"fru": 1849, "sur": 107, "fea": 40, "dis": 2, "oth": 3, "xxx": 2507},
}
DIALOGUES_IEMOCAP = ("impro01", "impro05a", "script01_1", "script01_1b")
LABEL_HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"


def emodb_names(version: int = 535) -> list[str]:
    """The 535 names of the 2005 release; for 816, made-up versions (letters n to z) fill up the rest."""
    sums = Path(emodb.__file__).parent / "emodb_sha256.txt"
    lines = sums.read_text(encoding="utf-8").splitlines()
    stems = [line.split()[0] for line in lines if not line.startswith("#")]
    further = sorted({f"{stem[:-1]}{letter}" for stem in stems for letter in "nopqrstuvwxyz"} - set(stems))
    return sorted(f"wav/{stem}.wav" for stem in [*stems, *further[: version - 535]])


def savee_names(flat: bool = False) -> list[str]:
    """Both layouts: 15 sentences an emotion, neutral 30, for each speaker."""
    sentences = [f"{e}{n:02d}" for e in ("a", "d", "f", "h", "sa", "su") for n in range(1, 16)]
    sentences += [f"n{n:02d}" for n in range(1, 31)]
    return sorted(f"ALL/{s}_{x}.wav" if flat else f"AudioData/{s}/{x}.wav" for s in SPEAKERS_SAVEE for x in sentences)


def emovo_names() -> list[str]:
    """Six speakers, seven emotions, fourteen sentences."""
    sentences = [f"{kind}{n}" for kind, count in (("b", 3), ("l", 4), ("n", 5), ("d", 2)) for n in range(1, count + 1)]
    emotions = ("dis", "gio", "neu", "pau", "rab", "sor", "tri")
    speakers = ("f1", "f2", "f3", "m1", "m2", "m3")
    return sorted(f"EMOVO/{s}/{e}-{s}-{x}.wav" for s in speakers for e in emotions for x in sentences)


def masc_names(speakers: int = 68, deeper: str = "") -> list[str]:
    """(5 phrases + 20 sentences) x 3 repetitions x 5 emotions, and 2 neutral paragraphs, for each speaker."""
    names = []
    for speaker in range(1, speakers + 1):
        for emotion in ("neutral", "anger", "elation", "panic", "sadness"):
            folder = f"data/{speaker:03d}/{emotion}"
            for unit, count in (("phrase", 5), ("utterance", 20)):
                names += [f"{folder}/{unit}/{deeper}{n:02d}_{r}.wav" for n in range(1, count + 1) for r in (1, 2, 3)]
        names += [f"data/{speaker:03d}/neutral/paragraph/{deeper}{n:02d}.wav" for n in (1, 2)]
    return sorted(names)


def ravdess_names() -> list[str]:
    """24 actors; neutral has no strong intensity."""
    return sorted(
        f"Actor_{actor:02d}/03-01-{emotion:02d}-{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}.wav"
        for actor in range(1, 25)
        for emotion in range(1, 9)
        for intensity in ((1,) if emotion == 1 else (1, 2))
        for statement in (1, 2)
        for repetition in (1, 2)
    )


def cremad_names() -> list[str]:
    """91 actors x 12 sentences x 6 emotions, the first sentence at three levels; cut to the 7,442 of the release."""
    sentences = ("IEO", "DFA", "IOM", "ITH", "ITS", "IWL", "IWW", "MTI", "TAI", "TIE", "TSI", "WSI")
    names = []
    for actor in range(1001, 1092):
        for sentence in sentences:
            for emotion in ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD"):
                levels = ("LO", "MD", "HI") if sentence == "IEO" and emotion != "NEU" else ("XX",)
                names += [f"AudioWAV/{actor}_{sentence}_{emotion}_{level}.wav" for level in levels]
    names.remove("AudioWAV/1040_ITH_SAD_XX.wav")
    names.append("AudioWAV/1040_ITH_SAD_X.wav")  # as published
    return sorted(names)[:7442]


def cremad_demographics(actors: Iterable[int]) -> str:
    """VideoDemographics.csv with alternating sexes."""
    rows = (f"{a},40,{'Male' if a % 2 else 'Female'},Caucasian,Not Hispanic\n" for a in actors)
    return "ActorID,Age,Sex,Race,Ethnicity\n" + "".join(rows)


@cache
def iemocap_turns() -> dict[str, str]:
    """All 10,039 turns -> label, with the real totals by label, and by actor for the five labels of the paper."""
    five = [label for label in ("neu", "ang", "sad", "exc", "hap") for _ in range(LABELS_IEMOCAP[label])]
    five = [five[i * 1009 % len(five)] for i in range(len(five))]  # 1009 and 5531 have no common divisor
    others = [label for label in ("fru", "sur", "fea", "dis", "oth", "xxx") for _ in range(LABELS_IEMOCAP[label])]
    labels: dict[str, list[str]] = {}
    for actor, count in ACTORS_IEMOCAP.items():
        labels[actor], five = five[:count], five[count:]
    for actor, label in zip(cycle(ACTORS_IEMOCAP), others, strict=False):
        labels[actor].append(label)
    turns = {}
    for actor, own in labels.items():
        # either side of a session may wear the motion capture, whoever speaks
        dialogues = cycle(f"{actor[:5]}{side}_{dialogue}" for side in "FM" for dialogue in DIALOGUES_IEMOCAP)
        for number, (dialogue, label) in enumerate(zip(dialogues, own, strict=False)):
            name = f"XX{number}" if number < 8 else f"{number // 8:03d}"
            turns[f"{dialogue}_{actor[5]}{name}"] = label
    return turns


def iemocap_names(turns: Iterable[str]) -> list[str]:
    """The wav files of turns."""
    return sorted(f"Session{t[4]}/sentences/wav/{t.rpartition('_')[0]}/{t}.wav" for t in turns)


def iemocap_line(turn: str, label: str, ratings: str = "2.5000, 3.5000, 3.0000") -> str:
    """The header line of a turn, and lines of single annotators, which disagree and must not matter."""
    single = "C-E2:\tAnger;\t()\nC-E3:\tSadness;\t(café)\nA-E3:\tval 1; act 1; dom  ;\t()\n\n"
    return f"[6.2901 - 8.2357]\t{turn}\t{label}\t[{ratings}]\n{single}"


def write_iemocap_labels(root: Path, turns: Mapping[str, str]) -> list[str]:
    """Write the label files of turns, and what reading must skip; return their paths below root."""
    texts: dict[str, str] = defaultdict(lambda: LABEL_HEADER)
    for turn, label in turns.items():
        texts[f"Session{turn[4]}/dialog/EmoEvaluation/{turn.rpartition('_')[0]}.txt"] += iemocap_line(turn, label)
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1")
        (path.parent / f"._{path.name}").write_bytes(b"\x00\x05\x16\x07")
        (path.parent / "Categorical").mkdir(exist_ok=True)
        (path.parent / "Categorical" / f"{path.stem}_e2_cat.txt").write_text("not a label file", encoding="latin-1")
    return sorted(texts)


@cache
def wav(seconds: float = 0.1, rate: int = 16_000, channels: int = 1, pitch: float = 200, form: str = "WAV") -> bytes:
    """A quiet tone as the bytes of an audio file."""
    times = np.arange(round(seconds * rate)) / rate
    samples = np.repeat(0.3 * np.sin(2 * np.pi * pitch * times)[:, None], channels, axis=1)
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format=form)
    return target.getvalue()


def plant(root: Path, names: Iterable[str], audio: bytes | None = None) -> list[str]:
    """Write files with the same audio, or each with a tone of its own pitch; return the names, sorted."""
    names = sorted(names)
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav(pitch=100 + number) if audio is None else audio)
    return names
