"""Kaldi's MFCC and pitch against the real programs."""

from pathlib import Path
from typing import Any

import kaldi_native_fbank
import numpy as np
import pytest
from tiny_corpus import archive_files

from xser.errors import InputError
from xser.features import archives, audio, base, kaldi_mfcc
from xser.features.extract import extract
from xser.features.paste import paste


def extracted(
    data: Path, utterances_tsv: Path, folder: Path, extractor: str, **parameters: Any
) -> dict[str, np.ndarray]:
    extract(utterances_tsv, data, extractor, parameters, *(files := archive_files(folder, extractor)))
    return archives.read(files[1])


@pytest.mark.parametrize(("name", "use_energy"), [("mfcc", False), ("mfcc_energy", True)])
def test_mfcc_is_that_of_compute_mfcc_feats(golden_data, kaldi_golden, utterances_tsv, tmp_path, name, use_energy):
    ours = extracted(golden_data, utterances_tsv, tmp_path, "kaldi_mfcc", use_energy=use_energy)
    assert list(ours) == sorted(kaldi_golden[name])
    differences = [np.abs(ours[u] - golden).ravel() for u, golden in kaldi_golden[name].items()]
    assert np.concatenate(differences).max() < 2.5e-3
    assert np.median(np.concatenate(differences)) < 2e-5


def second_opinion(parameters: dict[str, Any], samples: np.ndarray) -> np.ndarray:
    """MFCC by kaldi-native-fbank, frame by frame."""
    options = kaldi_native_fbank.MfccOptions()
    options.frame_opts.samp_freq = 16_000
    parts = {options.frame_opts: FRAME_OPTIONS, options.mel_opts: MEL_OPTIONS, options: OWN_OPTIONS}
    for part, names in parts.items():
        for name, theirs in names.items():
            setattr(part, theirs, parameters[name])
    mfcc = kaldi_native_fbank.OnlineMfcc(options)
    mfcc.accept_waveform(16_000, (samples * 32_768).tolist())
    mfcc.input_finished()
    return np.array([mfcc.get_frame(i).copy() for i in range(mfcc.num_frames_ready)])


FRAME_OPTIONS = {
    **{name: name for name in ("dither", "window_type", "remove_dc_offset", "snip_edges")},
    **{"frame_length": "frame_length_ms", "frame_shift": "frame_shift_ms", "preemphasis_coefficient": "preemph_coeff"},
}
MEL_OPTIONS = {"num_mel_bins": "num_bins", "low_freq": "low_freq", "high_freq": "high_freq"}
OWN_OPTIONS = {n: n for n in ("num_ceps", "use_energy", "cepstral_lifter", "energy_floor", "raw_energy")}


@pytest.mark.parametrize("samples", [400, 401, 559, 560, 40_000])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"snip_edges": False},
        *({"window_type": window} for window in ("hamming", "hanning", "rectangular", "blackman")),
        {"remove_dc_offset": False},
        {"use_energy": True, "raw_energy": False},
        {"use_energy": True, "energy_floor": 1e9},
        {"num_ceps": 20, "num_mel_bins": 40},
        {"low_freq": 100.0, "high_freq": -400.0},
        {"high_freq": 7000.0},
        {"frame_length": 24.3, "frame_shift": 7.7},
        {"cepstral_lifter": 0.0, "preemphasis_coefficient": 0.0},
    ],
    ids=str,
)
def test_every_option_of_mfcc_does_what_the_library_does(golden_data, given, samples):
    signal = audio.load(golden_data / "wav" / "08a02Tb.wav")[:samples]
    parameters = kaldi_mfcc.EXTRACTOR.complete(given)
    expected = second_opinion(parameters, signal)
    ours = kaldi_mfcc.EXTRACTOR.make(parameters)(signal)
    assert ours.shape == expected.shape
    assert np.abs(ours - expected).max() < 1e-3


def check_pitch(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    """Bounds as measured over 500 utterances of EMO-DB; Kaldi keeps no closer to itself from one processor to the next.

    A frame may land one lag step beside, which its voicing, and the deltas and means around it, feel too.
    """
    assert list(ours) == sorted(theirs)
    assert all(ours[u].shape == theirs[u].shape for u in ours)
    apart = np.concatenate([np.abs(ours[u] - theirs[u]).max(axis=1) for u in ours])
    assert (apart > 1e-4).mean() <= 0.02
    assert (apart > 1e-3).mean() <= 0.006
    assert apart.max() <= 0.06


def test_pitch_is_that_of_process_kaldi_pitch_feats(golden_data, kaldi_golden, utterances_tsv, tmp_path):
    check_pitch(extracted(golden_data, utterances_tsv, tmp_path, "kaldi_pitch"), kaldi_golden["pitch"])


@pytest.mark.slow
@pytest.mark.parametrize("extractor", ["kaldi_mfcc", "kaldi_pitch"])
def test_the_real_programs_give_the_same(shared, real_kaldi, extractor):
    module = base.load_extractor(extractor)
    native = module.complete({})
    ours, theirs = (module.make({**native, "backend": backend}) for backend in ("native", "kaldi"))
    wavs = sorted((shared / "corpora" / "emodb" / "wav").glob("*.wav"))[::2]
    assert len(wavs) >= 200  # a few utterances bear nearly all of what is apart in pitch
    samples = {path.stem: audio.load(path) for path in wavs}
    found, expected = ({u: compute(s) for u, s in samples.items()} for compute in (ours, theirs))
    if extractor == "kaldi_pitch":
        check_pitch(found, expected)
    for utterance, values in expected.items() if extractor == "kaldi_mfcc" else ():
        assert np.abs(found[utterance] - values).max() < 5e-3, utterance


@pytest.mark.usefixtures("real_kaldi")
def test_what_stops_a_real_program_is_reported_and_not_a_frame_of_its_stack(shared):
    pitch = base.load_extractor("kaldi_pitch")
    compute = pitch.make(pitch.complete({"backend": "kaldi", "snip_edges": False, "min_f0": 60.0}))
    samples = audio.load(shared / "corpora" / "emodb" / "wav" / "03b10Na.wav")
    with pytest.raises(InputError, match=r"status \S+: ASSERTION_FAILED .* failed: \(input_finished_\)$"):
        compute(samples)


def test_mfcc_and_pitch_are_pasted_as_paste_feats_does(golden_data, kaldi_golden, utterances_tsv, tmp_path):
    for extractor in ("kaldi_mfcc", "kaldi_pitch"):
        extracted(golden_data, utterances_tsv, tmp_path, extractor)
    parts = [tmp_path / "kaldi_mfcc", tmp_path / "kaldi_pitch"]
    paste(
        [p.with_suffix(".scp") for p in parts],
        [p.with_suffix(".names.txt") for p in parts],
        *archive_files(tmp_path, "both"),
    )
    both = archives.read(tmp_path / "both.scp")
    assert len(archives.read_names(tmp_path / "both.names.txt")) == 16
    for utterance, golden in kaldi_golden["mfcc_pitch"].items():
        assert both[utterance].shape == golden.shape
        assert np.abs(both[utterance] - golden)[:, :13].max() < 5e-3
        assert np.abs(both[utterance] - golden)[:, 13:].max() < 1.05e-2
