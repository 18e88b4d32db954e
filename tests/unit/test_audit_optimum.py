"""A classifier is proven to have learnt from its utterances and no others, whatever its parameters."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xser.audit import optimum
from xser.models.base import Examples, Head, load_model
from xser.parameters import defaults

CASES: list[tuple[str, dict[str, Any]]] = [
    ("svc", {}),
    ("svc", {"kernel": "linear", "C": 0.1}),
    ("svc", {"kernel": "poly", "degree": 2, "coef0": 1.0}),
    ("svc", {"class_weight": "balanced", "gamma": 0.05}),
    ("svc", {"gamma": "auto", "C": [0.1, 10.0], "memory_gb": 0.0}),
    ("logreg", {}),
    ("logreg", {"C": 10.0, "class_weight": "balanced"}),
]


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize(("kind", "given"), CASES)
def test_it_holds_for_its_utterances_and_no_others(
    tmp_path: Path, kind: str, given: dict[str, Any], classes: int, weighed: bool
) -> None:
    random = np.random.default_rng(0)
    y = np.minimum(random.integers(0, classes + 2, 150), classes - 1)  # the last is the most frequent
    x = (random.normal(size=(150, 12)) + random.normal(size=(classes, 12))[y]).astype(np.float32)
    x[140:] = x[:10]  # the same array twice, also with another label
    model, heads = load_model(kind), [Head("emotion", tuple("abcd"[:classes]))]
    each = random.gamma(2, 0.5, 150) if weighed else np.ones(150)
    each[140:] = each[:10]
    train, dev = (
        Examples(list(x[rows]), {"emotion": y[rows]}, weights=each[rows] if weighed else None)
        for rows in (slice(120), slice(120, None))
    )
    model.fit(train, dev, heads, given, 0).save(tmp_path / "m.npz")
    saved, parameters = (tmp_path / "m.npz").read_bytes(), {**defaults(model.parameters), **given}
    assert optimum.wrong(kind, saved, x, {"emotion": y}, parameters, each) == ""
    assert optimum.wrong(kind, saved, x[:120], {"emotion": y[:120]}, parameters, each[:120])
    other = y.copy()
    other[:15] = np.roll(other[:15], 1)
    assert optimum.wrong(kind, saved, x, {"emotion": other}, parameters, each)
    assert optimum.wrong(kind, saved, x, {"emotion": y}, parameters, each[::-1]) or not weighed
    assert "its C is" in optimum.wrong(kind, saved, x, {"emotion": y}, {**parameters, "C": 7.0}, each)


def test_two_classes_have_one_set_of_coefficients(tmp_path: Path) -> None:
    """With a second set any difference of the two, learnt from whatever utterances, would have the gradient zero."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(60, 5)).astype(np.float32), np.arange(60) % 2
    parameters = defaults((model := load_model("logreg")).parameters)
    forged = model.fit(Examples(list(x), {"emotion": 1 - y}), None, [Head("emotion", ("a", "b"))], {}, 0)
    held = forged.arrays["emotion"]  # type: ignore[attr-defined]
    share = 1 / (1 + np.exp(-(x @ held["coef"][1] + held["intercept"][1])))
    second = -parameters["C"] * (share - y) @ x
    held["coef"] = np.stack([second - held["coef"][1], second])
    forged.save(tmp_path / "m.npz")
    assert optimum.wrong("logreg", (tmp_path / "m.npz").read_bytes(), x, {"emotion": y}, parameters)


def test_nothing_is_said_of_what_need_not_be_a_solution(tmp_path: Path) -> None:
    """A parameter that the audit does not know is no forgery."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(60, 8)).astype(np.float32), random.integers(0, 3, 60)
    model, target = load_model("logreg"), {"emotion": y}
    train = Examples(list(x), target)
    heads, known = [Head("emotion", ("a", "b", "c"))], defaults(model.parameters)
    model.fit(train, None, heads, {}, 0).save(tmp_path / "m.npz")
    saved = (tmp_path / "m.npz").read_bytes()
    assert optimum.wrong("logreg", saved, x[::-1].copy(), target, known)
    assert optimum.wrong("logreg", saved, x[::-1].copy(), target, {**known, "tol": 0.5}) == ""


def test_features_that_are_not_scaled_are_no_forgery(tmp_path: Path) -> None:
    """Of IS09 as it is, values of a linear kernel reach 1e9, and libsvm keeps them in float32."""
    random = np.random.default_rng(0)
    y = random.integers(0, 4, 200)
    x = random.normal(size=(200, 40)) + 0.5 * random.normal(size=(4, 40))[y]
    x = (3000 * (x + 20 * random.normal(size=40)) * 10 ** random.uniform(-3, 0, 40)).astype(np.float32)
    model, heads = load_model("svc"), [Head("emotion", ("a", "b", "c", "d"))]
    given = {"kernel": "linear"}
    model.fit(Examples(list(x), {"emotion": y}), None, heads, given, 0).save(tmp_path / "m.npz")
    saved, parameters = (tmp_path / "m.npz").read_bytes(), {**defaults(model.parameters), **given}
    assert optimum.wrong("svc", saved, x, {"emotion": y}, parameters) == ""
    other = np.where(np.arange(200) < 5, (y + 1) % 4, y)
    assert optimum.wrong("svc", saved, x, {"emotion": other}, parameters)
    model.fit(Examples(list(x[20:]), {"emotion": y[20:]}), None, heads, given, 0).save(tmp_path / "m.npz")
    assert optimum.wrong("svc", (tmp_path / "m.npz").read_bytes(), x, {"emotion": y}, parameters)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("scaled", [False, True])
def test_what_stopped_before_its_solution_fits_its_utterances_as_well_as_another_fit(
    tmp_path: Path, classes: int, scaled: bool
) -> None:
    """Who trains on others may not say that lbfgs stopped early, nor hide behind one that did."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(90, 30)).astype(np.float32), random.integers(0, classes, 90)
    x *= 1 if scaled else 1000
    model, heads = load_model("logreg"), [Head("emotion", ("a", "b", "c")[:classes])]

    def saved(rows: slice, said: bool | None = None, **given: Any) -> tuple[bytes, dict[str, Any]]:
        fitted = model.fit(Examples(list(x[rows]), {"emotion": y[rows]}), None, heads, given, 0)
        if said is not None:
            fitted.arrays["emotion"]["converged"] = np.array(said)  # type: ignore[attr-defined]
        fitted.save(tmp_path / "m.npz")
        return (tmp_path / "m.npz").read_bytes(), {**defaults(model.parameters), **given}

    for given in ({"max_iter": 3}, {"C": 10.0, "class_weight": "balanced", "max_iter": 5}):
        own, parameters = saved(slice(60), **given)
        assert optimum.wrong("logreg", own, x[:60], {"emotion": y[:60]}, parameters, scaled=scaled) == ""
        other, _ = saved(slice(30, 90), **given)
        assert "its loss" in optimum.wrong("logreg", other, x[:60], {"emotion": y[:60]}, parameters, scaled=scaled)
    other, parameters = saved(slice(30, 90), said=False)
    assert optimum.wrong("logreg", other, x[:60], {"emotion": y[:60]}, parameters, scaled=scaled)
