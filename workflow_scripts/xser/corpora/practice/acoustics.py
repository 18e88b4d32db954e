"""How the practice speakers differ, and how an emotion changes what they say."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr
from scipy.signal import lfilter

from xser.corpora.practice.espeak import SAMPLE_RATE, Synthesiser
from xser.corpora.practice.layouts import LAYOUTS, Turn

Samples = npt.NDArray[Any]

CUES = {
    #               pitch spread  rate  level  tilt  breath
    "neutral":     (0.0, -0.10,  0.00,  0.0,  0.00, -0.10),
    "anger":       (1.5,  0.30,  0.15,  6.0,  0.45, -0.10),
    "happiness":   (5.0,  0.60, -0.05,  3.0,  0.25,  0.30),
    "fear":        (4.5, -0.15,  0.22, -1.0,  0.00,  0.45),
    "sadness":    (-2.0, -0.50, -0.25, -4.5, -0.40,  0.35),
    "boredom":    (-2.5, -0.60, -0.30, -2.5, -0.20,  0.05),
    "disgust":    (-1.5,  0.10, -0.15,  0.0, -0.10,  0.15),
    "surprise":    (6.0,  0.70,  0.00,  3.0,  0.20,  0.15),
    "excitement":  (5.5,  0.65,  0.05,  4.0,  0.30,  0.25),
    "frustration": (1.0,  0.15,  0.00,  2.5,  0.25,  0.00),
    "other":       (1.0,  0.10, -0.05,  0.5,  0.05,  0.05),
}  # fmt: skip
"""Emotion -> change against the speaker's own voice: base pitch in semitones, intonation range and speaking rate in
natural logarithms, level in dB, spectral tilt and breathiness as `_tilt` and `_breathe` take them. Directions follow
what is commonly reported for acted emotion (Scherer 2003; Juslin and Laukka 2003); sizes are chosen so that classifiers
err, but learn."""

# How far a corpus' speakers go; standard deviations of a corpus' own cues about CUES, and of a turn's about those.
_STRENGTH = {"emodb": 2.0, "savee": 1.1, "emovo": 2.4, "masc": 1.4, "iemocap": 1.4}
_CORPUS_SPREAD = (0.4, 0.07, 0.03, 0.6, 0.06, 0.04)
_UTTERANCE_SPREAD = (1.0, 0.15, 0.06, 1.2, 0.12, 0.10)

_VARIANTS = {"m": ("m1", "m3", "m4", "m6", "m7", "m8"), "f": ("f1", "f2", "f3", "f4", "f5")}


@dataclass(frozen=True)
class Voice:
    """A practice speaker: espeak-ng's variant, resampling factor of the formants, and the neutral cues."""

    variant: str
    formants: float
    cues: tuple[float, ...]


def random_of(*names: str) -> np.random.Generator:
    """Return the random generator that belongs to these names, the same on every run."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256("/".join(names).encode()).digest()[:8], "big"))


def voice_of(reader: str, speaker: str, gender: str, number: int) -> Voice:
    """Return the voice of the corpus' speaker; `number` counts the speakers so that neighbours differ in variant."""
    random = random_of(reader, "speaker", speaker)
    variants = _VARIANTS[gender]
    cues = random.normal(0, (1.2, 0.10, 0.05, 1.0, 0.08, 0.05))
    return Voice(variants[number % len(variants)], float(random.uniform(0.94, 1.07)), tuple(cues))


def expression(reader: str, turn: Turn) -> tuple[float, Samples]:
    """Return how strongly a turn's emotion is expressed relative to CUES, and its cues, shape (6,).

    A fifth of the turns mixes in another emotion, as listeners of real speech report.
    """
    random = random_of(reader, turn.path)
    corpus = random_of(reader, "emotion", turn.emotion).normal(0, _CORPUS_SPREAD)
    strength = _STRENGTH[reader] * random.uniform(0.5, 1.15)
    other = str(random.choice(list(CUES)))
    cues = strength * (np.array(CUES[turn.emotion]) + corpus)
    if random.random() < 0.2:
        cues = 0.6 * cues + 0.4 * np.array(CUES[other])
    return strength, cues + random.normal(0, _UTTERANCE_SPREAD)


def sound_of(synthesiser: Synthesiser, reader: str, turn: Turn, voice: Voice) -> Samples:
    """Speak a turn.

    Returns
    -------
    Samples in -0.9 to 0.9 at the layout's rate, shape (samples, channels), float64.
    """
    layout = LAYOUTS[reader]
    random = random_of(reader, "channel", turn.path)
    pitch, spread, rate, level, tilt, breath = expression(reader, turn)[1] + voice.cues
    # Resampling shifts the formants, and with them base pitch and tempo, which are asked for accordingly.
    speech = synthesiser.speak(
        turn.text,
        f"{layout.language}+{voice.variant}",
        rate=_WORDS_A_MINUTE[reader] * np.exp(np.clip(rate, -0.45, 0.4)) / voice.formants,
        pitch=pitch - 12 * np.log2(voice.formants),
        spread=0.8 * np.exp(spread),
    )
    speech = _breathe(_tilt(_trim(speech), tilt), breath, random)
    speech = soxr.resample(speech, SAMPLE_RATE * voice.formants, layout.sample_rate)
    speech *= 10 ** ((_LEVEL[reader] + level) / 20) / np.sqrt(np.mean(speech**2))
    before, after = (random.uniform(0.05, 0.15, 2) * layout.sample_rate).astype(int)
    speech = np.pad(speech, (before, after))
    channels = np.stack([speech, 0.8 * speech][: turn.channels], axis=1)
    channels += random.normal(0, 10 ** (_NOISE[reader] / 20), channels.shape)
    return channels * min(1.0, 0.9 / np.abs(channels).max())


# Level of speech and noise in dB re full scale, and tempo, differ between corpora as between recording rooms.
_LEVEL = {"emodb": -29.0, "savee": -28.5, "emovo": -29.5, "masc": -29.0, "iemocap": -30.0}
_NOISE = {"emodb": -65.0, "savee": -64.5, "emovo": -64.0, "masc": -63.5, "iemocap": -63.0}
_WORDS_A_MINUTE = {"emodb": 205, "savee": 195, "emovo": 200, "masc": 225, "iemocap": 195}


def _trim(samples: Samples) -> Samples:
    """Cut the silence that espeak-ng leaves at both ends."""
    loud = np.flatnonzero(np.abs(samples) > 1e-3)
    return samples[loud[0] : loud[-1] + 1]


def _tilt(samples: Samples, tilt: float) -> Samples:
    """Raise (tilt above 0) or damp (below 0) high frequencies by one zero; the level is set later."""
    coefficient = np.clip(tilt, -0.85, 0.85)
    return np.asarray(lfilter([1, -coefficient], [1], samples))


def _breathe(samples: Samples, breath: float, random: np.random.Generator) -> Samples:
    """Add aspiration noise that follows the speech's envelope, from 36 (breath 0) to 12 dB (breath 1) below it."""
    smooth = 1 - np.exp(-1 / (0.01 * SAMPLE_RATE))
    envelope = np.sqrt(np.maximum(lfilter([smooth], [1, smooth - 1], samples**2), 0))
    noise = lfilter([0.5, -0.5], [1], random.normal(0, 1, len(samples)))
    return samples + envelope * noise * 10 ** ((-36 + 24 * np.clip(breath, 0, 1)) / 20)
