"""The scaling law of fine-grained mixtures of experts, and its optimum.

Krajewski et al. 2024, "Scaling Laws for Fine-Grained Mixture of Experts":

    L(N, D, G) = c + (g / G^gamma + a) / N^alpha + b / D^beta

N: parameters in all, embeddings left out; D: training tokens; G: granularity, into how many an expert is divided.
A model of n layers, d = 64 n wide, with E experts has N = (8 E + 4) n d^2, and its training takes

    F = (12 * 6 d^2 + 14 d E G) D n     operations, the second part of them by the router.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log

import numpy as np

from lidarsel.planning.fitting import FloatArray
from lidarsel.planning.laws.transformer import width

GRANULARITIES = (1, 2, 4, 8, 16, 32, 64, 128)
_LAYERS = (0.5, 5000.0)


@dataclass(frozen=True)
class FineGrainedLaw:
    """The law's constants, in nats a token. g = 0: a dense model, or experts of one granularity."""

    a: float
    alpha: float
    b: float
    beta: float
    g: float
    gamma: float
    c: float

    def loss(
        self, parameters: FloatArray | float, tokens: FloatArray | float, granularity: FloatArray | float
    ) -> FloatArray:
        """The loss, of the arguments' common shape."""
        grain = self.g / np.asarray(granularity, np.float64) ** self.gamma
        of_size = (grain + self.a) / np.asarray(parameters, np.float64) ** self.alpha
        of_data = self.b / np.asarray(tokens, np.float64) ** self.beta
        found: FloatArray = self.c + of_size + of_data
        return found


MIXTURE_OF_64 = FineGrainedLaw(a=18.1, alpha=0.115, b=30.8, beta=0.147, g=2.1, gamma=0.58, c=0.47)
DENSE = FineGrainedLaw(a=16.3, alpha=0.126, b=26.7, beta=0.127, g=0.0, gamma=0.0, c=0.47)
"""As published. N of the dense law is of the dense model, 12 n d^2.

The published table of optima is the mixture law's, but its losses lie 0.011 to 0.024 above the law as printed."""


@dataclass(frozen=True)
class FineGrainedOptimum:
    """The best model for a budget. layers: real; parameters: N; flops: those it takes, fewer where data end."""

    granularity: int
    layers: float
    parameters: float
    tokens: float
    flops: float
    loss: float


def parameters_of(layers: float, experts: int) -> float:
    """N of a mixture; of a dense model where experts is 1."""
    return (8 * experts + 4) * layers * width(layers) ** 2


def flops_a_token(layers: float, experts: int, granularity: int) -> float:
    """F / D. A dense model has no router."""
    d, routed = width(layers), experts * granularity if experts > 1 else 0
    return (72 * d**2 + 14 * d * routed) * layers


def optimum(
    law: FineGrainedLaw,
    flops: float,
    experts: int = 64,
    most_tokens: float = inf,
    most_parameters: float = inf,
    granularities: Sequence[int] = GRANULARITIES,
) -> FineGrainedOptimum:
    """The size, tokens and granularity of least loss for so many operations of training, data and memory.

    Args:
        flops: operations, at most.
        experts: 1 is dense.
        most_tokens: how many training tokens there are.
        most_parameters: N, at most.
        granularities: to choose from.
    """
    found = [_best_size(law, flops, experts, most_tokens, most_parameters, each) for each in granularities]
    return min(found, key=lambda each: each.loss)


def _best_size(
    law: FineGrainedLaw, flops: float, experts: int, most_tokens: float, most_parameters: float, granularity: int
) -> FineGrainedOptimum:
    from scipy.optimize import minimize_scalar

    def model(log_layers: float) -> FineGrainedOptimum:
        layers = exp(log_layers)
        cost, parameters = flops_a_token(layers, experts, granularity), parameters_of(layers, experts)
        tokens = min(flops / cost, most_tokens)
        loss = float(law.loss(parameters, tokens, granularity))
        return FineGrainedOptimum(granularity, layers, parameters, tokens, cost * tokens, loss)

    largest = _LAYERS[1]
    if most_parameters < parameters_of(largest, experts):
        largest *= (most_parameters / parameters_of(largest, experts)) ** (1 / 3)  # N grows as n^3
    # The loss falls, then rises with the size: tokens are as many as there are, then fewer and fewer.
    bounds = (log(min(_LAYERS[0], largest / 2)), log(largest))
    best = minimize_scalar(lambda at: model(at).loss, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return model(float(best.x))
