"""A Dirichlet distribution over players, learned by variational inference through evaluations alone.

After the importance switches of "Variable selection with variational Dirichlet switches" (Adamczewski, Park: "Dirichlet
Pruning", AISTATS 2021; Q-FIT, 2020), with one difference: a player is truly removed, never scaled. A switch that scales
what a player brings, as the depths of a lidar's line, would show the network what no sensor gives.

    s ~ Dirichlet(alpha)                      importance of each candidate, reparameterised (torch.distributions)
    order ~ Plackett-Luce(s), cut after k     which k players stay: drawn one by one, in proportion to s
    ELBO = E[-error(kept) / tau] - KL(Dirichlet(alpha) || Dirichlet(1))

Of the possible masks (relaxed top-k, Bernoulli) this is the exact top-k of s perturbed by Gumbel noise: always k
players, so that budgets are what they say. Its gradient is the score function's, with the mean of the other draws of
the step as baseline (unbiased; Kool et al. 2019), so the network is asked forwards only: nothing of it can move, and
any network will do.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.base import Insight
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.room import Room

if TYPE_CHECKING:
    from torch import Tensor

_DRAWS = 8
"""Sets evaluated in a step, all of one budget."""
LEARNING_RATE = 0.15
_CAUTION = 0.25
"""tau, as a part of the spread of errors among the first draws of a budget: how much evidence an evaluation is."""


@dataclass(frozen=True, eq=False)
class Importance(Insight):
    """The Dirichlet over m candidates, ``players``; of those that must be kept there is nothing to learn: they have 0.

    Args:
        mean: float64 (m,), the mean of each; they sum to 1.
        spread: float64 (m,), the standard deviation of each.
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


class Switches:
    """The candidates of a room that may be kept or not, and the ELBO of a Dirichlet over them.

    Attributes:
        free: int64 (f,), which of the candidates.
        sizes: how many of them a budget keeps, for each budget that leaves a choice.
    """

    def __init__(self, room: Room, budgets: Sequence[int], seed: int) -> None:
        kept = np.isin(room.candidates, room.keep)
        sizes = [room.n_active(budget) - int(kept.sum()) for budget in budgets]
        self.room = room
        self.free = np.flatnonzero(~kept)
        self.sizes = [size for size in sizes if 0 < size < len(self.free)]
        self._kept = room.candidates[kept]
        self._rng = np.random.default_rng([seed, 3])
        self._spread: dict[tuple[ErrorMemory, int], float] = {}

    def steps(self, evaluations: int) -> Iterator[int]:
        """The size of each step's draws: budgets in turn, none where there is nothing to choose."""
        for step in range(max(1, evaluations // _DRAWS) if self.sizes else 0):
            yield self.sizes[step % len(self.sizes)]

    def elbo(self, raw: "Tensor", size: int, error: ErrorMemory) -> "Tensor":
        """Float64 (f,), alpha before its softplus -> the ELBO estimated from draws of a size, for its gradient."""
        import torch
        from torch.distributions import Dirichlet, kl_divergence

        learned = Dirichlet(_alpha(raw))
        log_s = learned.rsample((_DRAWS,)).clamp(min=1e-12).log()  # (draws, f)
        gumbel = -np.log(-np.log(self._rng.random(log_s.shape)))
        order = np.argsort(-(log_s.detach().numpy() + gumbel), axis=1)[:, :size].copy()
        masks = np.zeros((_DRAWS, self.room.n), bool)
        masks[:, self._kept] = True
        masks[np.arange(_DRAWS)[:, None], self.room.candidates[self.free[order]]] = True
        found = error(masks)
        tau = _CAUTION * self._spread.setdefault((error, size), float(found.std()) or 1.0)
        baseline = (found.sum() - found) / (_DRAWS - 1)
        reward = torch.from_numpy((baseline - found) / tau)
        evidence = (reward * _log_probability(log_s, torch.from_numpy(order))).mean()
        return evidence - kl_divergence(learned, Dirichlet(torch.ones_like(raw)))

    def importance(self, raw: "Tensor") -> Importance:
        """Float64 (f,), alpha before its softplus -> mean and spread of every candidate."""
        from torch.distributions import Dirichlet

        learned = Dirichlet(_alpha(raw.detach()))
        mean, spread = np.zeros((2, len(self.room.candidates)))
        mean[self.free], spread[self.free] = learned.mean.numpy(), learned.variance.sqrt().numpy()
        return Importance(self.room.candidates, mean, spread)


def learn_importance(error: ErrorMemory, room: Room, budgets: Sequence[int], evaluations: int, seed: int) -> Importance:
    """Learn one distribution for all budgets, which are taken in turn.

    Args:
        error: tells the errors of sets.
        room: which sets there may be.
        budgets: their sizes.
        evaluations: about how many sets may be asked for.
        seed: of what is drawn.
    """
    import torch

    switches = Switches(room, budgets, seed)
    with global_generator(seed):
        raw = torch.zeros(len(switches.free), dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.Adam([raw], lr=LEARNING_RATE)
        for size in switches.steps(evaluations):
            optimiser.zero_grad()
            torch.autograd.backward(-switches.elbo(raw, size, error))
            optimiser.step()
    return switches.importance(raw)


@contextmanager
def global_generator(seed: int) -> Iterator[None]:
    """Seed torch's global generator, which Dirichlet draws from, and put it back as it was."""
    import torch

    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.random.set_rng_state(state)


def _alpha(raw: "Tensor") -> "Tensor":
    """Always above 0; at 0 that of the prior, 1, but for the last thousandth."""
    import torch

    return torch.nn.functional.softplus(raw + float(np.log(np.e - 1))) + 1e-3


def _log_probability(log_s: "Tensor", order: "Tensor") -> "Tensor":
    """(D, m) log importances and (D, k) draws in their order -> (D,) log probability of each (Plackett 1975)."""
    import torch

    chosen = log_s.gather(1, order)
    everything = log_s.logsumexp(1, keepdim=True)
    before = torch.cat([torch.zeros_like(chosen[:, :1]), chosen.exp().cumsum(1)[:, :-1]], 1)
    left = (everything.exp() - before).clamp(min=1e-12).log()
    return (chosen - left).sum(1)
