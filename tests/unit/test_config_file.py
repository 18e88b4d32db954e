"""Config files as text: what YAML and Snakemake would take silently, or call broken without a place."""

import json
import os
from pathlib import Path

import pytest
from configs import REPOSITORY

from xser.config import file as config_file
from xser.errors import InputError


@pytest.mark.fault(
    "config",
    "broken YAML, a key twice, 3,000 levels, a tag that runs code, a date or number that is none",
    "file, line and column",
    "an error",
)
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
        ("a: !!python/object/apply:os.system [false]\n", ["line 1, column 4: could not determine a constructor"]),
        ("a: !mine 1\n", ["line 1, column 4: could not determine a constructor for the tag '!mine'"]),
        ("a: &a [*a]\n", ["line 1, column 8: an alias of what it stands in"]),
        ("[" * 3000 + "]" * 3000, ["line 1, column 101: more than 100 lists and mappings in each other"]),
        ('{"a":' * 3000 + "1" + "}" * 3000, ["line 1, column 497: more than 100 lists and mappings in each other"]),
        (f"a: {'9' * 5000}\n", ["Exceeds the limit"]),
        ("a: 2026-13-45\n", ["month must be in 1..12"]),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str | bytes, found: list[str]) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as error:
        config_file.check_all([REPOSITORY / "config.yaml", path, tmp_path / "absent.yaml"])
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


@pytest.mark.fault(
    "config",
    "config.yaml of a study is a link that leads nowhere, as to a disk that is not there",
    "its name",
    "stops; nothing is computed by the default config",
)
@pytest.mark.parametrize("name", config_file.NAMES)
def test_a_config_that_leads_nowhere_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(config_file.files()) == 1
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).symlink_to("gone.yaml")
    with pytest.raises(InputError, match=f"{name}: is a folder, or a link that leads nowhere"):
        config_file.files()


def test_a_config_is_kept_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of corpora is that of reports; YAML would read 1e-05, as JSON writes it, as text."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(config_file.KEPT, raising=False)
    config = {"corpora": {"b": {"root": None}, "a": {"title": "Prüfung"}}, "models": {"svc": {"C": [1e-05, 1.0, True]}}}
    config_file.keep(config)
    monkeypatch.chdir("/")
    assert json.dumps(config_file.kept(os.environ[config_file.KEPT])) == json.dumps(config)


BOMBS = ["[{}]", "{{<<: [{}]}}", "[{{k: 1, <<: [{}]}}]"]


@pytest.mark.fault(
    "config", "aliases that stand for 400 million values", "file, line and column", "an error in seconds"
)
@pytest.mark.timeout(20)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_few_lines_never_stand_for_more_than_a_million_values(tmp_path: Path, bomb: str) -> None:
    """Nine levels of nine aliases each are 400 million values, which parsers hold by reference until they are used."""
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} {bomb.format(', '.join([f'*a{i - 1}'] * 9))}" for i in range(1, 10)]
    (tmp_path / "my.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match="more than 1,000,000 values, with every alias written out"):
        config_file.check_all([tmp_path / "my.yaml"])
