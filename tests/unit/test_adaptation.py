"""Methods of adaptation against their papers' equations, written here in another way."""

from typing import Any

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.decomposition import PCA

from xser.adaptation import ulsif
from xser.adaptation.base import Adaptation, load_adaptation
from xser.audit.adaptation import AdaptationAudit
from xser.errors import InputError
from xser.training.scaling import Scaler

METHODS = ("coral", "subspace", "tca", "ulsif")
DIMS = 6


def domains(source: int = 120, target: int = 80, dims: int = DIMS) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds of vectors with other means and covariances."""
    random = np.random.default_rng(0)
    mix = [random.normal(size=(dims, dims)) for _ in range(2)]
    return tuple(  # type: ignore[return-value]
        (random.normal(size=(n, dims)) @ m + 2 * k).astype(np.float32)
        for k, (n, m) in enumerate(zip((source, target), mix, strict=True))
    )


def fitted(name: str, **parameters: Any) -> tuple[Adaptation, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    method, (source, target) = load_adaptation(name), domains()
    return method, method.fit(source, target, method.complete(parameters)), source, target


@pytest.mark.parametrize("name", METHODS)
def test_the_same_input_gives_the_same_float32(name: str) -> None:
    method, first, source, target = fitted(name)
    again = method.fit(source.copy(), target.copy(), method.complete({}))
    assert first.keys() == again.keys()
    for key, array in first.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, again[key])


def test_coral_gives_the_source_mean_and_covariance_of_the_target() -> None:
    method, found, source, target = fitted("coral", ridge=1e-6)
    mapped = method.source(source, found)
    np.testing.assert_allclose(np.cov(mapped.T), np.cov(target.T), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(mapped.mean(axis=0), target.mean(axis=0), atol=1e-4)
    np.testing.assert_array_equal(method.target(target, found), target)


def test_coral_is_the_papers_whitening_and_colouring() -> None:
    _, found, source, target = fitted("coral")
    c_s, c_t = (np.cov(x.T) + np.eye(DIMS) for x in (source, target))
    np.testing.assert_allclose(found["map"], np.linalg.inv(sqrtm(c_s)) @ sqrtm(c_t), rtol=1e-4, atol=1e-5)


def test_subspaces_are_aligned_as_in_the_paper() -> None:
    """Signs of axes are free, products of source and target are not."""
    method, found, source, target = fitted("subspace", dims=3)
    first, second = PCA(3).fit(source), PCA(3).fit(target)
    p_s, p_t = first.components_.T, second.components_.T
    wanted = (source - first.mean_) @ p_s @ (p_s.T @ p_t) @ ((target - second.mean_) @ p_t).T
    mapped = method.source(source, found) @ method.target(target, found).T
    np.testing.assert_allclose(mapped, wanted, rtol=1e-3, atol=1e-3)


def test_one_utterance_spans_no_subspace() -> None:
    """As where a fold tests one utterance, and a method adapts to what is tested."""
    method, (source, target) = load_adaptation("subspace"), domains()
    with pytest.raises(InputError, match="one utterance has no axes"):
        method.fit(source, target[:1], method.complete({}))


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_transfer_components_are_the_papers_eigenvectors(kernel: str) -> None:
    method, found, source, target = fitted("tca", dims=3, kernel=kernel, mu=0.5)
    both = np.concatenate([source, target]).astype(np.float64)
    n, m = len(source), len(target)
    gamma = 1 / (DIMS * both.var())
    k = both @ both.T if kernel == "linear" else np.exp(-gamma * np.square(both[:, None] - both).sum(axis=2))
    side = np.repeat([1 / n, -1 / m], [n, m])
    centre = np.eye(n + m) - 1 / (n + m)
    values, vectors = np.linalg.eig(np.linalg.solve(k @ np.outer(side, side) @ k + 0.5 * np.eye(n + m), k @ centre @ k))
    leading = k @ vectors[:, np.argsort(-values.real)[:3]].real
    mapped = np.concatenate([method.source(source, found), method.target(target, found)])
    for one, other in zip(mapped.T, leading.T, strict=True):
        assert abs(np.corrcoef(one, other)[0, 1]) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(mapped.var(axis=0), 1, rtol=1e-3)


def test_transfer_components_bring_the_means_together_and_stay_bounded() -> None:
    method, found, source, target = fitted("tca", dims=2, landmarks=40, kernel="linear", mu=0.1)
    assert found["landmarks"].shape == (40, DIMS)
    apart = np.abs(method.source(source, found).mean(axis=0) - method.target(target, found).mean(axis=0))
    before = np.abs(source.mean(axis=0) - target.mean(axis=0)) / np.concatenate([source, target]).std(axis=0)
    assert apart.max() < 0.5 * before.max()


def test_components_that_are_rounding_are_left_out() -> None:
    """A linear kernel of few features has as few components; the next ones are 1e-16 of the first."""
    method, found, source, target = fitted("tca", dims=60, kernel="linear")
    assert found["map"].shape == (len(source) + len(target), DIMS)
    mapped = np.concatenate([method.source(source, found), method.target(target, found)])
    np.testing.assert_allclose(mapped.std(axis=0), 1, rtol=1e-2)


def test_importance_is_the_ratio_of_densities() -> None:
    random = np.random.default_rng(0)
    source, target = (random.normal(mean, 1, (2000, 1)).astype(np.float32) for mean in (0.0, 1.0))
    weights = load_adaptation("ulsif").fit(source, target, {"centres": 100})["weights"]
    assert weights.shape == (2000,)
    assert weights.mean() == pytest.approx(1, abs=1e-4)
    true = np.exp(source[:, 0] - 0.5)  # N(1, 1) over N(0, 1)
    assert np.corrcoef(weights, true)[0, 1] > 0.9


def test_leaving_out_in_closed_form_is_leaving_out() -> None:
    random = np.random.default_rng(1)
    k_s, k_t = random.random((12, 4)), random.random((9, 4))
    order = random.permutation(12)[:9], random.permutation(9)
    losses = []
    for i, j in zip(*order, strict=True):
        alpha = ulsif.solve(np.delete(k_s, i, axis=0), np.delete(k_t, j, axis=0), 0.3)
        losses.append((k_s[i] @ alpha) ** 2 / 2 - k_t[j] @ alpha)
    assert ulsif.leave_one_out_loss(k_s, k_t, order, 0.3) == pytest.approx(np.mean(losses))


@pytest.mark.parametrize("more", [{}, {"weights": np.arange(120, dtype=np.float32)}])
def test_the_audit_refuses_arrays_that_a_method_does_not_learn(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, np.ndarray]
) -> None:
    """Weights beside the map of CORAL would weigh what a model learns from."""
    method, found, source, target = fitted("coral")
    audit, where = AdaptationAudit(None, None), ("p", "s", "t", 0)  # type: ignore[arg-type]
    monkeypatch.setattr(audit, "entry", lambda *_: {"method": "coral", "parameters": method.complete({})})
    monkeypatch.setattr(audit, "fitted", lambda *_: (method, {**found, **more}))
    monkeypatch.setattr(audit, "unlabelled", lambda *_: (("", "", x) for x in target))
    wrong = audit.wrong(*where, Scaler("none", {}, {}), list(source))
    assert wrong == ("its adaptation by coral has other weights" if more else "")


def test_unknown_methods_are_input_errors() -> None:
    with pytest.raises(InputError, match="no adaptation 'magic'"):
        load_adaptation("magic")
