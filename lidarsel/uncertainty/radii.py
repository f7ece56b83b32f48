"""Radii that can vanish: a half-Cauchy prior, and a log-normal posterior of each factor that makes it up.

    r_i = sqrt(x_i y_i) sqrt(g h)
    before any data   x_i ~ Gamma(1/2, scale tau_local^2),  y_i ~ InverseGamma(1/2, 1): sqrt(x_i y_i) is half-Cauchy
                      g and h likewise with tau_global, shared by all radii
    after             ln x_i, ln y_i, ln g, ln h normal, so that ln r_i is normal too

After Louizos, Ullrich and Welling: "Bayesian Compression for Deep Learning" (2017), and Oh, Adamczewski and Park:
"Radial and Directional Posteriors for Bayesian Deep Learning" (AAAI 2020).
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

TAU_LOCAL, TAU_GLOBAL = 0.01, 0.001
_SHAPE = 0.5
_START_SPREAD = 0.1  # standard deviation of each factor's logarithm: a tenth of a radius


def kl_to_gamma(mean: Tensor, spread: Tensor, shape: float, scale: float) -> Tensor:
    """KL(LogNormal(mean, spread^2) || Gamma(shape, scale)) in nats, element by element.

    Args:
        mean, spread: of the logarithm; spread > 0.
        shape, scale: > 0, of the prior.
    """
    expected = torch.exp(mean + spread.square() / 2) / scale
    return shape * math.log(scale) + math.lgamma(shape) - shape * mean + expected - _entropy(spread)


def kl_to_inverse_gamma(mean: Tensor, spread: Tensor, shape: float, scale: float) -> Tensor:
    """KL(LogNormal(mean, spread^2) || InverseGamma(shape, scale)) in nats, likewise."""
    expected = torch.exp(spread.square() / 2 - mean) * scale
    return -shape * math.log(scale) + math.lgamma(shape) + shape * mean + expected - _entropy(spread)


def _entropy(spread: Tensor) -> Tensor:
    """Of the logarithm, which is normal."""
    return spread.log() + (math.log(2 * math.pi) + 1) / 2


class Radii(nn.Module):
    """The posterior of n radii of one side of one layer.

    Args:
        means: float (n,), > 0, what they are in the mean to begin with.
    """

    def __init__(self, means: Tensor) -> None:
        super().__init__()
        n = len(means)
        log_spread = math.log(_START_SPREAD)
        # The gamma factors begin where their priors are, and the inverse ones, of heavy tails, with all the rest:
        # that is where the prior minds least. The mean of exp(a normal) is above exp(its mean), which is taken off.
        twice = 2 * (means.log() - _START_SPREAD**2 / 2)
        shared = twice.mean() / 2
        of_gamma, shared_of_gamma = (means.new_tensor(2 * math.log(tau)) for tau in (TAU_LOCAL, TAU_GLOBAL))
        self.local_mean = nn.Parameter(torch.stack([of_gamma.expand(n), twice - shared - of_gamma]))
        self.local_log_spread = nn.Parameter(torch.full((2, n), log_spread))
        self.global_mean = nn.Parameter(torch.stack([shared_of_gamma, shared - shared_of_gamma]))
        self.global_log_spread = nn.Parameter(torch.full((2,), log_spread))

    def mean(self) -> Tensor:
        """(n,), their means."""
        log_mean, variance = self._log_moments()
        return torch.exp(log_mean + variance / 2)

    def log_mode(self) -> Tensor:
        """(n,), the logarithm of the likeliest value of each."""
        log_mean, variance = self._log_moments()
        return log_mean - variance

    def sample(self, rng: np.random.Generator) -> Tensor:
        """(n,), a draw, differentiable."""
        noise = torch.from_numpy(rng.standard_normal((2, self.local_mean.shape[1] + 1))).to(self.local_mean)
        local = self.local_mean + self.local_log_spread.exp() * noise[:, :-1]
        shared = self.global_mean + self.global_log_spread.exp() * noise[:, -1]
        return torch.exp((local.sum(0) + shared.sum()) / 2)

    def kl(self) -> Tensor:
        """From the prior, in nats, a scalar."""
        found = self.local_mean.new_zeros(())
        for mean, log_spread, tau in (
            (self.local_mean, self.local_log_spread, TAU_LOCAL),
            (self.global_mean[:, None], self.global_log_spread[:, None], TAU_GLOBAL),
        ):
            spread = log_spread.exp()
            found = found + kl_to_gamma(mean[0], spread[0], _SHAPE, tau**2).sum()
            found = found + kl_to_inverse_gamma(mean[1], spread[1], _SHAPE, 1.0).sum()
        return found

    def _log_moments(self) -> tuple[Tensor, Tensor]:
        """Mean and variance of ln r, (n,) each."""
        local, shared = self.local_log_spread, self.global_log_spread
        variance = ((2 * local).exp().sum(0) + (2 * shared).exp().sum()) / 4
        return (self.local_mean.sum(0) + self.global_mean.sum()) / 2, variance
