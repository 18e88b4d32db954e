"""Feature sets made from other archives: pasted, or imported."""

import os
import struct
from pathlib import Path

import kaldiio
import numpy as np
import pytest
from tiny_corpus import archive_files as paths
from tiny_corpus import write_archive, write_utterances

from xser.errors import InputError
from xser.estimate import prices
from xser.features import archives
from xser.features.imported import import_features
from xser.features.paste import paste


def archive(folder: Path, name: str, arrays: dict[str, np.ndarray]) -> list[Path]:
    return write_archive(folder, name, arrays, f"{name}_")


def pasted(folder: Path, *parts: list[Path]) -> dict[str, np.ndarray]:
    _, scps, names = zip(*parts, strict=True)
    paste(scps, names, *paths(folder, "all"))
    return archives.read(folder / "all.scp")


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_frames_are_cropped_to_the_shortest(tmp_path):
    a, b = {"u": values(10, 3), "v": values(7, 3)}, {"u": values(8, 2), "v": values(9, 2)}
    both = pasted(tmp_path, archive(tmp_path, "a", a), archive(tmp_path, "b", b))
    assert np.array_equal(both["u"], np.hstack([a["u"][:8], b["u"]]))
    assert np.array_equal(both["v"], np.hstack([a["v"], b["v"][:7]]))
    assert archives.read_names(tmp_path / "all.names.txt") == ["a_0", "a_1", "a_2", "b_0", "b_1"]


def test_functionals_concatenate(tmp_path):
    parts = [archive(tmp_path, name, {"u": values(n)}) for name, n in (("a", 3), ("b", 4), ("c", 1))]
    assert pasted(tmp_path, *parts)["u"].shape == (8,)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"u": values(7, 2), "v": values(6, 2)}, "frame counts 10, 7 differ by more than 2"),
        ({"u": values(2), "v": values(2)}, "functionals beside frames"),
        ({"u": values(10, 2), "w": values(9, 2)}, "do not hold the same utterances"),
        ({"u": values(10, 2)}, "is at its end"),
    ],
)
def test_sets_that_do_not_fit_are_refused(tmp_path, other, message):
    first = archive(tmp_path, "a", {"u": values(10, 3), "v": values(9, 3)})
    with pytest.raises(InputError, match=message):
        pasted(tmp_path, first, archive(tmp_path, "b", other))
    assert not list(tmp_path.glob("*all*"))


def test_one_column_cannot_come_twice(tmp_path):
    part = archive(tmp_path, "a", {"u": values(10, 3)})
    with pytest.raises(InputError, match="more than one of the pasted sets"):
        pasted(tmp_path, part, part)


@pytest.fixture
def utterances_tsv(tmp_path: Path) -> Path:
    rows = [{"utterance": u, "speaker": "c"} for u in ("c-2", "c-10", "c-1")]
    write_utterances(tmp_path / "utterances.tsv", rows)
    return tmp_path / "utterances.tsv"


def elsewhere(folder: Path, arrays: dict[str, np.ndarray]) -> Path:
    with kaldiio.WriteHelper(f"ark,scp:{folder}/elsewhere.ark,{folder}/elsewhere.scp") as helper:
        for utterance, array in arrays.items():
            helper(utterance, array)
    return folder / "elsewhere.scp"


@pytest.mark.parametrize("shape", [(768,), (5, 768)])
def test_imported_features_become_an_archive_like_any_other(utterances_tsv, tmp_path, shape):
    arrays = {u: values(*shape).astype(float) + i for i, u in enumerate(("c-1", "other", "c-2", "c-10"))}
    import_features(utterances_tsv, elsewhere(tmp_path, arrays), *paths(tmp_path, "own"))
    own = archives.read(tmp_path / "own.scp")
    assert list(own) == ["c-1", "c-10", "c-2"]
    for utterance, array in own.items():
        assert array.dtype == np.float32
        assert np.array_equal(array, arrays[utterance].astype(np.float32))
    assert archives.read_names(tmp_path / "own.names.txt")[-1] == "value_767"


@pytest.mark.parametrize(
    ("change", "offenders"),
    [
        ({"c-10": None, "c-2": None}, ["c-10", "c-2"]),
        ({"c-2": values(5, 3)}, ["c-2: shape (5, 3), where the first utterance has (5, 4)"]),
        ({"c-2": values(4)}, ["c-2: a vector among matrices"]),
        ({"c-10": np.full((5, 4), np.nan), "c-2": values(0, 4)}, ["c-10: values that are not finite", "c-2: shape"]),
    ],
)
def test_imported_features_that_do_not_fit_are_refused(utterances_tsv, tmp_path, change, offenders):
    arrays = {u: values(5, 4) for u in ("c-1", "c-10", "c-2")} | change
    source = elsewhere(tmp_path, {u: a for u, a in arrays.items() if a is not None})
    with pytest.raises(InputError) as error:
        import_features(utterances_tsv, source, *paths(tmp_path, "own"))
    assert len(error.value.offenders) == len(offenders)
    assert all(found.startswith(o) for found, o in zip(error.value.offenders, offenders, strict=True))
    assert not list(tmp_path.glob("*own*"))


