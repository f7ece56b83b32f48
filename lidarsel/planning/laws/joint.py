"""The joint scaling law of mixtures of experts: loss by active parameters, tokens and number of experts.

Ludziejewski et al. 2025, "Joint MoE Scaling Laws: Mixture of Experts Can Be Memory Efficient":

    L(N, D, E) = a e^delta N^(alpha + gamma ln e) + b e^omega D^(beta + zeta ln e) + c

N: active parameters; D: training tokens; e: the effective number of E experts, which saturates (Clark et al. 2022):

    1/e = 1/(E - 1 + (1/least - 1/most)^-1) + 1/most

For one E it is Chinchilla's law m N^mu + n D^nu + c, whose optimum under F = 6 N D operations has a closed form. All
exponents mu, nu are negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from lidarsel.planning.laws.transformer import Memory, most_active

EXPERTS = (1, 2, 4, 8, 16, 32)
_FLOPS_A_PARAMETER = 6.0
"""Operations of training a token, forwards and back."""


@dataclass(frozen=True)
class TwoPowerLaw:
    """m N^mu + n D^nu + c."""

    m: float
    mu: float
    n: float
    nu: float
    c: float

    def loss(self, active: float, tokens: float) -> float:
        """The loss at active parameters and tokens."""
        return float(self.m * active**self.mu + self.n * tokens**self.nu + self.c)

    def best_active(self, flops: float) -> float:
        """N of least loss where 6 N D is given: G (F/6)^(nu/(mu+nu)), G = (mu m / (nu n))^(1/(|mu|+|nu|))."""
        both = abs(self.mu + self.nu)
        scale = (self.mu * self.m / (self.nu * self.n)) ** (1 / both)
        return float(scale * (flops / _FLOPS_A_PARAMETER) ** (abs(self.nu) / both))


@dataclass(frozen=True)
class JointLaw:
    """The law's constants, in nats a token. least, most: effective experts of a dense model, and of endlessly many."""

    a: float
    alpha: float
    delta: float
    gamma: float
    b: float
    beta: float
    omega: float
    zeta: float
    c: float
    least: float
    most: float

    def effective(self, experts: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """The effective number of experts, of the argument's shape."""
        above = np.asarray(experts, np.float64) - 1 + 1 / (1 / self.least - 1 / self.most)
        found: NDArray[np.float64] = 1 / (1 / above + 1 / self.most)
        return found

    def at(self, experts: int) -> TwoPowerLaw:
        """The law of one number of experts."""
        log_e = float(np.log(self.effective(experts)))
        return TwoPowerLaw(
            m=self.a * float(np.exp(self.delta * log_e)),
            mu=self.alpha + self.gamma * log_e,
            n=self.b * float(np.exp(self.omega * log_e)),
            nu=self.beta + self.zeta * log_e,
            c=self.c,
        )


PUBLISHED = JointLaw(
    a=35.91,
    alpha=-0.1889,
    delta=-0.2285,
    gamma=0.0098,
    b=35.98,
    beta=-0.1775,
    omega=0.5529,
    zeta=-0.0259,
    c=1.3637,
    least=2.0732,
    most=290.4521,
)


@dataclass(frozen=True)
class JointOptimum:
    """The best model for a budget. active: N; flops: those it takes, fewer where memory and data end."""

    experts: int
    active: float
    tokens: float
    flops: float
    loss: float


def optimum(
    law: JointLaw, experts: int, flops: float, most_tokens: float = inf, memory: Memory | None = None
) -> JointOptimum:
    """The size and tokens of least loss of a number of experts, for so many operations of training, data and memory.

    Along F = 6 N D the loss is convex in log N, so that the nearest size allowed is the best one.

    Args:
        law: the law.
        experts: how many, 1 being dense.
        flops: operations of training, at most.
        most_tokens: how many training tokens there are.
        memory: what weights and kept tokens must fit into; None bounds nothing.
    """
    of_one = law.at(experts)
    per_token = flops / _FLOPS_A_PARAMETER
    active = max(of_one.best_active(flops), per_token / most_tokens)
    if memory is not None:
        active = min(active, most_active(experts, memory))
    tokens = min(per_token / active, most_tokens)
    return JointOptimum(experts, active, tokens, _FLOPS_A_PARAMETER * active * tokens, of_one.loss(active, tokens))


def best_experts(
    law: JointLaw,
    flops: float,
    most_tokens: float = inf,
    memory: Memory | None = None,
    choices: Sequence[int] = EXPERTS,
) -> JointOptimum:
    """The number of experts, size and tokens of least loss.

    Args:
        law: the law.
        flops: operations of training, at most.
        most_tokens: how many training tokens there are.
        memory: what weights and kept tokens must fit into; None bounds nothing.
        choices: numbers of experts to choose from.
    """
    return min((optimum(law, each, flops, most_tokens, memory) for each in choices), key=lambda best: best.loss)
