"""Posteriors of the directions of a weight's rows or columns, one concentration for all of a side."""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.uncertainty.von_mises_fisher import concentration_for, kl_divergence, mean_cosine, sample

PRIOR_LOSS = 0.5
"""Of length that the mean of a direction has before any data."""
START_LOSS = 0.01


class Directions(nn.Module):
    """Von Mises-Fisher posteriors of n directions in d >= 2 dimensions; the prior shares their mean directions.

    Args:
        towards: float (n, d), along the mean directions; their lengths do not count.
    """

    def __init__(self, towards: Tensor) -> None:
        super().__init__()
        dimension = towards.shape[1]
        self.towards = nn.Parameter(functional.normalize(towards, dim=1))
        self.log_kappa = nn.Parameter(torch.tensor(math.log(concentration_for(dimension, START_LOSS))))
        self.prior_kappa = concentration_for(dimension, PRIOR_LOSS)

    def mean(self) -> Tensor:
        """(n, d), shorter than 1."""
        return functional.normalize(self.towards, dim=1) * mean_cosine(self.towards.shape[1], self._kappa()).float()

    def sample(self, rng: np.random.Generator) -> Tensor:
        """(n, d), unit vectors, differentiable."""
        return sample(functional.normalize(self.towards, dim=1), self._kappa(), rng)

    def kl(self) -> Tensor:
        """From the prior, in nats, a scalar."""
        return len(self.towards) * kl_divergence(self.towards.shape[1], self._kappa(), self.prior_kappa).float()

    def _kappa(self) -> Tensor:
        return self.log_kappa.double().exp()


class GaussianNumbers(nn.Module):
    """What stands in for directions in one dimension, of which there are two only: Gaussians against N(0, 1).

    Args:
        means: float (n, 1).
    """

    def __init__(self, means: Tensor) -> None:
        super().__init__()
        self.towards = nn.Parameter(means.clone())
        self.log_spread = nn.Parameter(torch.full_like(means, math.log(START_LOSS)))

    def mean(self) -> Tensor:
        """(n, 1)."""
        return self.towards

    def sample(self, rng: np.random.Generator) -> Tensor:
        """(n, 1), differentiable."""
        noise = torch.from_numpy(rng.standard_normal(tuple(self.towards.shape))).to(self.towards)
        return self.towards + self.log_spread.exp() * noise

    def kl(self) -> Tensor:
        """From the prior, in nats, a scalar."""
        variance = (2 * self.log_spread).exp()
        return ((self.towards.square() + variance - 1) / 2 - self.log_spread).sum()


def directions(towards: Tensor) -> Directions | GaussianNumbers:
    """Posteriors of the rows of float (n, d), by their dimension."""
    return Directions(towards) if towards.shape[1] > 1 else GaussianNumbers(towards)
