"""A game whose players are no lines: modules of an ensemble, in no order, on batches of questions."""

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import FIGURES
from lidarsel.evaluation.base import EvaluationKey, PlayerSet

NAMES = ("parser", "memory", "planner", "critic", "search", "calculator")
BATCHES = ("easy", "mixed", "hard")
TOGETHER = (({0, 5}, 9.0), ({1, 3}, 5.0), ({2, 4}, -3.0), ({0, 3, 4}, 6.0))
"""Modules, and by how much all of them together lower the error beyond what each does."""
IDLE = {"easy": {5}, "hard": {1}}
"""Modules that have nothing to do in a batch."""


class Modules:
    """RMSE of a batch = 90, less what each module that has something to do is worth, less what some are worth together.

    MAE, iRMSE and iMAE are 1/2, 1/3 and 1/4 of it. ``asked`` remembers the coalitions that were evaluated.
    """

    def __init__(self, kind: str = "module", names: tuple[str, ...] = NAMES, seed: int = 0) -> None:
        self.players = PlayerSet(kind, names, ordered=False)
        self.frame_ids = list(BATCHES)
        self.key = EvaluationKey(kind, len(names), FIGURES, "aa" * 32, "none", "cpu", "numpy")
        self.worth = np.random.default_rng(seed).uniform(1, 5, (len(BATCHES), len(names)))
        self.asked: list[tuple[int, NDArray[np.bool_]]] = []

    def active(self, frame: int) -> NDArray[np.bool_]:
        idle = IDLE.get(self.frame_ids[frame], set())
        return np.array([number not in idle for number in range(self.players.n)])

    def digest(self, frame: int) -> str:
        return self.frame_ids[frame].encode().hex()

    def read_ahead(self, frame: int, players_only: bool = False) -> None:
        assert 0 <= frame < len(self.frame_ids)

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        self.asked.append((frame, coalitions))
        rmse = np.array([self.rmse(frame, {int(p) for p in np.flatnonzero(row)}) for row in coalitions])
        return rmse[:, None] / np.array([1.0, 2.0, 3.0, 4.0])

    def rmse(self, frame: int, members: set[int]) -> float:
        busy = members - IDLE.get(self.frame_ids[frame], set())
        together = sum(worth for some, worth in TOGETHER if some <= busy)
        return 90.0 - sum(float(self.worth[frame, member]) for member in busy) - (frame + 1) * together

    def mean_rmse(self, members: set[int]) -> float:
        return float(np.mean([self.rmse(frame, members) for frame in range(len(self.frame_ids))]))

    def shapley_values(self) -> NDArray[np.float64]:
        """Float64 (F, n): the mean gain of each player over all orders of them, one by one."""
        n = self.players.n
        orders = list(permutations(range(n)))
        values = np.zeros((len(self.frame_ids), n))
        for frame in range(len(self.frame_ids)):
            worth = {members: -self.rmse(frame, set(members)) for members in _subsets(n)}
            for order in orders:
                for place, player in enumerate(order):
                    before = frozenset(order[:place])
                    values[frame, player] += worth[before | {player}] - worth[before]
        return values / len(orders)


def _subsets(n: int) -> list[frozenset[int]]:
    return [frozenset(p for p in range(n) if number >> p & 1) for number in range(2**n)]


@dataclass(frozen=True)
class ModulesSpec:
    """What a worker elsewhere makes the game from."""

    device: str = "cpu"
    folder: Path = Path("/")
    python_path: tuple[str, ...] = ()

    def game(self) -> Modules:
        return Modules()
