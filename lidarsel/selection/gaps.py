"""Gaps of ordered sets: which there are, what they cost, and what is expected of that before anything is evaluated."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GapPrior:
    """What errors of sets are expected to be before a frame is seen: an interval model (``interval_model``) of frames
    elsewhere, up to a factor.

    Args:
        players: int64 (m,), those that it is about, ascending.
        cost: float64 (m + 1, m + 1); cost[a, b] of a gap of players[a] to players[b - 1].
        constant: of a set without gaps, greater than 0.
        power: an error's to which costs add up.
    """

    players: NDArray[np.int64]
    cost: Doubles
    constant: float
    power: float

    def log_error(self, masks: NDArray[np.bool_]) -> Doubles:
        """Bool (M, n) -> float64 (M,), logarithms of the expected errors, but for a number that all have in common."""
        total = self.constant + gap_matrix(masks[:, self.players]) @ self.cost[:-1, 1:].ravel()
        result: Doubles = np.log(total) / self.power
        return result

    def slope(self, mask: NDArray[np.bool_]) -> float:
        """By how much the logarithm of the error of a subset, bool (n,), rises for each unit of cost."""
        return float(np.exp(-self.power * self.log_error(mask[None])[0])) / self.power

    def cost_among(self, candidates: NDArray[np.int64]) -> Doubles:
        """``cost`` where only some of ``players`` may be chosen: float64 (k + 1, k + 1) for their number k."""
        return among(self.cost, np.searchsorted(self.players, candidates))


def among(cost: Doubles, places: NDArray[np.int64]) -> Doubles:
    """Costs of gaps where only some players may be chosen.

    Args:
        cost: float64 (m + 1, m + 1) of m players, as in ``GapPrior``.
        places: int64 (k,), never falling, of each of the others among these; two at one place have no gap between them.

    Returns:
        float64 (k + 1, k + 1).
    """
    first, last = np.array([0, *places + 1]), np.array([*places, len(cost) - 1])
    found: Doubles = cost[first[:, None], np.maximum(first[:, None], last)]
    return found


def gap_matrix(coalitions: NDArray[np.bool_]) -> scipy.sparse.csr_array:
    """Bool (M, m) -> sparse (M, m * m): entry a * m + b is 1 where players a..b are a whole gap of the coalition."""
    count, m = coalitions.shape
    fenced = np.ones((count, m + 2), bool)
    fenced[:, 1:-1] = coalitions
    row, place = np.nonzero(fenced)
    first, last = place[:-1], place[1:] - 2
    gap = (row[1:] == row[:-1]) & (last >= first)
    entries = (np.ones(gap.sum()), (row[:-1][gap], first[gap] * m + last[gap]))
    return scipy.sparse.csr_array(entries, shape=(count, m * m))


def sum_inside(weight: Doubles) -> Doubles:
    """Float64 (m, m), w[i, j] -> [a, b]: the sum over a <= i, j <= b."""
    return np.cumsum(np.cumsum(weight[::-1], 0)[::-1], 1)


def sum_around(gap: Doubles) -> Doubles:
    """The adjoint of ``sum_inside``: float64 (m, m), g[a, b] -> [i, j]: the sum over a <= i, j <= b."""
    return np.cumsum(np.cumsum(gap, 0)[:, ::-1], 1)[:, ::-1]
