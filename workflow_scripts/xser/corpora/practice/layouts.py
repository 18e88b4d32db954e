"""Which files each practice corpus has, in the layout and with the names of the corpus that it stands for.

Only the standard library is imported here: the Snakefile lists the files on every start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice

from xser.corpora.practice import sentences


@dataclass(frozen=True)
class Turn:
    """One audio file to be spoken.

    `path` is relative to the root, `speaker` the corpus' own name of the speaker, `gender` m or f, `emotion` an entry
    of `acoustics.CUES`, `label` the corpus' label where a label file says it.
    """

    path: str
    speaker: str
    gender: str
    emotion: str
    text: str
    label: str = ""
    channels: int = 1


@dataclass(frozen=True)
class Layout:
    """A practice corpus: espeak-ng's language, sample rate in Hz, all turns, and label file -> paths it labels."""

    language: str
    sample_rate: int
    turns: Callable[[], list[Turn]]
    label_files: Callable[[list[Turn]], dict[str, list[Turn]]] = lambda turns: {}


_EMODB_SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
_EMODB_MALE = ("03", "10", "11", "12", "15")


def _emodb() -> list[Turn]:
    """EMO-DB: the ten speakers, two utterances of each of the five emotions, and one of boredom or disgust."""
    genders = {s: "m" if s in _EMODB_MALE else "f" for s in _EMODB_SPEAKERS}
    codes = {"W": "anger", "A": "fear", "F": "happiness", "T": "sadness", "N": "neutral"}
    texts, turns = list(sentences.GERMAN), []
    for s, (speaker, gender) in enumerate(genders.items()):
        rare = ("L", "boredom") if s % 2 else ("E", "disgust")
        for e, (code, emotion) in enumerate([*codes.items(), rare]):
            for take in range(2 if code in codes else 1):
                text = texts[(s + 2 * e + 5 * take) % len(texts)]
                path = f"wav/{speaker}{text}{code}{'ab'[take]}.wav"
                turns.append(Turn(path, speaker, gender, emotion, sentences.GERMAN[text]))
    return turns


def _savee() -> list[Turn]:
    """SAVEE: the four speakers, neutral oftener than the others; the first two sentences are common to all emotions."""
    counts = {"a": 4, "f": 4, "h": 4, "sa": 4, "n": 6, "d": 1, "su": 1}
    names = ("anger", "fear", "happiness", "sadness", "neutral", "disgust", "surprise")
    own, turns = len(sentences.BRITISH) - 2, []
    for speaker in ("DC", "JE", "JK", "KL"):
        for e, ((code, count), emotion) in enumerate(zip(counts.items(), names, strict=True)):
            for number in range(1, count + 1):
                text = sentences.BRITISH[number - 1 if number <= 2 else 2 + (2 * e + number) % own]
                turns.append(Turn(f"AudioData/{speaker}/{code}{number:02d}.wav", speaker, "m", emotion, text))
    return turns


def _emovo() -> list[Turn]:
    """EMOVO: the six speakers, two of them in stereo, as copies of the corpus differ in that."""
    codes = {"rab": "anger", "pau": "fear", "gio": "happiness", "tri": "sadness", "neu": "neutral"}
    texts, turns = list(sentences.ITALIAN), []
    for s, speaker in enumerate(("f1", "f2", "f3", "m1", "m2", "m3")):
        channels = 2 if speaker in ("f3", "m2") else 1
        for e, (code, emotion) in enumerate([*codes.items(), ("dis", "disgust"), ("sor", "surprise")]):
            for take in range(3 if code in codes else 1):
                text = texts[(s + 3 * e + 5 * take) % len(texts)]
                path = f"EMOVO/{speaker}/{code}-{speaker}-{text}.wav"
                turns.append(Turn(path, speaker, speaker[0], emotion, sentences.ITALIAN[text], channels=channels))
    return turns


_MASC_SPEAKERS = ("001", "008", "015", "022", "029", "036", "043", "047", "054", "061")


