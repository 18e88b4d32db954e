"""xser export-kaldi: what it asks Snakemake for, where it writes, and its errors."""

import copy
from pathlib import Path

import kaldi_rules
import numpy as np
import pytest
import soundfile
import yaml
from configs import DEFAULT

from xser import paths
from xser.cli import main as cli
from xser.cli import making
from xser.data_dir import Utterance, read_mapping, write_data_dir, write_mapping
from xser.files import write_text


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A study with one recording of EMO-DB; what Snakemake was asked to make."""
    found: list[str] = []
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    raw = copy.deepcopy(DEFAULT)
    raw["corpora"]["masc"]["root"] = None
    Path("config.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    soundfile.write("a.wav", np.full(9_600, 0.1), 48_000)
    data = Path(paths.corpus("emodb", "root.txt")).parent
    row = Utterance("emodb_03-a", "emodb_03", "emodb_03-a", "a.wav", "W", "deu", gender="m")
    write_data_dir(data, [row], {"emodb_03-a": 0.2}, ".")
    write_text(data / "root.txt", ".\n")
    write_mapping(data / "utt2emo", {"emodb_03-a": "anger"})
    monkeypatch.setattr(making, "make", lambda targets, cores: found.extend(map(str, targets)))
    return found


def test_a_corpus_is_written_whole_into_a_new_folder(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export-kaldi", "emodb", "../out/emodb"]) == 0
    assert asked == [paths.corpus("emodb", name) for name in ("utterances.tsv", "root.txt", "utt2emo")]
    out = Path("../out/emodb").resolve()
    assert [path.name for path in out.parent.iterdir()] == ["emodb"]
    assert kaldi_rules.breaches(out) == []
    assert read_mapping(out / "wav.scp") == {"emodb_03-a": f"{out}/wav/emodb_03-a.wav"}
    assert soundfile.info(out / "wav/emodb_03-a.wav").samplerate == 16_000
    assert "1 utterances" in capsys.readouterr().out
    assert cli.main(["export-kaldi", "emodb", "../out/emodb"]) == 1
    assert "is there already" in capsys.readouterr().err


def test_an_id_that_is_too_long_for_a_file_is_written_all_the_same(asked: list[str]) -> None:
    data = Path(paths.corpus("emodb", "root.txt")).parent
    ids = [f"emodb_03-{'ä' * n}" for n in (121, 122)]  # 251 and 253 bytes
    rows = [Utterance(name, "emodb_03", name, "a.wav", "W", "deu", gender="m") for name in ids]
    write_data_dir(data, rows, dict.fromkeys(ids, 0.2), ".")
    write_mapping(data / "utt2emo", dict.fromkeys(ids, "anger"))
    assert cli.main(["export-kaldi", "emodb", "../out"]) == 0
    out = Path("../out").resolve()
    assert kaldi_rules.breaches(out) == []
    found = read_mapping(out / "wav.scp")
    assert found[ids[0]] == f"{out}/wav/{ids[0]}.wav"
    assert len(set(found.values())) == 2
    assert all(soundfile.info(path).samplerate == 16_000 for path in found.values())


def test_all_that_is_wrong_is_named_and_nothing_is_written(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export-kaldi", "--features", "none", "nobody", "../an out"]) == 1
    shown = capsys.readouterr().err
    for part in ("'nobody' is not a corpus", "'none' is not one of", "has white space in it"):
        assert part in shown
    assert cli.main(["export-kaldi", "masc", "../out"]) == 1
    assert "corpora.masc.root is null" in capsys.readouterr().err
    Path("a.wav").unlink()
    assert cli.main(["export-kaldi", "emodb", "../out/emodb"]) == 1
    assert "emodb_03-a: " in capsys.readouterr().err
    assert list(Path("../out").iterdir()) == []
