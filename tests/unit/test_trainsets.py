"""The language of training sets."""

from types import SimpleNamespace
from typing import Any

import pytest

from xser.config import trainsets
from xser.config.trainsets import TrainSet

CORPORA: Any = {
    name: SimpleNamespace(id=name, audio=name, view=None, root=None if name == "gone" else "folder", family=name)
    for name in ("c", "b", "a", "gone")
}


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("same", "a"),
        ("all", "a+b+c"),
        ("others", "b+c"),
        ("b+a", "a+b"),
        ("a+a", "a"),
        ("b>same", "b-to-a"),
        ("others>same", "b+c-to-a"),
        ("a>b>a+b", "a-to-b-to-a+b"),
    ],
)
def test_expressions_become_paths(expression: str, name: str) -> None:
    result = trainsets.resolve(expression, CORPORA, "a")
    assert result is not None
    assert result.name == name


@pytest.mark.parametrize("expression", ["family", "gone", "a+gone", "gone>a", "a>family"])
def test_what_is_not_there_is_a_dash(expression: str) -> None:
    assert trainsets.resolve(expression, CORPORA, "a") is None


def test_two_spellings_of_a_set_are_one_run() -> None:
    assert trainsets.resolve("c+b", CORPORA, "a") == trainsets.resolve("others", CORPORA, "a")


def test_a_chain_starts_from_the_stage_before() -> None:
    chain = TrainSet((("a",), ("b",), ("c",)))
    assert chain.before == TrainSet((("a",), ("b",)))
    assert TrainSet((("a",),)).before is None


def test_a_long_pool_has_a_short_and_distinct_name() -> None:
    many = tuple(f"corpus_number_{i:02d}" for i in range(20))
    one, other = TrainSet((many,)), TrainSet((many[:-1],))
    assert len(one.name) < 60
    assert one.name != other.name
    assert one.name.startswith("20_corpora_")


@pytest.mark.parametrize("expression", ["", "a b", "a>", "+a", "a>>b", "A", "a,b", "a/b", "nothere", "a+nothere"])
def test_nonsense_is_named(expression: str) -> None:
    assert trainsets.problem(expression, ["a", "b"])
    assert trainsets.problem("a>b+a", ["a", "b"]) is None
