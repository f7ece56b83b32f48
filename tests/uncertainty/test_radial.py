"""Radii and drawn layers: divergences by quadrature, means by draws, gradients by finite differences in expectation."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import quad
from torch import nn

from lidarsel.uncertainty.directions import Directions, GaussianNumbers
from lidarsel.uncertainty.drawn import drawn_layers, total_kl
from lidarsel.uncertainty.radial import RadialConv2d, RadialLinear, RadialWeight
from lidarsel.uncertainty.radii import Radii, kl_to_gamma, kl_to_inverse_gamma


def scalar(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


@pytest.mark.parametrize(("mean", "spread"), [(0.3, 0.5), (-2.0, 0.1), (1.0, 1.2)])
@pytest.mark.parametrize(("shape", "scale"), [(0.5, 1.0), (0.5, 1e-2), (2.0, 3.0)])
def test_divergences_of_factors_by_quadrature(mean: float, spread: float, shape: float, scale: float) -> None:
    normal = stats.norm(mean, spread)

    def expected(prior: Any) -> float:
        def part(log_x: float) -> float:
            # The density of the logarithm: that of the factor, times the factor.
            before = prior.logpdf(math.exp(log_x)) + log_x
            return float(normal.pdf(log_x) * (normal.logpdf(log_x) - before))

        return quad(part, mean - 12 * spread, mean + 12 * spread, limit=200)[0]

    gamma, inverse = stats.gamma(shape, scale=scale), stats.invgamma(shape, scale=scale)
    at = scalar(mean), scalar(spread)
    assert float(kl_to_gamma(*at, shape, scale)) == pytest.approx(expected(gamma), rel=1e-6)
    assert float(kl_to_inverse_gamma(*at, shape, scale)) == pytest.approx(expected(inverse), rel=1e-6)


def test_the_two_factors_make_a_half_cauchy_radius() -> None:
    rng = np.random.default_rng(0)
    tau = 0.3
    product = stats.gamma(0.5, scale=tau**2).rvs(20_000, random_state=rng)
    product *= stats.invgamma(0.5).rvs(20_000, random_state=rng)
    assert stats.kstest(np.sqrt(product), stats.halfcauchy(scale=tau).cdf).pvalue > 1e-3


def test_radii_begin_as_told_and_are_drawn_by_their_distribution() -> None:
    wanted = torch.tensor([0.02, 1.0, 7.0])
    radii = Radii(wanted)
    assert torch.allclose(radii.mean(), wanted)
    rng = np.random.default_rng(2)
    drawn = torch.stack([radii.sample(rng) for _ in range(8000)]).detach()
    assert torch.allclose(drawn.mean(0), wanted, rtol=0.01)
    # Two local factors and two shared ones, each of a tenth: the logarithm's variance is a hundredth.
    assert torch.allclose(drawn.log().std(0), torch.full((3,), 0.1), rtol=0.05)
    assert torch.allclose(radii.log_mode(), wanted.log() - 0.015, atol=1e-5)
    correlation = torch.corrcoef(drawn.log().T)[0, 1]
    assert float(correlation) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("shape", [(4, 6), (3, 5, 3, 3), (1, 6), (5, 1), (1, 1)])
def test_a_posterior_begins_as_the_weight_and_draws_round_it(shape: tuple[int, ...]) -> None:
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    posterior = RadialWeight(weight)
    assert torch.allclose(posterior.mean(), weight, atol=1e-5)
    rng = np.random.default_rng(4)
    draws = torch.stack([posterior.sample(rng) for _ in range(600)]).detach()
    error = draws.std(0) / math.sqrt(len(draws))
    assert bool(((draws.mean(0) - weight).abs() < 5 * error + 1e-5).all())


def test_layers_stand_in_for_those_they_are_made_of() -> None:
    torch.manual_seed(5)
    linear, convolution = nn.Linear(6, 4), nn.Conv2d(3, 5, 3, stride=2, padding=1)
    pairs = (
        (linear, RadialLinear(linear), torch.randn(7, 6)),
        (convolution, RadialConv2d(convolution), torch.randn(2, 3, 8, 9)),
    )
    for plain, radial, x in pairs:
        assert torch.allclose(radial(x), plain(x), atol=1e-5)
        radial.draw(np.random.default_rng(6))
        one = radial(x)
        assert torch.equal(radial(x), one), "what is drawn stays until the next draw"
        assert not torch.allclose(one, plain(x), atol=1e-3)
        radial.draw(np.random.default_rng(6))
        assert torch.equal(radial(x), one)
        radial.settle()
        assert torch.allclose(radial(x), plain(x), atol=1e-5)
    with pytest.raises(ValueError, match="all channels"):
        RadialConv2d(nn.Conv2d(4, 4, 3, groups=2))


def test_the_divergence_of_a_module_is_that_of_all_its_factors() -> None:
    torch.manual_seed(7)
    module = nn.Sequential(RadialLinear(nn.Linear(3, 2)), nn.ReLU(), RadialLinear(nn.Linear(2, 1, bias=False)))
    factors = [part for part in module.modules() if isinstance(part, Directions | GaussianNumbers | Radii)]
    assert len(list(drawn_layers(module))) == 2
    assert len(factors) == 9
    assert float(total_kl(module)) == pytest.approx(sum(float(part.kl()) for part in factors), rel=1e-6)


def test_gaussians_against_the_standard_one() -> None:
    numbers = GaussianNumbers(torch.tensor([[0.5], [-2.0]]))
    with torch.no_grad():
        numbers.log_spread.copy_(torch.tensor([[-1.0], [0.3]]))
    learned = torch.distributions.Normal(numbers.towards, numbers.log_spread.exp())
    expected = torch.distributions.kl_divergence(learned, torch.distributions.Normal(0.0, 1.0)).sum()
    assert float(numbers.kl()) == pytest.approx(float(expected), rel=1e-6)


def test_gradients_of_radii_in_expectation() -> None:
    """E[r^2] = exp(2 m + 2 v), of m and v the logarithm's mean and variance: its slopes by means and by spreads."""
    radii = Radii(torch.tensor([1.3]))
    rng = np.random.default_rng(8)
    torch.stack([radii.sample(rng) for _ in range(8000)]).square().mean().backward()
    m, v = 0.5 * float(radii.local_mean.detach().sum() + radii.global_mean.detach().sum()), 0.1**2
    second = math.exp(2 * m + 2 * v)
    means, spreads = (
        (radii.local_mean.grad, radii.global_mean.grad),
        (radii.local_log_spread.grad, radii.global_log_spread.grad),
    )
    for grad in means:
        assert grad is not None
        assert torch.allclose(grad, torch.tensor(second).float(), rtol=0.02), "each factor counts by its half"
    found = sum(float(grad.sum()) for grad in spreads if grad is not None)
    assert found == pytest.approx(4 * 0.1**2 * second, rel=0.2)
