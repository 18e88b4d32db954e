"""Config files as text: what YAML and Snakemake would take silently, or call broken without a place."""

from pathlib import Path

import pytest

from xser.config import file as config_file
from xser.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", ["line 3, column 1: 'a' is there twice, first in line 1"]),
        (
            "a:\n  root: x\n  root: y\n  b: {c: 1, c: 2}\n",
            ["line 3, column 3: 'root' is there twice, first in line 2", "line 4, column 13: 'c' is there twice"],
        ),
        ("a:\n\tb: 1\n", ["line 2, column 1: a tab; YAML is indented by spaces"]),
        ("a: [1, 2\nb: 3\n", ["line 2, column 2: while parsing a flow sequence that begins in line 1"]),
        ("a: b: c\n", ["line 1, column 5: mapping values are not allowed here (a: b: c)"]),
        ("a: \x01\n", ["unacceptable character"]),
        ("a: ü\n".encode("latin-1"), ["is not UTF-8"]),
        ('{"a": 1, "a": 2}', ["line 1, column 10: 'a' is there twice"]),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str | bytes, found: list[str]) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as error:
        config_file.check([REPOSITORY / "config.yaml", path, tmp_path / "absent.yaml"])
    offenders = sorted(error.value.offenders)
    assert len(offenders) == len(found)
    for offender, part in zip(offenders, found, strict=True):
        assert offender.startswith(str(path))
        assert part in offender


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x {c: 1}\nb:\n  <<: *x\n  c: 2\n", {"a": {"c": 1}, "b": {"c": 2}}),  # merged keys may be overridden
        ("a: {x: 1}\nb: {x: 1}\n", {"a": {"x": 1}, "b": {"x": 1}}),
        ('{\n\t"a": 1\n}', {"a": 1}),  # JSON may be indented by tabs
        ("\ufeffa: 1\n", {"a": 1}),
        ("", None),
    ],
)
def test_what_is_right_is_read(tmp_path: Path, text: str, value: object) -> None:
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    assert config_file.load(tmp_path / "my.yaml") == value
