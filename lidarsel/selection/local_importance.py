"""A small network that says from a frame's features how important each player is on that frame.

The local mode of the importance switches (Adamczewski et al., "Q-FIT: The Quantifiable Feature Importance Technique for
Explainable Machine Learning", arXiv 2010.13872): instead of one alpha for all frames, alpha = network(features),
learned over all frames by the ELBO of ``importance``. A frame that was not learned from needs no evaluation.

    h      = tanh(W z + c)                      z: a player's features, less their mean over the frames learned from
    raw[i] = b[i] + u . h[i] + v[i] . mean(h)   what a player's own features say, and what the whole frame says of it

W, c and u are shared by all players; b[i] and v[i] are each player's own. b, u and v begin at 0: with the prior,
on every frame. Tanh bounds what features never seen can do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lidarsel.importance.dirichlet import global_generator
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.importance import LEARNING_RATE, Importance, Switches
from lidarsel.selection.room import Room

if TYPE_CHECKING:
    from torch import Tensor

_HIDDEN = 8

ErrorOn = Callable[[int, NDArray[np.bool_]], NDArray[np.float64]]
"""``(frame, subsets)``: bool (M, n) -> float64 (M,), their errors on one frame; nothing is less than 0."""


@dataclass(frozen=True, eq=False)
class LocalImportance:
    """A learned network, which ``of`` asks."""

    _switches: Switches
    _network: "_Network"

    def of(self, features: NDArray[np.float64]) -> Importance:
        """Float64 (n_players, n_features) of a frame, learned from or not -> its importance."""
        return self._switches.importance(self._network.raw(features))


def learn_local_importance(
    error_on: ErrorOn,
    features: NDArray[np.float64],
    room: Room,
    budgets: Sequence[int],
    evaluations: int,
    seed: int,
) -> LocalImportance:
    """Learn from frames. A step draws sets of one budget for each frame, and follows the mean of the frames' gradients.

    Args:
        error_on: the errors of sets on a frame.
        features: float64 (n_frames, n_players, n_features), finite.
        room: what the constraints leave.
        budgets: sizes of the sets, taken in turn.
        evaluations: about how many sets may be asked for on each frame.
        seed: of the network's first weights and of the draws.

    Returns:
        What says the importance of players on a frame, learned from or not.
    """
    import torch

    switches = Switches(room, budgets, seed)
    errors = [ErrorMemory(partial(error_on, frame), room.active) for frame in range(len(features))]
    with global_generator(seed):
        network = _Network(features, room.candidates[switches.free])
        optimiser = torch.optim.Adam(network.parameters, lr=LEARNING_RATE / np.sqrt(_HIDDEN))
        for size in switches.steps(evaluations):
            optimiser.zero_grad()
            for frame, error in enumerate(errors):  # one by one: tensors too small for threads to share out
                torch.autograd.backward(-switches.elbo(network.raw(features[frame]), size, error) / len(errors))
            optimiser.step()
    return LocalImportance(switches, network)


class _Network:
    """The parameters above, float64, for players int64 (f,) and features as those given, (n_frames, n_players, d)."""

    def __init__(self, features: NDArray[np.float64], players: NDArray[np.int64]) -> None:
        import torch

        apart = features - features.mean(0)
        self._players = players
        self._centre = features.mean(0)
        spread = apart.std((0, 1))
        self._unit = np.where(spread > 1e-9, spread, np.inf)  # nothing can be learned of what was always the same

        def zeros(*shape: int) -> "Tensor":
            return torch.zeros(shape, dtype=torch.float64, requires_grad=True)

        d = features.shape[2]
        self._weight = (torch.randn(d, _HIDDEN, dtype=torch.float64) / np.sqrt(d)).requires_grad_()
        self._bias, self._shared = zeros(_HIDDEN), zeros(_HIDDEN)
        self._own, self._base = zeros(len(players), _HIDDEN), zeros(len(players))
        self.parameters = [self._weight, self._bias, self._shared, self._own, self._base]

    def raw(self, features: NDArray[np.float64]) -> "Tensor":
        """Float64 (n_players, d) -> float64 (f,), alpha before its softplus."""
        import torch

        z = torch.from_numpy(((features - self._centre) / self._unit)[self._players])
        hidden = torch.tanh(z @ self._weight + self._bias)
        return self._base + hidden @ self._shared + self._own @ hidden.mean(0)
