"""Logistic regression and one-vs-rest SVC on functionals."""

import re
import subprocess
import sys
import textwrap
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from xser.errors import InputError
from xser.models import logreg, svc
from xser.models.base import Examples, Head, load_model, uar

EMOTION = Head("emotion", ("anger", "fear", "happiness", "neutral"))
MODELS = [logreg.MODEL, svc.MODEL]


def cluster(count: int, seed: int, classes: int = 4, dims: int = 12, spread: float = 1.0) -> Examples:
    """Overlapping Gaussian clusters, the same centres whatever the seed."""
    centres = np.random.default_rng(99).normal(size=(classes, dims)) * spread
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, count)
    return Examples(list((centres[y] + random.normal(size=(count, dims))).astype(np.float32)), {"emotion": y})


@pytest.mark.parametrize("kind", MODELS)
def test_learns_and_gives_probabilities(kind: Any) -> None:
    test = cluster(200, 2)
    model = kind.fit(cluster(300, 1), None, [EMOTION], {}, 0)
    p = model.predict(test.inputs)["emotion"]
    assert p.shape == (200, 4)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert uar(test.targets["emotion"], p.argmax(axis=1)) > 0.85


@pytest.mark.parametrize("kind", MODELS)
def test_a_saved_model_is_the_same_model_and_the_same_bytes(kind: Any, tmp_path: Path) -> None:
    model = kind.fit(cluster(100, 1), None, [EMOTION], {}, 0)
    model.save(tmp_path / "a.npz")
    again = kind.fit(cluster(100, 1), None, [EMOTION], {}, 1)
    again.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    loaded = kind.load(tmp_path / "a.npz")
    test = cluster(50, 2).inputs
    assert loaded.heads == model.heads
    np.testing.assert_array_equal(loaded.predict(test)["emotion"], model.predict(test)["emotion"])
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


