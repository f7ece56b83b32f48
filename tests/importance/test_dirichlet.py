"""The distribution and its divergence against formulas, and what each kind of evidence makes of it."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma, gammaln

from lidarsel.importance.dirichlet import dirichlet, divergence, global_generator, moments, raw_of
from lidarsel.importance.removed import DRAWS, RemovedPlayers, log_probability
from lidarsel.importance.scaled import draw_scales, objective

ALPHAS = st.lists(st.floats(0.02, 50), min_size=2, max_size=12)


def raws(alphas: list[float]) -> torch.Tensor:
    return torch.tensor([raw_of(alpha) for alpha in alphas], dtype=torch.float64)


@given(alphas=ALPHAS)
def test_raw_parameters_give_back_their_alpha_and_its_moments(alphas: list[float]) -> None:
    alpha = np.array(alphas)
    raw = raws(alphas)
    np.testing.assert_allclose(dirichlet(raw).concentration.numpy(), alpha, rtol=1e-9)
    mean, spread = moments(raw)
    total = alpha.sum()
    np.testing.assert_allclose(mean, alpha / total, rtol=1e-9)
    np.testing.assert_allclose(spread, np.sqrt(alpha * (total - alpha) / (total**2 * (total + 1))), rtol=1e-9)


@given(alphas=ALPHAS, prior=st.floats(0.05, 10))
def test_the_divergence_is_the_closed_form(alphas: list[float], prior: float) -> None:
    phi, n = np.array(alphas), len(alphas)
    expected = gammaln(phi.sum()) - gammaln(n * prior) - gammaln(phi).sum() + n * gammaln(prior)
    expected += ((phi - prior) * (digamma(phi) - digamma(phi.sum()))).sum()
    found = float(divergence(dirichlet(raws(alphas)), prior))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-8)
    learned, before = (torch.distributions.Dirichlet(torch.from_numpy(a)) for a in (phi, np.full(n, prior)))
    assert found == pytest.approx(float(torch.distributions.kl_divergence(learned, before)), rel=1e-6, abs=1e-8)


def test_the_divergence_is_the_mean_of_the_log_ratio() -> None:
    """Two shares are a beta distribution: the integral is taken over a fine grid."""
    a, b, prior = 3.0, 1.5, 2.0
    x = (np.arange(200_000) + 0.5) / 200_000
    learned = np.exp(gammaln(a + b) - gammaln(a) - gammaln(b)) * x ** (a - 1) * (1 - x) ** (b - 1)
    before = np.exp(gammaln(2 * prior) - 2 * gammaln(prior)) * (x * (1 - x)) ** (prior - 1)
    expected = np.mean(learned * np.log(learned / before))
    assert float(divergence(dirichlet(raws([a, b])), prior)) == pytest.approx(expected, rel=1e-4)


def test_probabilities_are_plackett_luces() -> None:
    s = np.array([0.1, 0.2, 0.3, 0.4])
    log_s = torch.from_numpy(np.log(s))[None]
    orders = list(itertools.permutations(range(4), 2))
    found = [float(log_probability(log_s, torch.tensor([order])).exp()) for order in orders]
    assert found == pytest.approx([s[a] * s[b] / (1 - s[a]) for a, b in orders])
    assert sum(found) == pytest.approx(1)


def test_removed_players_are_told_by_what_is_left() -> None:
    raw = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    seen = []

    def error(order: np.ndarray) -> np.ndarray:
        seen.append(order)
        return np.where((order == 2).any(1), 1.0, 5.0)

    with global_generator(0):
        removed = RemovedPlayers(0)
        parts = [torch.autograd.grad(removed.elbo(raw, 3, error, "frame"), raw)[0] for _ in range(40)]
    gradient = torch.stack(parts).sum(0)
    assert {order.shape for order in seen} == {(DRAWS, 3)}
    assert all(len(set(row)) == 3 for order in seen for row in order.tolist())
    assert int(gradient.argmax()) == 2
    assert float(gradient[2]) > 0


@pytest.mark.parametrize("size", [1.0, 0.2])
def test_scales_have_their_mean_and_the_spread_of_their_distribution(size: float) -> None:
    raw = raws([0.5, 2.0, 6.0])
    with global_generator(1):
        drawn = draw_scales(raw, 40_000, size)
    np.testing.assert_allclose(drawn.mean(1), size, atol=1e-9)
    mean, spread = moments(raw)
    np.testing.assert_allclose(drawn.mean(0), size * 3 * mean, atol=0.03 * size)
    np.testing.assert_allclose(drawn.std(0), size * 3 * spread, rtol=0.05)


def test_scales_carry_the_gradient_of_the_mean_loss() -> None:
    """E[loss] of a loss that is linear in the scales is known, and so is its gradient."""
    raw = raws([1.0, 2.0, 4.0]).requires_grad_()
    worth = torch.tensor([3.0, -1.0, 0.5], dtype=torch.float64)
    with global_generator(2):
        (found,) = torch.autograd.grad((draw_scales(raw, 200_000, 1.0) @ worth).mean(), raw)
    alpha = dirichlet(raw).concentration
    (expected,) = torch.autograd.grad((3 * alpha / alpha.sum() @ worth), raw)
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.01)


def test_the_divergence_is_shared_by_all_data() -> None:
    parts = [raws([1.0, 4.0]), raws([0.3, 0.3, 2.0])]
    expected = 7 + sum(float(divergence(dirichlet(raw), 2.0)) for raw in parts) / 500
    assert float(objective(torch.tensor(7.0), parts, 2.0, 500)) == pytest.approx(expected, rel=1e-6)


def test_the_global_generator_is_left_as_it_was() -> None:
    state = torch.random.get_rng_state()
    with global_generator(5):
        draw_scales(raws([1.0, 1.0]), 3, 1.0)
    assert torch.equal(torch.random.get_rng_state(), state)
