"""Practice corpora: complete, readable by the corpus' own reader, sound audio, the same bytes every time."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from xser.corpora import practice
from xser.corpora.base import Listing, find_files, load_reader
from xser.corpora.practice.espeak import synthesiser
from xser.corpora.practice.writing import write_corpus
from xser.data_dir import check_utterances
from xser.errors import InputError

FIVE = {"anger", "fear", "happiness", "neutral", "sadness"}
SPEAKERS = {
    "emodb": {"03", "08", "09", "10", "11", "12", "13", "14", "15", "16"},
    "savee": {"DC", "JE", "JK", "KL"},
    "emovo": {"f1", "f2", "f3", "m1", "m2", "m3"},
    "masc": {"001", "008", "015", "022", "029", "036", "043", "047", "054", "061"},
    "iemocap": {f"Ses{n:02d}{actor}" for n in range(1, 6) for actor in "FM"},
}
RATES = {"emodb": 16000, "savee": 44100, "emovo": 48000, "masc": 22050, "iemocap": 16000}


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("practice")
    for reader in practice.SUPPORTED:
        write_corpus(reader, folder / reader)
    return {reader: folder / reader for reader in practice.SUPPORTED}


def listing(reader: str, root: Path) -> Listing:
    module = load_reader(reader)
    options = {name: p.default for name, p in module.options.items() if name not in module.select}
    return module.read(reader, root, find_files(root, module.files), options)


def emotions(reader: str, found: Listing) -> Counter[tuple[str, str | None]]:
    return Counter((u.speaker.split("_")[1], load_reader(reader).emotions[u.label]) for u in found.utterances)


@pytest.mark.parametrize("reader", practice.SUPPORTED)
def test_files_are_those_that_are_written(reader: str, roots: dict[str, Path]) -> None:
    written = [p.relative_to(roots[reader]).as_posix() for p in roots[reader].rglob("*") if p.is_file()]
    assert practice.files(reader) == sorted(written)
    assert "practice" in (roots[reader] / practice.NOTE).read_text().lower()


@pytest.mark.parametrize("reader", practice.SUPPORTED)
def test_the_corpus_own_reader_reads_all_of_it(reader: str, roots: dict[str, Path]) -> None:
    found = listing(reader, roots[reader])
    assert not found.left_out
    assert len(found.utterances) == sum(f.endswith(".wav") for f in practice.files(reader))
    assert not check_utterances(sorted(found.utterances, key=lambda u: u.utterance.encode()))
    counts = emotions(reader, found)
    assert {speaker for speaker, _ in counts} == SPEAKERS[reader]
    assert all(counts[speaker, emotion] >= 2 for speaker in SPEAKERS[reader] for emotion in FIVE)
    assert reader == "masc" or {emotion for _, emotion in counts} > FIVE  # something to leave out


@pytest.mark.parametrize("reader", practice.SUPPORTED)
def test_audio_is_sound(reader: str, roots: dict[str, Path]) -> None:
    channels, peaks = set(), []
    for path in roots[reader].rglob("*.wav"):
        samples, rate = soundfile.read(path, always_2d=True)
        assert soundfile.info(path).subtype == "PCM_16"
        assert rate == RATES[reader]
        assert 0.7 < len(samples) / rate < 4, path
        assert -46 < 10 * np.log10(np.mean(samples**2)) < -15, path
        assert np.mean(np.abs(samples[:, 0]) < 1e-3) < 0.6, path
        channels.add(samples.shape[1])
        peaks.append(np.abs(samples).max())
    assert max(peaks) <= 0.901
    assert channels == ({1, 2} if reader == "emovo" else {1})


def test_iemocap_has_what_its_options_select(roots: dict[str, Path]) -> None:
    utterances = listing("iemocap", roots["iemocap"]).utterances
    assert {"hap", "exc", "xxx", "fru"} < {u.label for u in utterances}
    assert {u.naturalness for u in utterances} == {"impro", "script"}
    assert any("XX0" in u.path for u in utterances)
    # Some turn is not of the actor who wears motion capture.
    assert any(Path(u.path).stem.split("_")[0][-1] != u.speaker[-1] for u in utterances)
    arousal = {
        label: np.mean([u.arousal or 0 for u in utterances if u.label == label]) for label in ("ang", "neu", "sad")
    }
    valence = {
        label: np.mean([u.valence or 0 for u in utterances if u.label == label]) for label in ("hap", "neu", "sad")
    }
    assert arousal["ang"] > arousal["neu"] > arousal["sad"]
    assert valence["hap"] > valence["neu"] > valence["sad"]
    assert all(
        1 <= value <= 5 for u in utterances for value in (u.arousal, u.valence, u.dominance) if value is not None
    )


def test_emotions_are_heard(roots: dict[str, Path]) -> None:
    """Anger is louder than sadness, in each corpus and for nearly each speaker."""
    for reader, root in roots.items():
        levels: dict[tuple[str, str], list[float]] = {}
        for u in listing(reader, root).utterances:
            emotion = load_reader(reader).emotions[u.label]
            samples = soundfile.read(root / u.path, always_2d=True)[0][:, 0]
            levels.setdefault((u.speaker, emotion), []).append(10 * np.log10(np.mean(samples**2)))
        speakers = {speaker for speaker, _ in levels}
        louder = [np.mean(levels[s, "anger"]) > np.mean(levels[s, "sadness"]) for s in speakers]
        assert np.mean(louder) >= 0.75, reader


def test_same_bytes_in_another_process(roots: dict[str, Path], tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from xser.corpora.practice.writing import write_corpus;"
        "write_corpus('savee', pathlib.Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    for path in practice.files("savee"):
        assert (tmp_path / path).read_bytes() == (roots["savee"] / path).read_bytes(), path


def test_a_full_disk_is_an_error_of_the_disk(tmp_path: Path) -> None:
    """Jobs say what to do about those; libsndfile's own is a `System error`."""
    code = "import resource, sys; from pathlib import Path; import numpy as np\n"
    code += (
        "from xser.corpora.practice.writing import write_wav\nresource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); "
    )
    code += "write_wav(Path(sys.argv[1]), np.zeros((1000, 1)), 16000)"
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.wav")], capture_output=True, text=True)
    assert "OSError: [Errno 27] File too large" in run.stderr
    assert not list(tmp_path.iterdir())


