"""Evidence from players that are removed: errors of what is left, asked forwards only.

    s ~ Dirichlet(alpha)                      importance of each player, reparameterised (torch.distributions)
    order ~ Plackett-Luce(s), cut after k     which k players stay: drawn one by one, in proportion to s
    ELBO = E[-error(kept) / tau] - KL(Dirichlet(alpha) || Dirichlet(1))

Of the possible masks (relaxed top-k, Bernoulli) this is the exact top-k of s perturbed by Gumbel noise: always k
players, so that budgets are what they say. Its gradient is the score function's, with the mean of the other draws of
the step as baseline (unbiased; Kool et al. 2019).
"""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.importance.dirichlet import dirichlet, divergence

if TYPE_CHECKING:
    from torch import Tensor

DRAWS = 8
"""Sets evaluated in a step, all of one size."""
_CAUTION = 0.25
"""tau, as a part of the spread of errors among the first draws of a size: how much evidence an evaluation is."""

ErrorOfKept = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Int64 (DRAWS, k), the players that stay, in the order they were drawn -> float64 (DRAWS,), their errors."""


class RemovedPlayers:
    """Draws sets of players and learns from their errors. Orders come from ``seed``, s from torch's generator."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 3])
        self._spread: dict[tuple[Hashable, int], float] = {}

    def elbo(self, raw: "Tensor", size: int, error: ErrorOfKept, whose: Hashable) -> "Tensor":
        """The ELBO estimated from draws of a size, for its gradient.

        Args:
            raw: float64 (n,), parameters of the Dirichlet.
            size: how many players stay, 0 < size < n.
            error: asked once.
            whose: tells errors of different scales apart, such as those of two frames.
        """
        import torch

        learned = dirichlet(raw)
        log_s = learned.rsample((DRAWS,)).clamp(min=1e-12).log()  # (draws, n)
        gumbel = -np.log(-np.log(self._rng.random(log_s.shape)))
        order = np.argsort(-(log_s.detach().numpy() + gumbel), axis=1)[:, :size].copy()
        found = error(order)
        tau = _CAUTION * self._spread.setdefault((whose, size), float(found.std()) or 1.0)
        baseline = (found.sum() - found) / (DRAWS - 1)
        reward = torch.from_numpy((baseline - found) / tau)
        evidence = (reward * log_probability(log_s, torch.from_numpy(order))).mean()
        return evidence - divergence(learned, 1.0)


def log_probability(log_s: "Tensor", order: "Tensor") -> "Tensor":
    """(D, m) log importances and (D, k) draws in their order -> (D,) log probability of each (Plackett 1975)."""
    import torch

    chosen = log_s.gather(1, order)
    everything = log_s.logsumexp(1, keepdim=True)
    before = torch.cat([torch.zeros_like(chosen[:, :1]), chosen.exp().cumsum(1)[:, :-1]], 1)
    left = (everything.exp() - before).clamp(min=1e-12).log()
    return (chosen - left).sum(1)
