"""Functions of a coalition that a surrogate game is made of, free of Shapley values.

Only the odd part (f(S) - f(all - S)) / 2 of a game carries Shapley values, so each feature is an odd part. From each
the linear part sum_i phi_i(f) (1[i in S] - 1/2) is taken away, phi(f) being its Shapley values in closed form
(lidarsel.shapley.conjunctions): what is left has Shapley value exactly 0 for everybody. A game fitted by
sum_i w_i (1[i in S] - 1/2) + (features) therefore has the Shapley values w, whatever the features' coefficients.

The blocks for any n players:

- players: 1[i in S] - 1/2. The only block with Shapley values.
- size: indicators of |S|.
- player_size: 1[i in S] x^2 with x = 2 |S| / n - 1: a player's worth that grows or fades with the company it has.

Players in an order have more: lidarsel.shapley.order_features.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lidarsel.shapley.conjunctions import conjunctions

POWERS = 3
FEWEST_PLAYERS = 6
"""Below this a game is enumerated sooner than sampled: players and sizes are enough."""


@dataclass(frozen=True, eq=False)
class Features:
    """p features of coalitions of n players.

    Args:
        n: how many players there are.
        blocks: the columns of each kind of feature, players first.
        linear: float64 (p, n), the Shapley values taken away (0 for the players block).
    """

    n: int
    blocks: tuple[slice, ...]
    linear: NDArray[np.float64]

    @property
    def count(self) -> int:
        return len(self.linear)

    def __call__(self, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n), neither empty nor full -> float64 (M, p)."""
        half = coalitions - 0.5
        size = coalitions.sum(1)[:, None]
        small = np.arange(1, (self.n - 1) // 2 + 1)
        features = half @ -self.linear.T
        features[:, : self.n] += half
        sized = features[:, self.n : self.n + len(small)]
        sized += (size == small) * 0.5
        sized -= (size == self.n - small) * 0.5
        if self.n >= FEWEST_PLAYERS:
            start = self.n + len(small) + self.n
            features[:, start - self.n : start] += half * (2 * size / self.n - 1) ** 2
            self._add_further(features[:, start:], coalitions, 0.5)
            self._add_further(features[:, start:], ~coalitions, -0.5)
        return features

    def _add_further(self, features: NDArray[np.float64], s: NDArray[np.bool_], sign: float) -> None:
        """Add sign times the blocks after player_size, of coalitions s, to (M, their columns); here there are none."""


@lru_cache(maxsize=8)
def unordered_features(n: int) -> Features:
    """The features of n players that are in no order."""
    linear = linear_parts(n)
    return Features(n, consecutive(linear), np.concatenate(linear))


def linear_parts(n: int) -> list[NDArray[np.float64]]:
    """Shapley values, (features, n), of the blocks that any n players have."""
    parts = [np.zeros((n, n)), np.zeros(((n - 1) // 2, n))]
    if n >= FEWEST_PLAYERS:
        # 1[i in S] x^2 is a conjunction with A = {i}
        tables = conjunctions(n, POWERS)
        parts.append(np.where(np.eye(n, dtype=bool), tables.present[1, 0, 2], tables.other[1, 0, 2]))
    return parts


def consecutive(parts: Sequence[NDArray[np.float64]]) -> tuple[slice, ...]:
    """The columns of each part that has any, one part after the other."""
    bounds = np.cumsum([0, *(len(part) for part in parts)])
    return tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(bounds) if b > a)
