"""A Dirichlet distribution over lines, learned by variational inference through evaluations alone.

After the importance switches of "Variable selection with variational Dirichlet switches" (Adamczewski, Park: "Dirichlet
Pruning", AISTATS 2021; Q-FIT, 2020), with one difference: a line is truly removed, never scaled. A switch that scales a
line's depth would show the network depths that no lidar gives.

    s ~ Dirichlet(alpha)                      importance of each candidate, reparameterised (torch.distributions)
    order ~ Plackett-Luce(s), cut after k     which k lines are kept: drawn one by one, in proportion to s
    ELBO = E[-error(kept) / tau] - KL(Dirichlet(alpha) || Dirichlet(1))

Of the possible masks (relaxed top-k, Bernoulli) this is the exact top-k of s perturbed by Gumbel noise: always k lines,
so that budgets are what they say. Its gradient is the score function's, with the mean of the other draws of the step as
baseline (unbiased; Kool et al. 2019), so the network is asked forwards only: nothing of it can move, and any network
will do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.evaluated import Evaluated
from lidarsel.selection.room import Room

if TYPE_CHECKING:
    from torch import Tensor

_DRAWS = 8
"""Sets evaluated in a step, all of one budget."""
_LEARNING_RATE = 0.15
_CAUTION = 0.25
"""tau, as a part of the spread of errors among the first draws of a budget: how much evidence an evaluation is."""


@dataclass(frozen=True, eq=False)
class Importance:
    """Of m candidates, each float64 (m,): mean and standard deviation of the Dirichlet, which sum to 1 (the mean)."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


def learn_importance(error: Evaluated, room: Room, budgets: Sequence[int], evaluations: int, seed: int) -> Importance:
    """Learn one distribution for all budgets, taken in turn, from about ``evaluations`` sets of candidates."""
    import torch
    from torch.distributions import Dirichlet, kl_divergence

    kept = np.isin(room.candidates, room.keep)
    free = np.flatnonzero(~kept)
    rng = np.random.default_rng([seed, 3])
    generator_state = torch.random.get_rng_state()
    torch.manual_seed(seed)  # Dirichlet draws from the global generator, which is put back
    raw = torch.full((len(free),), float(np.log(np.e - 1)), dtype=torch.float64, requires_grad=True)  # softplus = 1
    prior = Dirichlet(torch.ones(len(free), dtype=torch.float64))
    optimiser = torch.optim.Adam([raw], lr=_LEARNING_RATE)
    spread: dict[int, float] = {}
    sizes = [size for size in (room.n_active(budget) - int(kept.sum()) for budget in budgets) if 0 < size < len(free)]
    try:
        for step in range(max(1, evaluations // _DRAWS) if sizes else 0):
            size = sizes[step % len(sizes)]
            learned = Dirichlet(torch.nn.functional.softplus(raw) + 1e-3)
            log_s = learned.rsample((_DRAWS,)).clamp(min=1e-12).log()  # (draws, m)
            gumbel = -np.log(-np.log(rng.random(log_s.shape)))
            order = np.argsort(-(log_s.detach().numpy() + gumbel), axis=1)[:, :size].copy()
            masks = np.zeros((_DRAWS, room.n), bool)
            masks[:, room.candidates[kept]] = True
            masks[np.arange(_DRAWS)[:, None], room.candidates[free[order]]] = True
            found = error(masks)
            tau = _CAUTION * spread.setdefault(size, float(found.std()) or 1.0)
            baseline = (found.sum() - found) / (_DRAWS - 1)
            reward = torch.from_numpy((baseline - found) / tau)
            elbo = (reward * _log_probability(log_s, torch.from_numpy(order))).mean() - kl_divergence(learned, prior)
            optimiser.zero_grad()
            (-elbo).backward()
            optimiser.step()
    finally:
        torch.random.set_rng_state(generator_state)
    alpha = torch.nn.functional.softplus(raw.detach()) + 1e-3
    learned = Dirichlet(alpha)
    mean, deviation = np.zeros(len(room.candidates)), np.zeros(len(room.candidates))
    mean[free], deviation[free] = learned.mean.numpy(), learned.variance.sqrt().numpy()
    return Importance(mean, deviation)


def _log_probability(log_s: "Tensor", order: "Tensor") -> "Tensor":
    """(D, m) log importances and (D, k) draws in their order -> (D,) log probability of each (Plackett 1975)."""
    import torch

    chosen = log_s.gather(1, order)
    everything = log_s.logsumexp(1, keepdim=True)
    before = torch.cat([torch.zeros_like(chosen[:, :1]), chosen.exp().cumsum(1)[:, :-1]], 1)
    left = (everything.exp() - before).clamp(min=1e-12).log()
    return (chosen - left).sum(1)
