"""Features of coalitions of players in an order (see lidarsel.shapley.features), with blocks of their own.

For players 0..n - 1 in the order of their places:

- gaps: smooth functions of a gap's length and centre, summed over the gaps between neighbouring members and at both
  ends. This is a cost for every stretch of players left out, as in the interval model of lidarsel.selection. Each sum
  also comes times x and times x^2, so that the cost may bend with the coalition's size, as that of a mean of square
  roots does.
- distance: 1 - exp(-d / L) at every place, d being the distance to the nearest member, for three lengths L. It is what
  a row loses whose nearest member is d away (the airport game of Littlechild and Owen, 1973).
- neighbours: exp(-l / a) exp(-r / b) times smooth functions of place, summed over members; l and r are the distances to
  the next members below and above. It joins the two gaps beside a player, which no sum over single gaps can.
- sides: smooth functions of both distances at every place, to the members below and above it, smooth in place too. It
  is any cost of a gap that is made up of what is lost at its places, finer in place and length than the gaps block.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from lidarsel.shapley.conjunctions import conjunctions
from lidarsel.shapley.features import FEWEST_PLAYERS, POWERS, Features, consecutive, linear_parts, unordered_features
from lidarsel.shapley.gap_functions import both_sides, hats, length_and_centre, shapley_values

_DISTANCE_LENGTHS = (2.0, 6.0, 20.0)
_NEIGHBOUR_LENGTHS = (1.0, 3.0, 9.0)
_PLACE_KNOTS = 5


@dataclass(frozen=True, eq=False)
class OrderFeatures(Features):
    """Features of coalitions of n ordered players.

    Args:
        gap_table, side_table: float64 ((n + 2)^2, g), functions of each gap (lidarsel.shapley.gap_functions).
        distance_table: float64 (n + 1, scales), value at each distance.
        decays: float64 (lengths, n + 2), exp(-distance / length).
        places: float64 (n, places), smooth functions of place.
    """

    gap_table: NDArray[np.float64]
    side_table: NDArray[np.float64]
    distance_table: NDArray[np.float64]
    decays: NDArray[np.float64]
    places: NDArray[np.float64]

    def _add_further(self, features: NDArray[np.float64], s: NDArray[np.bool_], sign: float) -> None:
        """Add sign times the blocks that follow player_size, of coalitions s, to (M, their columns)."""
        n, m = self.n, len(s)
        members = s.sum(1)
        fenced = np.ones((m, n + 2), bool)
        fenced[:, 1:-1] = s
        place = np.flatnonzero(fenced) % (n + 2)
        end = np.cumsum(members + 2) - 1
        inside = np.ones(len(place), bool)
        inside[end] = False
        gap = (place[:-1] * (n + 2) + place[1:])[inside[:-1]]
        starts = np.concatenate([[0], np.cumsum(members + 1)])
        counts = scipy.sparse.csr_matrix((np.full(len(gap), sign), gap, starts), shape=(m, (n + 2) ** 2))
        features[:, -self.side_table.shape[1] :] += counts @ self.side_table
        gaps = counts @ self.gap_table
        column = 0
        for power in range(POWERS):
            features[:, column : column + gaps.shape[1]] += gaps * (2 * members[:, None] / n - 1) ** power
            column += gaps.shape[1]

        here = np.arange(n)
        below = np.maximum.accumulate(np.where(s, here, -n - 1), axis=1)
        above = np.minimum.accumulate(np.where(s, here, 2 * n + 1)[:, ::-1], axis=1)[:, ::-1]
        nearest = np.minimum(np.minimum(here - below, above - here), n)
        for table in self.distance_table.T:
            features[:, column : column + n] += (sign * table)[nearest]
            column += n

        left, right = np.ones((m, n), int), np.ones((m, n), int)
        left[:, 1:] += np.minimum(here[1:] - 1 - below[:, :-1], here[1:])
        right[:, :-1] += np.minimum(above[:, 1:] - here[:-1] - 1, n - 1 - here[:-1])
        lows = [np.where(s, (sign * decay)[left], 0) for decay in self.decays]
        highs = [decay[right] for decay in self.decays]
        for low in lows:
            for high in highs:
                features[:, column : column + self.places.shape[1]] += (low * high) @ self.places
                column += self.places.shape[1]


@lru_cache(maxsize=8)
def order_features(n: int) -> Features:
    """The features of n players in an order; their closed forms are worked out once a process (0.1 s for 64)."""
    if n < FEWEST_PLAYERS:  # no room for gaps
        return unordered_features(n)
    gaps, sides = length_and_centre(n), both_sides(n)
    distance, distance_linear = _distances(n)
    decays, places, neighbour_linear = _neighbours(n)
    gap_linear, side_linear = shapley_values(gaps, n, POWERS), shapley_values(sides, n, 1)
    linear = [*linear_parts(n), gap_linear, distance_linear, neighbour_linear, side_linear]
    return OrderFeatures(n, consecutive(linear), np.concatenate(linear), gaps, sides, distance, decays, places)


def _distances(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value by distance, and Shapley values (scales * n, n).

    f = sum over radii of (c(radius + 1) - c(radius)) 1[nobody within the radius]: each of the players within has an
    equal share of each term, with a minus sign. Of no player at all f is 1 (distance n).
    """
    radius = np.arange(n + 1)
    table = 1 - np.exp(-radius[:, None] / np.array(_DISTANCE_LENGTHS))
    table[n] = 1
    here = np.arange(n)
    apart = np.abs(here[:, None] - here)
    within = (apart[:, :, None] <= radius[:n]).sum(1)  # (place, radius)
    shares = -np.diff(table, axis=0)[None] / within[:, :, None]  # (place, radius, scale)
    from_radius = np.flip(np.cumsum(np.flip(shares, 1), axis=1), 1)
    linear = from_radius[here[:, None], apart]  # (place, player, scale)
    return table, linear.transpose(2, 0, 1).reshape(-1, n)


def _neighbours(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """exp(-distance / length) as (lengths, n + 2), place functions (n, places), Shapley values.

    Member m with the next members l below and r above is the conjunction A = {m - l, m, m + r} (less an end that is
    no player), T = all between.
    """
    decays = np.exp(-np.arange(n + 2) / np.array(_NEIGHBOUR_LENGTHS)[:, None])
    pairs = np.array([(low, high) for low in decays for high in decays])
    places = hats(np.arange(n), 0.0, n - 1.0, _PLACE_KNOTS)
    tables = conjunctions(n, 1)
    linear = np.zeros((len(pairs), _PLACE_KNOTS, n))
    for m in range(n):
        left, right = np.arange(1, m + 2), np.arange(1, n - m + 1)
        present = 1 + (left <= m)[:, None] + (right < n - m)[None]
        absent = left[:, None] + right - 2
        weight = pairs[:, 0, left][:, :, None] * pairs[:, 1, right][:, None]  # (pairs, left, right)
        of_present = weight * tables.present[present, absent, 0]
        of_absent = weight * tables.absent[present, absent, 0]
        values = np.zeros((len(pairs), n))
        values[:, m] = of_present.sum((1, 2))
        # player m - j is the member below where left = j, and lies between where left > j; above likewise
        for side, axis in ((-1, 2), (1, 1)):
            ends, between = of_present.sum(axis), of_absent.sum(axis)
            beyond = np.flip(np.cumsum(np.flip(between, 1), axis=1), 1)
            steps = np.arange(1, ends.shape[1])
            values[:, m + side * steps] += ends[:, steps - 1] + beyond[:, steps]
        linear += places[m][None, :, None] * values[:, None]
    return decays, places, linear.reshape(-1, n)
