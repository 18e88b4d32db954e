"""Splits that others made: files of folds, what training shares with the test, and the mark that says so."""

from dataclasses import replace
from pathlib import Path

import pytest
from configs import DEFAULT
from test_protocols import files_of_a_corpus
from tiny_corpus import SCORING

import score_predictions
import split_corpus
from xser.config.study import Study
from xser.errors import InputError
from xser.evaluation import predictions
from xser.evaluation.predictions import Block
from xser.evaluation.score import SCORE
from xser.splits.from_file import SplitTable
from xser.splits.protocols import read_protocol
from xser.splits.shared import dependence, shared, shared_dialogues
from xser.splits.split import Item, Split, read_split
from xser.workflow import audit, results, training

ITEMS = [
    Item(f"c_{s}-{t}", f"c_{s}", "f", t, f"{s}{t}", e, f"wav/{s}/{t}.flac")
    for s in ("ann", "bea", "cyn")
    for t, e in (("t1", "anger"), ("t2", "sadness"))
]


def table(tmp_path: Path, text: str) -> str:
    (path := tmp_path / "c.tsv").write_text(text, encoding="utf-8")
    return str(path)


def split(tmp_path: Path, text: str) -> Split:
    return read_protocol({"kind": "file", "files": {"c": table(tmp_path, text)}}).split(ITEMS, "c")


def test_paths_match_from_their_end_whatever_the_ending(tmp_path: Path) -> None:
    found = split(
        tmp_path,
        "path\tone\ttwo\n"
        "corpus/wav/ann/t1.wav\ttest\ttrain\n"  # longer than the corpus' own
        "ann/t2.wav\ttrain\ttest\n"  # shorter
        "bea/t1\tdev\ttrain\n"  # without an ending
        "wav\\bea\\t2.wav\t\t-\n"
        "wav/cyn/t1.flac\ttrain\tdev\n",
    )
    assert found.parts == [["test", "train", "dev", "-", "train", "-"], ["train", "test", "train", "-", "dev", "-"]]


def test_names_may_have_dots_and_no_ending(tmp_path: Path) -> None:
    words = [replace(x, path=f"m{n}.a_nie_{n}.wav") for n, x in enumerate(ITEMS[:4])]
    names = ["m0.a_nie_0", "m1.a_nie_1.wav", "data/m2.a_nie_2.flac", "m3.a_nie_3"]
    text = "path\tf\n" + "".join(f"{name}\t{'train' if n > 1 else 'test'}\n" for n, name in enumerate(names)) + "\t\n"
    found = SplitTable.read(table(tmp_path, text))
    assert found.parts(words) == [["test", "test", "train", "train"]], "a line of tabs alone is none"


def test_utterances_match_by_their_ids(tmp_path: Path) -> None:
    found = split(tmp_path, "utterance\tf\nc_ann-t1\ttest\nc_bea-t1\ttrain\nc_bea-t2\tdev\n")
    assert found.parts == [["test", "-", "train", "dev", "-", "-"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file\tf\nann/t1.wav\ttest\n", "line 1: the first column is 'file'"),
        ("path\nann/t1.wav\n", "line 1: no column of a fold"),
        ("path\tf\tf\nann/t1.wav\ttest\ttrain\n", "line 1: no column of a fold, or two of one name"),
        ("path\tf\nann/t1.wav\ttset\n", "line 2: 'tset' is none of train, dev, test, -"),
        ("path\tf\nann/t1.wav\n", "line 2: 1 fields, the first line has 2"),
        ("path\tf\tg\nann/t1.wav\ttest\ttest\n", "line 2: ann/t1.wav is tested in 2 folds"),
        ("path\tf\nann/t1.wav\ttest\nann/t1.wav\ttrain\n", "line 3: ann/t1.wav again, as in line 2"),
        ("path\tf\nt1.wav\ttest\n", "line 2 may be c_ann-t1 or c_bea-t1"),
        ("path\tf\nann/t1.wav\ttest\nwav/ann/t1.wav\ttrain\n", "c_ann-t1 may be line 2 or 3"),
        ("path\tf\nann/t1.wav\ttest\nann/t1\ttrain\n", "c_ann-t1 may be line 2 or 3"),
        ("path\tf\n\ttest\n", "line 2: the path is empty"),
        ("path\tf\n/\ttest\n", "no line names an utterance"),
        ("path\tf\nx/y.wav\ttest\n", "no line names an utterance"),
        ("path\tf\nann/t1.wav\ttest\n", "fold 0: no train utterances"),
        ("", "line 1: the first column is ''"),
    ],
)
def test_wrong_files_are_named_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        split(tmp_path, text)
    assert said in str(error.value)


def test_without_development_part_a_fifth_of_training_develops(tmp_path: Path) -> None:
    others = split(tmp_path, "path\tf\nann/t1.wav\ttest\nbea/t1.wav\ttrain\nbea/t2.wav\ttrain\ncyn/t1.wav\ttrain\n")
    assert others.parts == [["test", "-", "dev", "dev", "train", "-"]]  # speakers who are not tested: one of two
    many = [replace(x, utterance=f"{x.utterance}{i}", path=f"{x.path[:-5]}{i}.wav") for x in ITEMS for i in range(5)]
    lines = "".join(f"{x.path}\t{'test' if x.utterance.endswith('0') else 'train'}\n" for x in many)
    protocol = read_protocol({"kind": "file", "files": {"c": table(tmp_path, f"path\tf\n{lines}")}})
    (parts,) = protocol.split(many, "c").parts
    assert {p: parts.count(p) for p in ("train", "dev", "test")} == {"train": 20, "dev": 4, "test": 6}


