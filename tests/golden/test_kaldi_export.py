"""A corpus exported for Kaldi: by the rules of its scripts, and, where they are installed, by its programs."""

import subprocess
from pathlib import Path
from typing import Any

import kaldi_rules
import kaldiio
import numpy as np
import pytest
import soundfile
from tiny_corpus import archive_files

from xser.data_dir import Utterance, read_mapping, write_data_dir, write_mapping
from xser.errors import InputError
from xser.features import archives, audio
from xser.features.extract import extract
from xser.features.kaldi_export import export
from xser.files import write_text


def corpus(folder: Path, root: Path, spoken: list[dict[str, Any]]) -> Path:
    """The data directory of utterances with a path below the root; all but the last have an emotion."""
    rows = [Utterance(**{"recording": u["utterance"], "label": "x", "language": "eng", **u}) for u in spoken]
    rows.sort(key=lambda u: u.utterance.encode())
    data = folder / "data"
    write_data_dir(data, rows, {u.utterance: 1.0 for u in rows}, root)
    write_text(data / "root.txt", f"{root}\n")
    write_mapping(data / "utt2emo", {u.utterance: "anger" for u in rows[:-1]})
    return data


def tones(folder: Path) -> list[dict[str, Any]]:
    """Stereo at 48 kHz, 24 bits at 44.1 kHz, FLAC at 16 kHz, and a segment."""
    time = np.arange(48_000) / 48_000
    tone = 0.5 * np.sin(2 * np.pi * 300 * time)
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.stack([tone, 0.2 * tone], axis=1), 48_000)
    soundfile.write(folder / "b.wav", tone, 44_100, subtype="PCM_24")
    soundfile.write(folder / "c.flac", tone, 16_000)
    named = [("c_s1-a", "c_s1", "a.wav", "f"), ("c_s1-b", "c_s1", "b.wav", "f"), ("c_s2-c", "c_s2", "c.flac", "m")]
    return [{"utterance": u, "speaker": s, "path": path, "gender": g} for u, s, path, g in named]


def features(data: Path, root: Path, folder: Path, extractor: str, **parameters: Any) -> Path:
    extract(data / "utterances.tsv", root, extractor, parameters, *(files := archive_files(folder, extractor)))
    return files[1]


def exported(data: Path, folder: Path, **how: Any) -> Path:
    export(data, data / "utt2emo", folder, folder, **how)
    return folder


def test_every_utterance_is_16_khz_16_bit_mono_and_what_extractors_hear(tmp_path: Path) -> None:
    data = corpus(tmp_path, tmp_path / "in", tones(tmp_path / "in"))
    out = exported(data, tmp_path / "out")
    assert kaldi_rules.breaches(out) == []
    wavs, sources = read_mapping(out / "wav.scp"), read_mapping(data / "wav.scp")
    assert list(wavs) == list(read_mapping(out / "utt2spk")) == ["c_s1-a", "c_s1-b", "c_s2-c"]
    for utterance, wav in wavs.items():
        assert Path(wav).is_absolute()
        info = soundfile.info(wav)
        assert (info.samplerate, info.channels, info.subtype, info.format) == (16_000, 1, "PCM_16", "WAV")
        assert np.array_equal(audio.load(wav), audio.load(sources[utterance]))
        assert float(read_mapping(out / "utt2dur")[utterance]) == pytest.approx(info.duration, abs=1e-6)
    assert (out / "spk2gender").read_text() == "c_s1 f\nc_s2 m\n"
    assert list(read_mapping(out / "utt2emo")) == ["c_s1-a", "c_s1-b"]


def test_segments_become_files_of_their_own(tmp_path: Path) -> None:
    tones(tmp_path / "in")
    parts = [("c_s1-1", 0.1, 0.5), ("c_s1-2", 0.5, 0.9)]
    spoken = [{"utterance": u, "speaker": "c_s1", "path": "a.wav", "start": a, "end": b} for u, a, b in parts]
    out = exported(corpus(tmp_path, tmp_path / "in", [{**u, "recording": "a"} for u in spoken]), tmp_path / "out")
    assert kaldi_rules.breaches(out) == []
    assert not (out / "segments").exists()
    assert not (out / "spk2gender").exists()
    assert [soundfile.info(wav).frames for wav in read_mapping(out / "wav.scp").values()] == [6_400, 6_400]


