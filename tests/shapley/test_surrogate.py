"""The mixed model behind the surrogate, against generalised least squares written out in full."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from numpy.typing import NDArray

from lidarsel.shapley import surrogate
from lidarsel.shapley.frame_parts import KernelPart, NormalPart
from lidarsel.shapley.order_features import order_features
from lidarsel.shapley.priors import SUBSET, Prior, _loss, choose_scale, subset
from lidarsel.shapley.surrogate import CrossFit

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
FRAMES, FOLDS, N = 3, 4, 7
ALIKE = 3.0


def problem(seed: int = 0, rows: int = 60) -> tuple[Bools, NDArray[np.int64], NDArray[np.int64], Prior, Floats]:
    rng = np.random.default_rng(seed)
    s = rng.random((rows, N)) < 0.5
    s[:, 0], s[:, -1] = True, False
    p = order_features(N).count
    common, near, own = rng.uniform(0.1, 1, (3, p))
    near, own = near * (rng.random(p) < 0.5), own * (rng.random(p) < 0.5)
    frame, fold = rng.integers(0, FRAMES, rows), rng.integers(0, FOLDS, rows)
    return s, frame, fold, Prior(common, near, own), rng.normal(size=rows)


def in_full(
    s: Bools,
    frame: NDArray[np.int64],
    fold: NDArray[np.int64],
    prior: Prior,
    y: Floats,
    k: int,
    stretch: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Posterior means from the joint covariance of all that is Gaussian: values per frame, residuals of fold k.

    stretch: of each frame; those of different ones share nothing but what is common to all.
    """
    x = order_features(N)(s)
    frames = np.arange(FRAMES)
    alike = np.exp(-np.abs(frames[:, None] - frames) / ALIKE) * (stretch[:, None] == stretch)
    kinds = ((prior.common, np.ones((FRAMES, FRAMES))), (prior.near, alike), (prior.own, np.eye(FRAMES)))
    covariance = sum(((x * w**2) @ x.T) * between[np.ix_(frame, frame)] for w, between in kinds)
    seen = fold != k
    weights = np.linalg.solve(covariance[np.ix_(seen, seen)] + np.eye(seen.sum()), y[seen])
    of_frame = [
        sum(w**2 * (x[seen].T @ (weights * between[number, frame[seen]])) for w, between in kinds)
        for number in range(FRAMES)
    ]
    values = np.array(of_frame)[:, :N]
    return values - values.mean(1, keepdims=True), (y - covariance[:, seen] @ weights)[fold == k]


@pytest.mark.parametrize("remember", [True, False])
@pytest.mark.parametrize("kind", ["near and own", "in stretches", "own", "common"])
def test_fit_is_the_posterior_mean(kind: str, remember: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surrogate, "_KEPT", 10**9 if remember else 0)
    monkeypatch.setattr(surrogate, "_ROWS", 7)
    s, frame, fold, prior, y = problem()
    nothing, stretch = np.zeros_like(prior.own), np.zeros(FRAMES, int)
    if kind == "in stretches":
        monkeypatch.setattr(surrogate, "_STRETCH", 40)
        stretch = np.array([0, 0, 1])
    if kind == "own":
        prior = Prior(prior.common, nothing, prior.own)
    if kind == "common":
        prior = Prior(prior.common, nothing, nothing)
    scales = np.array([0.5, 1.0, 2.0])
    fit = CrossFit(order_features(N), s, frame, fold, FOLDS, FRAMES, prior)
    found = fit.predict(y, scales, everywhere=False)
    for k in range(FOLDS):
        values, residual = in_full(s, frame, fold, prior, y / scales[frame], k, stretch)
        np.testing.assert_allclose(found.per_frame[k], values * scales[:, None], atol=1e-8)
        np.testing.assert_allclose(found.residual[0, fold == k], residual * scales[frame[fold == k]], atol=1e-8)


def test_a_frame_without_a_pair_is_like_its_neighbours() -> None:
    s, frame, fold, prior, y = problem()
    frame = np.where(frame == 1, 2, frame)
    found = CrossFit(order_features(N), s, frame, fold, FOLDS, FRAMES, prior).predict(y, np.ones(FRAMES), False)
    for k in range(FOLDS):
        values, _ = in_full(s, frame, fold, prior, y, k, np.zeros(FRAMES, int))
        np.testing.assert_allclose(found.per_frame[k], values, atol=1e-8)


def test_both_ways_through_a_frame_agree() -> None:
    s, _, fold, prior, y = problem(rows=50)
    x = order_features(N)(s)[:, :20]
    alone, nothing = np.zeros(len(x), int), np.zeros(20)
    few = KernelPart(x, y, fold, alone, np.zeros(1, int), nothing, prior.own[:20])
    many = NormalPart(x, y, fold, prior.own[:20])
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
    assert len(few) == 768
    assert len(np.unique(few % 40)) == 8
    many = subset(np.arange(4000) % 1000, 1000)
    assert len(many) == 768
    assert np.bincount(many % 1000).max() == 4


def test_noise_is_not_taken_for_the_game() -> None:
    """Of the likelihood's maxima one explains everything, noise included: the other one has to be found."""
    rng = np.random.default_rng(5)
    n, rows, noise = 24, 800, 0.3
    s = rng.random((rows, n)) < rng.uniform(0.1, 0.9, (rows, 1))
    s[:, 0], s[:, -1] = True, False
    frame, fold = np.arange(rows) % 4, np.arange(rows) // 4 % 8
    features = order_features(n)
    x = features(s)
    signal = x[:, :n] @ np.linspace(0, 1, n) * (1 + 0.1 * frame)
    y = signal + noise * rng.normal(size=rows)
    prior, scales = choose_scale(features, x[:SUBSET], y[:SUBSET], frame[:SUBSET], np.ones(4))
    found = CrossFit(features, s, frame, fold, 8, 4, prior).predict(y, scales, False)
    assert found.residual.std() < 1.1 * noise