def test_what_is_shared_is_counted_over_folds() -> None:
    copies = [ITEMS[0], *(replace(x, sound=ITEMS[0].sound) for x in ITEMS[1:2]), *ITEMS[2:]]
    both = Split(copies, [["test", "train", "train", "-", "-", "-"], ["-", "-", "train", "dev", "test", "test"]])
    assert shared(both) == {"speakers": (1, 2), "sentences": (3, 3), "recordings": (1, 3)}
    assert dependence(both).startswith(
        "training has 1 of 2 tested speakers, 3 of 3 tested sentences, 1 of 3 tested rec"
    )
    assert not dependence(Split(ITEMS, [["test", "test", "train", "train", "dev", "dev"]]))


def test_a_dialogue_counts_once_however_many_folds_test_it() -> None:
    talks = ["one", "two", "one", "two", "three", ""]
    told = [replace(x, dialogue=talk) for x, talk in zip(ITEMS, talks, strict=True)]
    ann, bea, cyn = (["test" if x.speaker == s else "train" for x in told] for s in ("c_ann", "c_bea", "c_cyn"))
    assert shared_dialogues(Split(told, [ann, bea, cyn])) == "2 of 3"
    assert shared_dialogues(Split(told, [["test"] * 2 + ["-"] * 2 + ["train"] * 2])) == ""
    assert shared_dialogues(Split(told, [["test"] * 4 + ["dev"] * 2])) == ""


def test_a_study_splits_marks_and_lists_what_does_not_match(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dot = Item("c_dot-t1", "c_dot", "", "t1", "dot", "", "wav/dot/t1.flac")  # of another emotion
    names = ("utterances", "utt2emo", "audio", "split")
    data = dict(zip(names, files_of_a_corpus(tmp_path, [*ITEMS, dot]), strict=True))
    out = data.pop("split")
    lines = "".join(f"{x.path}\t{'test' if x.text == 't1' else 'train'}\n" for x in ITEMS[:-1])
    path = table(tmp_path, f"path\tf\n{lines}wav/dot/t1.wav\ttrain\nwav/eve/t1.wav\ttrain\n")
    protocol = {"kind": "file", "files": {"c": path}}
    split_corpus.main(**data, out=out, corpus="c", protocol=protocol, test=None, dev=None)
    assert "1 utterances have no line in it and are out: c_cyn-t2" in caplog.text
    assert "1 lines name no utterance: line 8 (wav/eve/t1.wav)" in caplog.text
    names, speakers, (parts,) = read_split(out)
    tested = [(u, s) for u, s, part in zip(names, speakers, parts, strict=True) if part == "test"]
    block = Block(0, 0, *map(list, zip(*tested, strict=True)), ["anger"] * 3, predictions.np.eye(2)[[0, 0, 1]])
    files = [str(tmp_path / f"{name}.tsv") for name in ("predictions", "score", "details")]
    predictions.write(files[0], "c", ("anger", "sadness"), [block])
    score_predictions.main(*files, SCORING | {"test": "c"}, {"split": out, **data})
    (line,) = SCORE.records(files[1])
    assert line["dependent"].startswith("c: training has 2 of 3 tested speakers, 0 of 1 tested sentences, 0 of 3")
    score_predictions.main(*files, SCORING)
    assert SCORE.records(files[1])[0]["dependent"] == ""


def test_a_config_names_the_files_and_rules_ask_for_them(tmp_path: Path) -> None:
    raw = {**DEFAULT, "protocols": {"theirs": {"kind": "file", "files": {"emodb": str(tmp_path / "e.tsv")}}}}
    raw |= {
        "curves": {},
        "protocol": ["theirs"],
        "tables": {"t": {**DEFAULT["tables"]["table2"], "columns": ["emodb"]}},
    }
    raw["tables"]["t"]["rows"] = [{"label": "x", "system": "is09-svc", "train": "same"}]
    with pytest.raises(InputError, match="there is no file"):
        Study(raw)
    (tmp_path / "e.tsv").write_text("path\tf\n", encoding="utf-8")
    study = Study(raw)
    assert training.split_files(study, "theirs", "emodb") == [str(tmp_path / "e.tsv")]
    assert audit.inputs(study, study.runs(["t"]))["split_files"] == [str(tmp_path / "e.tsv")]
    assert audit.settings(study, study.runs(["t"]))["files"] == {"theirs": {"emodb": str(tmp_path / "e.tsv")}}
    (run,) = study.runs(["t"])
    assert set(results.shared_inputs(study, run)) == {"split", "utterances", "utt2emo", "audio"}
    raw["tables"]["t"]["columns"] = ["savee"]
    with pytest.raises(InputError, match=r"protocols\.theirs\.files has no split of corpus savee"):
        Study(raw)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (path := tmp_path / "c.tsv").write_bytes(b"path\tf\n\xff\ttest\n")
    with pytest.raises(InputError, match="not UTF-8"):
        SplitTable.read(str(path))


def test_a_split_may_lie_where_a_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITS", str(tmp_path))
    protocol = read_protocol({"kind": "file", "files": {"c": "$SPLITS/c.tsv"}})
    assert protocol.problem("c") == f".files.c: there is no file {tmp_path}/c.tsv"
    assert protocol.file_of("c") == f"{tmp_path}/c.tsv"
