"""A Dirichlet distribution over players, learned by variational inference through evaluations alone.

After the importance switches of "Variable selection with variational Dirichlet switches" (Adamczewski, Park: "Dirichlet
Pruning", AISTATS 2021; Q-FIT, 2020), with one difference: a player is truly removed, never scaled. A switch that scales
what a player brings, as the depths of a lidar's line, would show the network what no sensor gives.

The distribution and its evidence are those of ``lidarsel.importance``; here is which players a room and a budget leave
to choose from. The network is asked forwards only: nothing of it can move, and any network will do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.importance.dirichlet import global_generator, moments
from lidarsel.importance.removed import DRAWS, RemovedPlayers
from lidarsel.selection.base import Insight
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.room import Room

if TYPE_CHECKING:
    from torch import Tensor

LEARNING_RATE = 0.15


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
        self._removed = RemovedPlayers(seed)

    def steps(self, evaluations: int) -> Iterator[int]:
        """The size of each step's draws: budgets in turn, none where there is nothing to choose."""
        for step in range(max(1, evaluations // DRAWS) if self.sizes else 0):
            yield self.sizes[step % len(self.sizes)]

    def elbo(self, raw: "Tensor", size: int, error: ErrorMemory) -> "Tensor":
        """Float64 (f,), parameters of the Dirichlet -> the ELBO estimated from draws of a size, for its gradient."""

        def error_of_kept(order: NDArray[np.int64]) -> NDArray[np.float64]:
            masks = np.zeros((len(order), self.room.n), bool)
            masks[:, self._kept] = True
            masks[np.arange(len(order))[:, None], self.room.candidates[self.free[order]]] = True
            return error(masks)

        return self._removed.elbo(raw, size, error_of_kept, error)

    def importance(self, raw: "Tensor") -> Importance:
        """Float64 (f,), parameters of the Dirichlet -> mean and spread of every candidate."""
        mean, spread = np.zeros((2, len(self.room.candidates)))
        mean[self.free], spread[self.free] = moments(raw)
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
