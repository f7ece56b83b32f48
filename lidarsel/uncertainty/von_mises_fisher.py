"""The von Mises-Fisher distribution of directions: density in z proportional to exp(kappa mean . z) on the unit sphere.

A draw is z = w mean + sqrt(1 - w^2) v, with v uniform among the directions across the mean and the cosine w drawn by
rejection (Wood: "Simulation of the von Mises Fisher distribution", 1994). Its derivative by kappa is that of w at a
fixed place in w's distribution (Figurnov et al.: "Implicit Reparameterization Gradients", 2018),

    dw / dkappa = - (dF / dkappa) / f,    dF / dkappa = integral up to w of (t - A(kappa)) f(t) dt,

which is exact for every draw: the proposal's derivative corrected by that of its acceptance (Naesseth et al. 2017) has
the same mean, and needs the value of what is drawn for.
"""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.uncertainty.bessel import bessel_ratio, log_bessel_i

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
_WIDTHS = 12.0  # of the density, beyond which nothing is left to be integrated


def mean_cosine(dimension: int, kappa: Tensor) -> Tensor:
    """A(kappa): the mean of z is A(kappa) times the mean direction.

    Args:
        dimension: d >= 2, of the space.
        kappa: float64, > 0, the concentration.
    """
    return bessel_ratio(dimension / 2, kappa)


def concentration_for(dimension: int, loss: float) -> float:
    """The kappa at which A(kappa) is about 1 - loss (Banerjee et al. 2005; at least as for four dimensions).

    Args:
        dimension: d >= 2.
        loss: 0 < loss < 1.
    """
    return (max(4, dimension) - 3) * (1 - loss) / (1 - (1 - loss) ** 2)


def kl_divergence(dimension: int, kappa: Tensor, prior_kappa: float) -> Tensor:
    """KL(vMF(mean, kappa) || vMF(mean, prior_kappa)), a scalar in nats, differentiable in kappa.

    The mean direction is shared: any is as likely as any other.

    Args:
        dimension: d >= 2.
        kappa: float64 scalar, > 0.
        prior_kappa: > 0.
    """
    order = dimension / 2 - 1
    prior = kappa.new_tensor(prior_kappa)
    moved = (kappa - prior) * mean_cosine(dimension, kappa)
    return moved + order * (kappa.log() - prior.log()) - log_bessel_i(order, kappa) + log_bessel_i(order, prior)


def sample(mean: Tensor, kappa: Tensor, rng: np.random.Generator) -> Tensor:
    """A draw round each mean direction, differentiable in both.

    Args:
        mean: float (n, d), unit vectors, d >= 2.
        kappa: float64 scalar, > 0.
        rng: of the draws.

    Returns:
        (n, d), unit vectors of the type of ``mean``.
    """
    n, dimension = mean.shape
    drawn = torch.from_numpy(sample_cosines(dimension, float(kappa.detach()), n, rng)).to(kappa.device)
    cosine: Tensor = _Cosine.apply(dimension, kappa, drawn)  # type: ignore[no-untyped-call]
    cosine = cosine.to(mean.dtype)[:, None]
    noise = torch.from_numpy(rng.standard_normal((n, dimension))).to(mean)
    across = noise - (noise * mean).sum(1, keepdim=True) * mean
    across = across / across.norm(dim=1, keepdim=True)
    drawn_round: Tensor = cosine * mean + (1 - cosine.square()).clamp(min=0).sqrt() * across
    return drawn_round


def sample_cosines(dimension: int, kappa: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Cosines of draws to the mean direction, float64 (n,), by Wood's rejection from a transformed beta variable."""
    m = dimension - 1
    root = math.hypot(2 * kappa, m)
    b = m / (2 * kappa + root)  # Wood's, without the difference of large numbers
    a = (m + 2 * kappa + root) / 4
    d = 4 * a * b / (1 + b) - m * math.log(m)
    found = np.empty(n)
    missing = np.arange(n)
    while len(missing):
        e = rng.beta(m / 2, m / 2, len(missing))
        below = 1 - (1 - b) * e
        t = 2 * a * b / below
        accepted = m * np.log(t) - t + d >= np.log(rng.random(len(missing)))
        found[missing[accepted]] = ((1 - (1 + b) * e) / below)[accepted]
        missing = missing[~accepted]
    return np.clip(found, -1, 1)


class _Cosine(torch.autograd.Function):
    """Drawn cosines, with their derivative by kappa."""

    @staticmethod
    def forward(ctx: Any, dimension: int, kappa: Tensor, drawn: Tensor) -> Tensor:
        ctx.dimension = dimension
        ctx.save_for_backward(kappa, drawn)
        return drawn.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor, None]:
        kappa, drawn = ctx.saved_tensors
        slope = cosine_slopes(ctx.dimension, float(kappa), drawn.detach().cpu().numpy())
        by_kappa = (grads[0] * torch.from_numpy(slope).to(grads[0])).sum()
        return None, by_kappa.to(kappa.dtype).reshape(kappa.shape), None


def cosine_slopes(dimension: int, kappa: float, cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """d cosine / d kappa at a fixed place in the cosines' distribution.

    In the angle the density, exp(kappa cos) sin^(d - 2), is smooth for every d; what is integrated is its ratio to the
    density at the draw, from the draw away from the mode, where it falls.

    Args:
        dimension: d >= 2.
        kappa: > 0.
        cosine: float64 (n,), drawn.

    Returns:
        float64 (n,).
    """
    power = dimension - 2
    angle = np.clip(np.arccos(cosine), 1e-9, math.pi - 1e-9)
    cosine = np.cos(angle)
    mode = math.acos((-power + math.hypot(power, 2 * kappa)) / (2 * kappa))  # where d/dangle of the density is 0
    curvature = kappa * math.cos(mode) + power / max(math.sin(mode), 1e-12) ** 2
    reach = _WIDTHS / math.sqrt(curvature)
    outwards = angle >= mode
    end = np.where(outwards, np.minimum(angle + reach, math.pi), np.maximum(angle - reach, 0))
    half = (end - angle)[:, None] / 2
    at = angle[:, None] + half * (1 + _NODES)
    with np.errstate(divide="ignore"):  # of the sphere's poles, where the logarithm is minus infinity
        log_ratio = kappa * (np.cos(at) - cosine[:, None]) + power * np.log(np.sin(at) / np.sin(angle)[:, None])
    mean = float(mean_cosine(dimension, torch.tensor(kappa, dtype=torch.float64)))
    integral = ((np.cos(at) - mean) * np.exp(log_ratio) * _WEIGHTS * half).sum(1)
    slopes: NDArray[np.float64] = -np.sin(angle) * integral
    return slopes