def test_frames_become_feats_and_functionals_vectors(tmp_path: Path) -> None:
    root = tmp_path / "in"
    data = corpus(tmp_path, root, tones(root))
    mfcc = features(data, root, tmp_path, "kaldi_mfcc")
    out = exported(data, tmp_path / "mfcc", scp=mfcc)
    assert kaldi_rules.breaches(out) == []
    ours, theirs = archives.read(mfcc), kaldiio.load_scp(str(out / "feats.scp"))
    assert list(theirs) == list(ours)
    assert all(np.array_equal(theirs[u], ours[u]) for u in ours)
    assert read_mapping(out / "utt2num_frames") == {u: str(len(x)) for u, x in ours.items()}
    is09 = features(data, root, tmp_path, "opensmile", set="IS09")
    vectors = exported(data, tmp_path / "is09", scp=is09)
    assert not (vectors / "feats.scp").exists()
    assert archives.read(vectors / "vectors.scp")["c_s1-a"].shape == (384,)


def test_all_that_cannot_be_converted_is_named(tmp_path: Path) -> None:
    root = tmp_path / "in"
    data = corpus(tmp_path, root, tones(root))
    (root / "a.wav").unlink()
    (root / "c.flac").write_bytes(b"no audio")
    with pytest.raises(InputError) as error:
        exported(data, tmp_path / "out")
    assert [offender.split(":")[0] for offender in error.value.offenders] == ["c_s1-a", "c_s2-c"]


def test_kaldis_own_programs_compute_our_mfcc_of_48_khz_recordings(
    shared: Path, real_kaldi: Path, tmp_path: Path
) -> None:
    root = shared / "corpora" / "ravdess" / "Actor_01"
    wavs = sorted(root.glob("*.wav"))
    wavs = [wav for wav in wavs if soundfile.info(wav).channels == 2] + wavs[::8]
    assert {soundfile.info(wav).samplerate for wav in wavs} == {48_000}
    names = sorted({wav.name for wav in wavs})
    spoken = [{"utterance": f"r_1-{n[:-4]}", "speaker": "r_1", "path": n, "gender": "m"} for n in names]
    data = corpus(tmp_path, root, spoken)
    tool = real_kaldi / "src/featbin/compute-mfcc-feats"
    options = ["--dither=0", "--use-energy=false"]

    def kaldi(scp: Path) -> subprocess.CompletedProcess[str]:
        command = [tool, *options, f"scp:{scp}", f"ark,scp:{tmp_path}/k.ark,{tmp_path}/k.scp"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    refused = kaldi(data / "wav.scp")
    assert refused.returncode or "Done 0 out of" in refused.stderr, "Kaldi takes 48 kHz after all"
    out = exported(data, tmp_path / "out", scp=features(data, root, tmp_path, "kaldi_mfcc"))
    done = kaldi(out / "wav.scp")
    assert done.returncode == 0, done.stderr
    theirs, ours = archives.read(tmp_path / "k.scp"), archives.read(out / "feats.scp")
    assert list(theirs) == list(ours)
    for utterance, values in theirs.items():
        assert values.shape == ours[utterance].shape
        assert np.abs(values - ours[utterance]).max() < 5e-3, utterance


def test_kaldis_own_script_validates_it(shared: Path, real_kaldi: Path, tmp_path: Path) -> None:
    root = tmp_path / "in"
    data = corpus(tmp_path, root, tones(root))
    out = exported(data, tmp_path / "out", scp=features(data, root, tmp_path, "kaldi_mfcc"))
    recipe = real_kaldi / "egs/wsj/s5"
    if not (recipe / "utils/validate_data_dir.sh").is_file():
        pytest.skip(f"no utils/validate_data_dir.sh in {recipe}")
    command = ["bash", "utils/validate_data_dir.sh", "--no-text", str(out)]
    done = subprocess.run(command, cwd=recipe, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully validated data-directory" in done.stdout
    length = subprocess.run(
        [real_kaldi / "src/featbin/feat-to-len", f"scp:{out}/feats.scp"], capture_output=True, text=True, check=True
    )
    assert int(length.stdout) == sum(int(n) for n in read_mapping(out / "utt2num_frames").values())