def _masc() -> list[Turn]:
    """MASC: ten speakers, of each emotion a phrase and two sentences, and a neutral paragraph."""
    genders = dict(zip(_MASC_SPEAKERS, "mffmfmmfmf", strict=True))
    emotions = {"anger": "anger", "elation": "happiness", "neutral": "neutral", "panic": "fear", "sadness": "sadness"}
    phrases, lines, turns = sentences.MANDARIN_PHRASES, sentences.MANDARIN, []
    for s, (speaker, gender) in enumerate(genders.items()):
        for e, folder in enumerate(emotions):
            units = [("phrase", s + e, phrases), ("utterance", s + e, lines), ("utterance", s + e + 3, lines)]
            if folder == "neutral":
                units.append(("paragraph", s, sentences.MANDARIN_PARAGRAPHS))
            for unit, number, texts in units:
                number %= len(texts)
                path = f"data/{speaker}/{folder}/{unit}/{number + 1:02d}1.wav"
                turns.append(Turn(path, speaker, gender, emotions[folder], texts[number]))
    return turns


IEMOCAP_EMOTIONS = {
    "ang": "anger",
    "neu": "neutral",
    "sad": "sadness",
    "hap": "happiness",
    "exc": "excitement",
    "fea": "fear",
    "fru": "frustration",
    "sur": "surprise",
    "dis": "disgust",
    "oth": "other",
    "xxx": "other",
}
# An actor's turns, dealt to the four dialogues of the session in turn, so that each dialogue holds most emotions.
_IEMOCAP_LABELS = ["neu"] * 4 + ["ang"] * 3 + ["sad"] * 3 + ["fea"] * 3 + ["hap"] * 2 + ["exc"] * 2 + ["fru", "xxx"]
_IEMOCAP_RARE = ("sur", "oth", "dis", "fru", "sur", "xxx", "fru", "xxx", "neu", "oth")
_IEMOCAP_DIALOGUES = ("F_impro01", "M_impro05a", "F_script01_1", "M_script01_1b")


def _iemocap() -> list[Turn]:
    """IEMOCAP: five sessions of two actors and four dialogues; the dialogue's letter is who wears motion capture."""
    turns = []
    for session in range(1, 6):
        for d, dialogue in enumerate(_IEMOCAP_DIALOGUES):
            for a, actor in enumerate("FM"):
                index = 2 * (session - 1) + a
                labels = [*_IEMOCAP_LABELS, _IEMOCAP_RARE[index]]
                mine = [labels[i] for i in range(len(labels)) if (i + index) % len(_IEMOCAP_DIALOGUES) == d]
                if "script" in dialogue:
                    lines = sentences.AMERICAN_SCRIPT[5 * a : 5 * a + 5]
                else:
                    lines = tuple(islice(cycle(sentences.AMERICAN_IMPRO), 5 * (index + d), 5 * (index + d) + 5))
                for number, (label, text) in enumerate(zip(mine, lines, strict=True)):
                    name = f"Ses{session:02d}{dialogue}"
                    # The publisher numbers some turns XX0, of whoever speaks.
                    last = f"{actor}XX0" if number == 4 and d == 3 and a == session % 2 else f"{actor}{number:03d}"
                    path = f"Session{session}/sentences/wav/{name}/{name}_{last}.wav"
                    speaker = f"Ses{session:02d}{actor}"
                    turns.append(Turn(path, speaker, actor.lower(), IEMOCAP_EMOTIONS[label], text, label))
    return turns


def _iemocap_label_files(turns: list[Turn]) -> dict[str, list[Turn]]:
    files: dict[str, list[Turn]] = {}
    for turn in turns:
        session, *_, dialogue, _name = turn.path.split("/")
        files.setdefault(f"{session}/dialog/EmoEvaluation/{dialogue}.txt", []).append(turn)
    return files


LAYOUTS = {
    "emodb": Layout("de", 16000, _emodb),
    "savee": Layout("en", 44100, _savee),
    "emovo": Layout("it", 48000, _emovo),
    "masc": Layout("cmn", 22050, _masc),
    "iemocap": Layout("en-us", 16000, _iemocap, _iemocap_label_files),
}
