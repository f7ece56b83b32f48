"""The distribution of directions: against quadrature, SciPy's own, moments, and finite differences in expectation."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mpmath import besseli, log  # type: ignore[import-untyped]
from scipy.integrate import quad
from scipy.stats import kstest

from lidarsel.uncertainty.bessel import bessel_ratio, log_bessel_i
from lidarsel.uncertainty.von_mises_fisher import (
    concentration_for,
    cosine_slopes,
    kl_divergence,
    mean_cosine,
    sample,
    sample_cosines,
)

KAPPAS = st.floats(0.01, 3000)
DIMENSIONS = st.integers(2, 600)


def scalar(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


def density(dimension: int, kappa: float, at: np.ndarray) -> np.ndarray:
    """Of the angle to the mean direction, not yet normalised."""
    result: np.ndarray = np.exp(kappa * (np.cos(at) - 1)) * np.sin(at) ** (dimension - 2)
    return result


def grid(dimension: int, kappa: float) -> tuple[np.ndarray, np.ndarray]:
    """Angles, and probabilities that sum to 1."""
    angle = (np.arange(400_000) + 0.5) * math.pi / 400_000
    weights = density(dimension, kappa, angle)
    return angle, weights / weights.sum()


@given(order=st.floats(0, 400), x=st.floats(1e-3, 5000))
def test_logarithms_of_bessel_functions(order: float, x: float) -> None:
    expected = float(log(besseli(order, x)))
    assert float(log_bessel_i(order, scalar(x))) == pytest.approx(expected, rel=1e-10, abs=1e-9)


@pytest.mark.parametrize("order", [0.0, 0.5, 3.0, 39.9, 40.0, 200.5])
@pytest.mark.parametrize("x", [0.3, 20.0, 700.0])
def test_their_derivatives_are_those_of_autograd(order: float, x: float) -> None:
    at = scalar(x).requires_grad_()
    assert torch.autograd.gradcheck(lambda t: log_bessel_i(order, t), at)
    assert torch.autograd.gradcheck(lambda t: bessel_ratio(order + 1, t), at)


@given(dimension=DIMENSIONS, kappa=KAPPAS)
def test_the_mean_cosine_is_within_its_published_bounds(dimension: int, kappa: float) -> None:
    """Ruiz-Antolin and Segura (2016)."""

    def bound(shift: float) -> float:
        inner = dimension / 2 + shift
        u = (dimension / 2 - 0.5) + inner / (2 * math.hypot(inner, kappa))
        return kappa / (u + math.hypot(u, kappa))

    found = float(mean_cosine(dimension, scalar(kappa)))
    low, high = bound(0.5), bound(-0.5)
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)


@pytest.mark.parametrize(("dimension", "kappa"), [(2, 1.5), (3, 0.2), (4, 30.0), (25, 60.0), (288, 900.0)])
def test_the_divergence_by_quadrature(dimension: int, kappa: float) -> None:
    prior = concentration_for(dimension, 0.5)
    angle = (np.arange(400_000) + 0.5) * math.pi / 400_000
    step = math.pi / 400_000

    def log_density(k: float) -> np.ndarray:
        log_weight = k * np.cos(angle) + (dimension - 2) * np.log(np.sin(angle))
        top = log_weight.max()
        result: np.ndarray = log_weight - top - math.log(np.exp(log_weight - top).sum() * step)
        return result

    learned, before = log_density(kappa), log_density(prior)
    expected = float((np.exp(learned) * (learned - before)).sum() * step)
    assert float(kl_divergence(dimension, scalar(kappa), prior)) == pytest.approx(expected, rel=1e-5)


@given(dimension=DIMENSIONS, kappa=KAPPAS)
def test_nothing_learned_is_no_divergence(dimension: int, kappa: float) -> None:
    at = scalar(kappa).requires_grad_()
    found = kl_divergence(dimension, at, kappa)
    found.backward()
    assert float(found.detach()) == pytest.approx(0, abs=1e-8)
    assert at.grad is not None
    assert float(at.grad) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize(("dimension", "kappa"), [(2, 0.7), (3, 5.0), (9, 3.0), (40, 200.0), (288, 1400.0)])
def test_cosines_are_drawn_by_their_distribution(dimension: int, kappa: float) -> None:
    drawn = sample_cosines(dimension, kappa, 4000, np.random.default_rng(7))
    angle, weights = grid(dimension, kappa)
    cumulated = 1 - np.cumsum(weights)

    places = np.interp(np.arccos(drawn), angle, cumulated)
    assert kstest(places, "uniform").pvalue > 1e-3


def test_the_mean_of_draws_is_along_the_mean_direction() -> None:
    mean = torch.tensor([[0.6, 0.0, -0.8, 0.0]]).double().expand(40_000, 4)
    drawn = sample(mean, scalar(4.0), np.random.default_rng(1))
    assert torch.allclose(drawn.norm(dim=1), torch.ones(()).double())
    expected = float(mean_cosine(4, scalar(4.0))) * mean[0]
    assert torch.allclose(drawn.mean(0), expected, atol=4 / math.sqrt(40_000))


@pytest.mark.parametrize(("dimension", "kappa"), [(2, 0.9), (3, 4.0), (7, 0.5), (30, 90.0), (288, 1400.0)])
def test_slopes_are_those_of_quantiles(dimension: int, kappa: float) -> None:
    """A quantile moves with kappa: by finite differences of distributions that are summed up on a grid."""
    places = np.array([0.01, 0.2, 0.5, 0.8, 0.99])

    def quantiles(k: float) -> np.ndarray:
        angle, weights = grid(dimension, k)
        upto = np.cumsum(weights) - weights / 2
        result: np.ndarray = np.cos(np.interp(1 - places, upto, angle))
        return result

    step = 1e-2 * kappa
    expected = (quantiles(kappa + step) - quantiles(kappa - step)) / (2 * step)
    found = cosine_slopes(dimension, kappa, quantiles(kappa))
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-9)


def test_gradients_in_expectation() -> None:
    """Of a function of draws: by finite differences of its mean, which quadrature gives."""
    kappa, weights = 3.0, torch.tensor([0.3, -1.1, 0.7]).double()
    mean = torch.nn.functional.normalize(torch.tensor([1.0, 2.0, -0.5]).double(), dim=0)
    at = scalar(kappa).requires_grad_()
    towards = mean.clone().requires_grad_()
    drawn = sample(towards.expand(60_000, 3), at, np.random.default_rng(3))
    (drawn @ weights).square().mean().backward()

    def expected(k: float, direction: torch.Tensor) -> float:
        """E[(weights . z)^2], where E[z z^T] = a I + b mean mean^T."""
        normal = quad(lambda t: math.exp(k * (t - 1)), -1, 1)[0]
        along = quad(lambda t: t * t * math.exp(k * (t - 1)), -1, 1)[0] / normal
        across = (1 - along) / 2
        return across * float(weights @ weights) + (along - across) * float(weights @ direction) ** 2

    step = 1e-3
    assert at.grad is not None
    assert towards.grad is not None
    by_kappa = (expected(kappa + step, mean) - expected(kappa - step, mean)) / (2 * step)
    assert float(at.grad) == pytest.approx(by_kappa, abs=0.005)
    sideways = torch.linalg.cross(mean, torch.tensor([0.0, 0.0, 1.0]).double())
    turned = [torch.nn.functional.normalize(mean + sign * step * sideways, dim=0) for sign in (1, -1)]
    by_turning = (expected(kappa, turned[0]) - expected(kappa, turned[1])) / (2 * step)
    assert float(towards.grad @ sideways) == pytest.approx(by_turning, abs=0.02)
