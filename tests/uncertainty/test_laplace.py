"""Laplace's approximation where it is exact: a linear answer with Gaussian noise, whose evidence is a closed form."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize_scalar

from lidarsel.uncertainty.laplace import LEAST_PRECISION, MOST_PRECISION, posterior_root, prior_precision

NOISE = 0.3


def regression(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows of inputs, and outputs of a linear function of them with noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 5)) * (1, 1, 0.1, 2, 0.01)
    return x, x @ rng.normal(0, 0.7, 5) + rng.normal(0, NOISE, 40)


@pytest.mark.parametrize("seed", range(3))
def test_the_prior_is_that_of_the_greatest_evidence(seed: int) -> None:
    """Fitted weights and prior in turns come to where the data are likeliest, y ~ N(0, noise^2 I + X X^T / lambda)."""
    x, y = regression(seed)
    information, precision = x.T @ x / NOISE**2, 1.0
    for _ in range(200):
        weights = np.linalg.solve(information + precision * np.eye(5), x.T @ y / NOISE**2)
        precision = prior_precision(information, weights)

    def surprise(log_precision: float) -> float:
        covariance = NOISE**2 * np.eye(len(y)) + x @ x.T / np.exp(log_precision)
        return -float(stats.multivariate_normal(cov=covariance).logpdf(y))

    best = minimize_scalar(surprise, bounds=(-6, 8), method="bounded", options={"xatol": 1e-8})
    assert precision == pytest.approx(np.exp(best.x), rel=1e-3)


def test_the_variance_of_an_answer_is_the_posteriors() -> None:
    """By conditioning the joint Gaussian of the data and a new answer."""
    x, _ = regression(0)
    new, precision = np.array([0.5, -1.0, 2.0, 0.1, 3.0]), 2.5
    root = posterior_root(x.T @ x / NOISE**2, precision)
    prior = x @ new / precision
    joint = NOISE**2 * np.eye(len(x)) + x @ x.T / precision
    expected = new @ new / precision - prior @ np.linalg.solve(joint, prior)
    assert float(np.square(root @ new).sum()) == pytest.approx(expected, rel=1e-9)
    assert np.array_equal(root, np.tril(root))


def test_without_data_or_weights_the_prior_is_at_its_ends() -> None:
    assert prior_precision(np.zeros((3, 3)), np.ones(3)) == LEAST_PRECISION
    assert prior_precision(np.eye(3), np.zeros(3)) == MOST_PRECISION
    settled = (17**0.5 - 1) / 2  # 2 / (1 + l) = l / 2
    assert prior_precision(np.eye(2), np.full(2, 0.5)) == pytest.approx(settled, rel=1e-9)
