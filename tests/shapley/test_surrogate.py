"""The mixed model behind the surrogate, against generalised least squares written out in full."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from numpy.typing import NDArray

from lidarsel.shapley import surrogate
from lidarsel.shapley.frame_parts import KernelPart, NormalPart
from lidarsel.shapley.order_features import order_features
from lidarsel.shapley.priors import Prior, _loss, subset
from lidarsel.shapley.surrogate import CrossFit

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
FRAMES, FOLDS, N = 3, 4, 7


def problem(seed: int = 0, rows: int = 60) -> tuple[Bools, NDArray[np.int64], NDArray[np.int64], Prior, Floats]:
    rng = np.random.default_rng(seed)
    s = rng.random((rows, N)) < 0.5
    s[:, 0], s[:, -1] = True, False
    p = order_features(N).count
    common, own = rng.uniform(0.1, 1, p), rng.uniform(0.1, 1, p) * (rng.random(p) < 0.5)
    frame, fold = rng.integers(0, FRAMES, rows), rng.integers(0, FOLDS, rows)
    return s, frame, fold, Prior(common, own), rng.normal(size=rows)


def in_full(
    s: Bools, frame: NDArray[np.int64], fold: NDArray[np.int64], prior: Prior, y: Floats, k: int
) -> tuple[Floats, Floats]:
    """Posterior means from the joint covariance of all that is Gaussian: values per frame, residuals of fold k."""
    x = order_features(N)(s)
    same = frame[:, None] == frame
    covariance = (x * prior.common**2) @ x.T + ((x * prior.own**2) @ x.T) * same
    seen = fold != k
    inverse = np.linalg.inv(covariance[np.ix_(seen, seen)] + np.eye(seen.sum()))
    predicted = covariance[:, seen] @ inverse @ y[seen]
    weights = inverse @ y[seen]
    rows = []
    for number in range(FRAMES):
        mine = frame[seen] == number
        rows.append(prior.common**2 * (x[seen].T @ weights) + prior.own**2 * (x[seen][mine].T @ weights[mine]))
    values = np.array(rows)[:, :N]
    return values - values.mean(1, keepdims=True), (y - predicted)[fold == k]


@pytest.mark.parametrize("remember", [True, False])
@pytest.mark.parametrize("kind", ["own", "common"])
def test_fit_is_the_posterior_mean(kind: str, remember: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surrogate, "_KEPT", 10**9 if remember else 0)
    monkeypatch.setattr(surrogate, "_ROWS", 7)
    s, frame, fold, prior, y = problem()
    if kind == "common":
        prior = Prior(prior.common, np.zeros_like(prior.own))
    scales = np.array([0.5, 1.0, 2.0])
    fit = CrossFit(order_features(N), s, frame, fold, FOLDS, FRAMES, prior)
    found = fit.predict(y, scales, everywhere=False)
    for k in range(FOLDS):
        values, residual = in_full(s, frame, fold, prior, y / scales[frame], k)
        np.testing.assert_allclose(found.per_frame[k], values * scales[:, None], atol=1e-8)
        np.testing.assert_allclose(found.residual[0, fold == k], residual * scales[frame[fold == k]], atol=1e-8)


def test_both_ways_through_a_frame_agree() -> None:
    s, _, fold, prior, y = problem(rows=50)
    x = order_features(N)(s)[:, :20]
    few, many = (kind(x, y, fold, prior.own[:20]) for kind in (KernelPart, NormalPart))
    products = list(zip(few.products(FOLDS), many.products(FOLDS), strict=True))
    assert len(products) == FOLDS
    for k, (by_few, by_many) in enumerate(products):
        np.testing.assert_allclose(by_few, by_many, atol=1e-9)
        for one, other in zip(few.finish(k, prior.common[:20]), many.finish(k, prior.common[:20]), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-9)


def test_likelihood_and_its_gradient() -> None:
    rng = np.random.default_rng(1)
    roots = rng.normal(size=(3, 12, 5))
    kernels = roots @ roots.transpose(0, 2, 1)
    y, logs = rng.normal(size=12), np.array([0.3, -1.0, 2.0])
    loss, gradient = _loss(logs, kernels, y)

    def value(at: NDArray[np.float64]) -> float:
        return _loss(at, kernels, y)[0]

    numeric = scipy.optimize.approx_fprime(logs, value, 1e-6)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4)
    covariance = np.tensordot(np.exp(logs), kernels, 1) + np.eye(12)
    variance = y @ np.linalg.solve(covariance, y) / 12
    density = scipy.stats.multivariate_normal(np.zeros(12), covariance * variance).logpdf(y)
    assert loss == pytest.approx(-density - 6 * np.log(2 * np.pi) - 6, rel=1e-9)


def test_the_subset_sees_frames_and_pairs_within_them() -> None:
    one = subset(np.zeros(5000, int), 1)
    assert np.array_equal(one, np.arange(384))
    few = subset(np.arange(4000) % 40, 40)
    assert len(few) == 384
    assert len(np.unique(few % 40)) == 8
    many = subset(np.arange(4000) % 1000, 1000)
    assert len(many) == 384
    assert np.bincount(many % 1000).max() == 4