def test_an_utterance_does_not_depend_on_those_before_it() -> None:
    jobs = [
        ("Guten Tag.", "de+f2", 175, 0, 1),
        ("Il treno parte.", "it+m3", 260, 6, 1.8),
        ("门口有人等", "cmn+f5", 120, -4, 0.3),
    ]
    with synthesiser() as espeak:
        forward = [espeak.speak(*job) for job in jobs]
        backward = [espeak.speak(*job) for job in reversed(jobs)]
    for one, other in zip(forward, reversed(backward), strict=True):
        np.testing.assert_array_equal(one, other)


def test_rate_makes_speech_shorter() -> None:
    with synthesiser() as espeak:
        slow, fast = (espeak.speak("The kettle is on the table.", "en+m3", rate=rate) for rate in (130, 260))
    assert len(slow) > 1.5 * len(fast)


def test_a_long_path_of_the_data_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import espeakng_loader

    with synthesiser() as espeak:
        expected = espeak.speak("Guten Tag.", "de+m3")
    link = tmp_path / ("x" * 120) / ("y" * 60)
    link.parent.mkdir()
    link.symlink_to(espeakng_loader.get_data_path(), target_is_directory=True)
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(link))
    with synthesiser() as espeak:
        np.testing.assert_array_equal(espeak.speak("Guten Tag.", "de+m3"), expected)


def test_listing_files_imports_nothing_heavy() -> None:
    code = (
        "import sys; from xser.corpora import practice; [practice.files(r) for r in practice.SUPPORTED]; "
        "print([m for m in ('numpy', 'scipy', 'soxr', 'espeakng_loader') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_synthesiser_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(InputError, match="espeakng-loader"):
        write_corpus("savee", tmp_path)
    assert not list(tmp_path.rglob("*.wav"))