def test_tabs_and_ranges_of_an_scp_are_read_as_kaldi_does(utterances_tsv, tmp_path):
    arrays = {u: values(12, 4) + i for i, u in enumerate(("c-1", "c-10", "c-2"))}
    source = elsewhere(tmp_path, arrays)
    lines = [line.split(" ", 1) for line in source.read_text().splitlines()]
    ranges = ["[0:9]", "[2:11,:]", ""]
    source.write_text("".join(f"{u}\t{place}{r}\r\n" for (u, place), r in zip(lines, ranges, strict=True)))
    import_features(utterances_tsv, source, *paths(tmp_path, "own"))
    own = archives.read(tmp_path / "own.scp")
    assert np.array_equal(own["c-1"], arrays["c-1"][:10])
    assert np.array_equal(own["c-10"], arrays["c-10"][2:12])
    assert np.array_equal(own["c-2"], arrays["c-2"])
    source.write_text("".join(f"{u} {place}[,1:2]\n" for u, place in lines))
    import_features(utterances_tsv, source, *paths(tmp_path, "own"))
    assert np.array_equal(archives.read(tmp_path / "own.scp")["c-2"], arrays["c-2"][:, 1:3])


def test_a_range_of_a_vector_is_one_of_its_elements(utterances_tsv, tmp_path):
    arrays = {u: values(6) for u in ("c-1", "c-10", "c-2")}
    source = elsewhere(tmp_path, arrays)
    text = source.read_text()
    source.write_text(text.replace("\n", "[1:2]\n"))
    import_features(utterances_tsv, source, *paths(tmp_path, "own"))
    assert np.array_equal(archives.read(tmp_path / "own.scp")["c-2"], arrays["c-2"][1:3])


@pytest.mark.parametrize("span", ["[0:12]", "[5:4]", "[0:3,0:4]"])
def test_a_range_outside_an_array_is_refused(utterances_tsv, tmp_path, span):
    source = elsewhere(tmp_path, {u: values(12, 4) for u in ("c-1", "c-10", "c-2")})
    source.write_text(source.read_text().replace("\n", f"{span}\n"))
    with pytest.raises(InputError, match=r"its range does not fit an array of shape \(12, 4\)"):
        import_features(utterances_tsv, source, *paths(tmp_path, "own"))


@pytest.mark.parametrize("place", ["5[x:9]", "5[0:9,0:1,0:1]", "x", "9" * 5000, "-1", "1e3", "٣", ""])
def test_what_is_no_entry_of_an_scp_is_refused(tmp_path, place):
    (tmp_path / "x.scp").write_text(f"c-1 a.ark:{place}\n")
    with pytest.raises(InputError, match="lines that are not `utterance path:offset`"):
        archives.entries(tmp_path / "x.scp")


def test_an_imported_entry_that_is_twice_there_or_unreadable_is_named(utterances_tsv, tmp_path):
    source = elsewhere(tmp_path, {u: values(5, 4) for u in ("c-1", "c-10", "c-2")})
    text = source.read_text()
    source.write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(InputError, match="there twice"):
        import_features(utterances_tsv, source, *paths(tmp_path, "own"))
    source.write_text(text.replace(text.splitlines()[2].split(":")[1], "99999"))
    with pytest.raises(InputError, match=r"c-2: .* not a Kaldi vector or matrix"):
        import_features(utterances_tsv, source, *paths(tmp_path, "own"))
    with pytest.raises(InputError, match="no such scp"):
        import_features(utterances_tsv, tmp_path / "none.scp", *paths(tmp_path, "own"))


@pytest.mark.fault(
    "files",
    "an archive of imported features is a pipe, a device, gone, cut short or of absurd size, or its scp is none",
    "the scp, the line or the archive, and what to do",
    "an error of the job that imports it; the run is planned and shown all the same",
)
@pytest.mark.parametrize(
    ("scp", "told"),
    [
        (b"c-1 pipe.ark:4\n", "the archive pipe.ark is a folder, pipe or device, not a file"),
        (b"c-1 /dev/zero:4\n", "the archive /dev/zero is a folder, pipe or device, not a file"),
        (b"c-1 gone.ark:4\n", "gone.ark cannot be opened"),
        (b"c-1 huge.ark:2\n", f"huge.ark:2 is damaged: not a Kaldi vector or matrix.*{archives.REPLACE}"),
        (b"c-1 cut.ark:2\n", f"cut.ark:2 is damaged: not a Kaldi vector or matrix.*{archives.REPLACE}"),
        (b"c-1 cat x |\n", "lines that are not `utterance path:offset`"),
        (b"c-1 J\xfcrgen.ark:4\n", "line 1: not UTF-8 text\nWhat to do: save it as UTF-8$"),
        ("c-1 x.ark:4\n".encode("utf-16"), "line 1: not UTF-8 text\nWhat to do: save it as UTF-8$"),
        (b"", "utterances of the corpus that are not there"),
    ],
)
def test_damaged_features_from_elsewhere_are_named_and_cost_something(tmp_path, monkeypatch, scp, told):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.ark")
    Path("cut.ark").write_bytes(b"u \0BFV \4" + struct.pack("<i", 20) + b"abc")
    Path("huge.ark").write_bytes(b"u \0BFM \4" + struct.pack("<i", 2**31 - 1) + b"\4" + struct.pack("<i", 2**31 - 1))
    Path("user.scp").write_bytes(scp)
    write_utterances("utterances.tsv", [{"utterance": "c-1", "speaker": "c"}])
    with pytest.raises(InputError, match=f"(?s){told}") as error:
        import_features("utterances.tsv", "user.scp", *paths(tmp_path, "own"))
    assert "delete" not in str(error.value)
    assert prices._shape_of_archive(str(tmp_path / "user.scp")) == prices.UNREAD


def test_an_scp_may_begin_with_a_byte_order_mark(utterances_tsv, tmp_path):
    source = elsewhere(tmp_path, {u: values(4) for u in ("c-1", "c-10", "c-2")})
    source.write_bytes(b"\xef\xbb\xbf" + source.read_bytes())
    import_features(utterances_tsv, source, *paths(tmp_path, "own"))
    assert list(archives.read(tmp_path / "own.scp")) == ["c-1", "c-10", "c-2"]
    assert prices._shape_of_archive(str(source)).dims == 4
