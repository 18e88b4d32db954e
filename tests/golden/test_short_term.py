"""Tripathi & Beigi's 34 features against pyAudioAnalysis."""

import numpy as np

from xser.features import audio, short_term


def test_features_are_those_of_pyaudioanalysis(golden_data):
    golden = np.load(golden_data / "short_term.npz")
    compute = short_term.EXTRACTOR.make(short_term.EXTRACTOR.complete({}))
    assert short_term.EXTRACTOR.names({}) == list(golden["names"])
    for utterance in ("03a01Fa", "16b10Td"):
        ours, expected = compute(audio.load(golden_data / f"wav/{utterance}.wav")), golden[utterance]
        assert ours.shape == expected.shape
        assert (np.abs(ours - expected) / np.abs(expected).max(axis=0)).max() < 1e-6


def test_two_frames_become_the_first_of_them(golden_data):
    compute = short_term.EXTRACTOR.make(short_term.EXTRACTOR.complete({}))
    voice = audio.load(golden_data / "wav/03a01Fa.wav")
    assert len(compute(voice[:3_200])) == len(compute(voice[:4_800])) == len(compute(voice[:6_400])) == 1
    assert len(compute(voice[:8_000])) == 2


def test_silence_is_finite():
    assert np.isfinite(short_term.EXTRACTOR.make(short_term.EXTRACTOR.complete({}))(np.zeros(16_000, np.float32))).all()
