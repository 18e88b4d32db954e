"""Kinds of files: what is written is read back as it was, and damage is named."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from xser.errors import InputError
from xser.frames import EXACT, FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind

KIND = Kind(
    "things",
    {"name": TEXT, "count": WHOLE, "maybe": MAYBE_WHOLE, "share": NUMBER, "time": EXACT, "real": FLAG},
    key=("name",),
    further={r"p_\w+": NUMBER},
)
HEADER = "name\tcount\tmaybe\tshare\ttime\treal\tp_joy\n"
ROWS = [
    {"name": 'a "b"', "count": 1, "maybe": 2, "share": 0.5, "time": 1 / 3, "real": True, "p_joy": 0.25},
    {"name": "ü", "count": -3, "maybe": None, "share": None, "time": None, "real": False, "p_joy": None},
]
TEXT_OF_ROWS = f'"a ""b"""\t1\t2\t0.500000\t{1 / 3!r}\tyes\t0.250000\nü\t-3\t\t\t\tno\t\n'


def test_records_and_frames_write_the_same_and_come_back(tmp_path: Path) -> None:
    KIND.write_records(tmp_path / "a.tsv", ROWS)
    KIND.write(tmp_path / "b.tsv", KIND.frame(ROWS))
    assert (tmp_path / "a.tsv").read_text() == (tmp_path / "b.tsv").read_text() == HEADER + TEXT_OF_ROWS
    assert KIND.records(tmp_path / "a.tsv") == ROWS
    frame = KIND.read(tmp_path / "a.tsv")
    assert [str(t) for t in frame.dtypes] == ["str", "int64", "Int64", "float64", "float64", "bool", "float64"]
    assert frame["real"].tolist() == [True, False]
    assert frame[["maybe", "share", "time", "p_joy"]].isna().to_numpy().tolist() == [[False] * 4, [True] * 4]
    pd.testing.assert_frame_equal(frame, KIND.frame(ROWS))


def test_an_empty_file_keeps_its_columns_and_types(tmp_path: Path) -> None:
    KIND.write_records(tmp_path / "a.tsv", [])
    frame = KIND.read(tmp_path / "a.tsv")
    assert list(frame.columns) == list(KIND.columns)
    assert frame["real"].dtype == bool


def test_several_files_become_one_frame(tmp_path: Path) -> None:
    short = Kind("ages", {"speaker": TEXT, "age": WHOLE})
    for i in range(2):
        short.write_records(tmp_path / f"{i}.tsv", [{"speaker": f"s{i}", "age": i}])
    frame = short.read_all([tmp_path / "1.tsv", tmp_path / "0.tsv"])
    assert frame.to_dict("list") == {"speaker": ["s1", "s0"], "age": [1, 0]}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1: things: expected the columns"),
        ("name\tcount\n", "line 1: things: expected the columns"),
        (HEADER.replace("p_joy", "q_joy"), "line 1: things: expected the columns"),
        (HEADER.replace("p_joy", "p_joy\tp_joy"), "line 1: things: expected the columns"),
        (HEADER + "a\t1\n", "line 2: expected 7 tab-separated fields, found 2"),
        (HEADER + TEXT_OF_ROWS + "\n", "line 4: expected 7 tab-separated fields, found 0"),
        (HEADER + TEXT_OF_ROWS.replace("\tyes", "\t1"), "line 2: real is '1', not yes or no"),
        (HEADER + TEXT_OF_ROWS.replace("\t-3", "\t"), "line 3: count is '', not a whole number"),
        (HEADER + TEXT_OF_ROWS.replace("0.5", "x.5"), "line 2: share is 'x.500000', not a number"),
        (HEADER + TEXT_OF_ROWS.replace("0.500000", "nan"), "line 2: share is 'nan', not a number"),
        (HEADER + TEXT_OF_ROWS.replace("0.500000", "1" * 5000), "line 2: count is"),
        (HEADER + TEXT_OF_ROWS + TEXT_OF_ROWS, "line 4: name a \"b\" is there twice"),
        (HEADER + TEXT_OF_ROWS.replace("ü", "\0"), "line 3: a NUL byte"),
        (HEADER + '"a\t1', "line 2: unexpected end of data"),
        (HEADER + "x" * 200_000 + "\t1\t2\t0.5\t1\tyes\t1\n", "line 2: field larger than field limit"),
    ],
)  # fmt: skip
def test_damage_is_named_with_its_line(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(text.replace("\t1\t2\t" + "1" * 5000, "\t" + "1" * 5000 + "\t2\t1"))
    with pytest.raises(InputError) as error:
        KIND.records(path)
    assert f"{path}, {where}" in error.value.what
    assert "delete it and run again" in str(error.value)


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes((HEADER + TEXT_OF_ROWS).encode("latin-1"))
    with pytest.raises(InputError, match="line 3: not UTF-8 text"):
        KIND.records(tmp_path / "a.tsv")


def test_a_value_that_must_be_known_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="count must be a whole number in every line"):
        KIND.write_records(tmp_path / "a.tsv", [{"name": "a", "real": True}])
    assert not (tmp_path / "a.tsv").exists()


def test_plain_records_do_without_pandas(tmp_path: Path) -> None:
    KIND.write_records(tmp_path / "a.tsv", ROWS)
    script = (
        "import sys\nfrom xser.frames import Kind, TEXT\nKind('x', {'a': TEXT}).write_records(sys.argv[1], [])\n"
        "assert Kind('x', {'a': TEXT}).records(sys.argv[1]) == []\nassert 'pandas' not in sys.modules"
    )  # fmt: skip
    subprocess.run([sys.executable, "-c", script, tmp_path / "b.tsv"], check=True)


def test_a_number_that_rounds_to_nothing_has_no_sign() -> None:
    assert [NUMBER.show(x) for x in (-1e-9, -0.0, -0.25)] == ["0.000000", "0.000000", "-0.250000"]