@pytest.mark.parametrize("name", ["logreg", "svc"])
def test_scikit_learn_is_imported_without_data_frames(name: str) -> None:
    program = (
        "import gc, sys\nimport numpy as np\n"
        f"from xser.models.{name} import MODEL\nfrom xser.models.base import Examples, Head\n"
        "x, y = np.eye(6, dtype=np.float32), np.arange(6) % 2\n"
        "MODEL.fit(Examples(list(x), {'e': y}), None, [Head('e', ('a', 'b'))], {}, 0)\n"
        "assert 'sklearn' in sys.modules and 'pandas' not in sys.modules and gc.isenabled()\nimport pandas"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_logreg_is_scikit_learns() -> None:
    train, test = cluster(150, 1), np.stack(cluster(50, 2).inputs)
    ours = logreg.MODEL.fit(train, None, [EMOTION], {"C": 0.1}, 0).predict(list(test))["emotion"]
    theirs = LogisticRegression(C=0.1, max_iter=2000).fit(
        np.stack(train.inputs).astype(float), train.targets["emotion"]
    )
    np.testing.assert_allclose(ours, theirs.predict_proba(test.astype(float)), atol=1e-10)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize(
    "options",
    [
        {"kernel": "rbf"},
        {"kernel": "linear", "C": 0.1},
        {"kernel": "poly", "degree": 2, "coef0": 1.0, "gamma": "auto"},
        {"kernel": "rbf", "class_weight": "balanced", "C": 10.0, "gamma": 0.05},
    ],
)
@pytest.mark.parametrize("memory_gb", [8.0, 0.0])
def test_svc_labels_are_those_of_one_vs_rest(classes: int, options: dict[str, Any], memory_gb: float) -> None:
    train, test = cluster(400, 1, classes, spread=0.5), cluster(400, 2, classes, spread=0.5)
    head = Head("emotion", tuple("abcde"[:classes]))
    ours = svc.MODEL.fit(train, None, [head], {**options, "memory_gb": memory_gb}, 0)
    theirs = OneVsRestClassifier(SVC(**options)).fit(np.stack(train.inputs), train.targets["emotion"])
    x = np.stack(test.inputs)
    np.testing.assert_array_equal(ours.predict(test.inputs)["emotion"].argmax(axis=1), theirs.predict(x))
    expected = theirs.decision_function(x)
    decisions = ours.decisions(test.inputs)["emotion"]
    np.testing.assert_allclose(decisions[:, 1] if classes == 2 else decisions, expected, atol=2e-3)


@pytest.mark.parametrize("kind", MODELS)
def test_a_list_of_c_is_chosen_on_development_speakers_and_refitted_on_all(kind: Any) -> None:
    train, dev = cluster(60, 1), cluster(60, 3)
    grid = [100.0, 1e-9, 1.0]
    scores = {}
    for c in grid:
        p = kind.fit(train, None, [EMOTION], {"C": c}, 0).predict(dev.inputs)["emotion"]
        scores[c] = uar(dev.targets["emotion"], p.argmax(axis=1))
    best = max(sorted(grid), key=lambda c: scores[c])
    assert scores[1e-9] < scores[best]
    test = cluster(50, 4).inputs
    chosen = kind.fit(train, dev, [EMOTION], {"C": grid}, 0)
    one = kind.fit(train, dev, [EMOTION], {"C": best}, 0)
    assert float(chosen.arrays["emotion"]["C"]) == best
    np.testing.assert_array_equal(chosen.predict(test)["emotion"], one.predict(test)["emotion"])
    assert not np.array_equal(
        kind.fit(train, None, [EMOTION], {"C": best}, 0).predict(test)["emotion"], one.predict(test)["emotion"]
    )
    with pytest.raises(InputError, match="development"):
        kind.fit(train, None, [EMOTION], {"C": grid}, 0)


@pytest.mark.parametrize("kind", MODELS)
def test_heads_are_independent_and_unknown_labels_are_left_out(kind: Any) -> None:
    train, test = cluster(200, 1), cluster(50, 2)
    gender = np.where(np.arange(200) < 100, np.array(train.inputs)[:, 0] > 0, -1)
    both = Examples(train.inputs, {**train.targets, "gender": gender})
    heads = [EMOTION, Head("gender", ("female", "male"))]
    model = kind.fit(both, None, heads, {}, 0)
    alone = kind.fit(Examples(train.inputs[:100], {"gender": gender[:100]}), None, heads[1:], {}, 0)
    p = model.predict(test.inputs)
    np.testing.assert_allclose(p["gender"], alone.predict(test.inputs)["gender"], atol=1e-6)
    np.testing.assert_array_equal(p["emotion"], kind.fit(train, None, [EMOTION], {}, 0).predict(test.inputs)["emotion"])


@pytest.mark.parametrize("kind", MODELS)
def test_classes_that_training_lacks_get_no_probability(kind: Any, tmp_path: Path) -> None:
    train = cluster(100, 1)
    head = Head("emotion", ("a", "b", "c", "d", "never"))
    p = kind.fit(train, None, [head], {}, 0).predict(train.inputs)["emotion"]
    assert p.shape == (100, 5)
    assert (p[:, 4] == 0).all()
    one = kind.fit(Examples(train.inputs, {"emotion": np.full(100, 2)}), None, [head], {}, 0)
    one.save(tmp_path / "one.npz")
    assert (kind.load(tmp_path / "one.npz").predict(train.inputs)["emotion"][:, 2] == 1).all()


@pytest.mark.parametrize("kind", MODELS)
def test_utterances_that_weigh_nothing_are_as_good_as_not_there(kind: Any) -> None:
    """One of a class that nobody else has, too."""
    random = np.random.default_rng(0)
    y = np.append(np.arange(90) % 2, 2)
    x = (random.normal(size=(91, 6)) + 2 * np.eye(3, 6)[y]).astype(np.float32)
    weights = np.append(np.arange(90) % 3, 0.0)
    there, heads = weights > 0, [Head("emotion", ("a", "b", "c"))]
    parameters = {"class_weight": "balanced"}
    found = kind.fit(Examples(list(x), {"emotion": y}, weights=weights), None, heads, parameters, 0)
    some = Examples(list(x[there]), {"emotion": y[there]}, weights=weights[there])
    wanted = kind.fit(some, None, heads, parameters, 0)
    np.testing.assert_allclose(found.predict(list(x))["emotion"], wanted.predict(list(x))["emotion"], atol=1e-6)


@pytest.mark.parametrize("kind", MODELS)
def test_what_it_cannot_do_is_said(kind: Any) -> None:
    frames = Examples([np.zeros((9, 13), np.float32)] * 2, {"emotion": np.array([0, 1])})
    with pytest.raises(InputError, match="functionals"):
        kind.fit(frames, None, [EMOTION], {}, 0)
    train = cluster(20, 1)
    model = kind.fit(train, None, [EMOTION], {}, 0)
    with pytest.raises(InputError, match="fine-tuned"):
        kind.fit(train, None, [EMOTION], {}, 0, start=model)
    with pytest.raises(InputError, match="regress"):
        kind.fit(train, None, [Head("arousal")], {}, 0)
    with pytest.raises(InputError, match="C: -1 is not a number above 0"):
        kind.fit(train, None, [EMOTION], {"C": -1}, 0)


def test_broken_files_and_unknown_models_are_input_errors(tmp_path: Path) -> None:
    (tmp_path / "m.npz").write_bytes(b"not a zip")
    with pytest.raises(InputError, match="not a saved model"):
        svc.MODEL.load(tmp_path / "m.npz")
    with pytest.raises(InputError, match="no model"):
        load_model("nonesuch")
    with pytest.raises(InputError, match="kernel: sigmoid is not one of rbf, linear, poly"):
        svc.MODEL.fit(cluster(20, 1), None, [EMOTION], {"kernel": "sigmoid"}, 0)


def example_of_the_docs() -> Any:
    """The classifier that docs/models.md shows, as a user would copy it into a file."""
    docs = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"^( *)```python\n(.*?class Neighbours.*?)^\1```", docs, re.MULTILINE | re.DOTALL)
    module = types.ModuleType("xser.models.neighbours")
    namespace = vars(module)
    exec(compile(textwrap.dedent(source[1]), "docs/models.md", "exec"), namespace)
    return namespace["MODEL"]


@pytest.mark.parametrize("parameters", [{"k": [1, 9]}, {}])
def test_the_example_of_the_docs_is_a_model(parameters: dict[str, Any], tmp_path: Path) -> None:
    """Fitted, it tells the clusters apart, and its file gives it back."""
    kind, test = example_of_the_docs(), cluster(100, 2)
    model = kind.fit(cluster(200, 1), cluster(50, 3), [EMOTION], parameters, 0)
    p = model.predict(test.inputs)["emotion"]
    assert uar(test.targets["emotion"], p.argmax(axis=1)) > 0.8
    model.save(tmp_path / "m.npz")
    np.testing.assert_array_equal(kind.load(tmp_path / "m.npz").predict(test.inputs)["emotion"], p)
