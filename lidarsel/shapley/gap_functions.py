"""Functions of the gaps between neighbouring members of a coalition, and their Shapley values in closed form.

A table has a row for each pair of neighbouring members, (below + 1) (n + 2) + above + 1, where below = -1 and above = n
are no players but the two ends, and a column for each function. Summed over the gaps of a coalition it gives features;
the Shapley values of such a sum follow from those of conjunctions (lidarsel.shapley.conjunctions), since the gap
between members a < b is the conjunction A = {a, b}, T = what lies between. A gap at an end has one real member.
"""

import numpy as np
from numpy.typing import NDArray

from lidarsel.shapley.conjunctions import conjunctions

_LENGTH_KNOTS, _CENTRE_KNOTS = 8, 4
_SIDE_FUNCTIONS = 4
_PLAYERS_PER_KNOT = 6


def hats(at: NDArray[np.float64] | NDArray[np.int64], first: float, last: float, count: int) -> NDArray[np.float64]:
    """Float64 (len(at), count): piecewise linear functions on equal knots that sum to 1."""
    step = (last - first) / (count - 1)
    found: NDArray[np.float64] = np.maximum(
        0.0, 1 - np.abs((np.asarray(at)[:, None] - first) / step - np.arange(count))
    )
    return found


def length_and_centre(n: int) -> NDArray[np.float64]:
    """Float64 ((n + 2)^2, g): smooth functions of a gap's length and centre, those at the ends apart.

    They grow with the length: what is lost in a gap does.
    """
    below, above, real = _gaps(n)
    length = above - below - 1
    low_end, high_end = below < 0, above >= n
    of_length = np.zeros((len(length), _LENGTH_KNOTS))
    of_length[real] = hats(np.log(length[real]), 0.0, np.log(n), _LENGTH_KNOTS) * length[real, None]
    of_centre = hats((below + above) / 2, 0.0, n - 1.0, _CENTRE_KNOTS)
    middle = np.where((low_end | high_end)[:, None], 0, (of_length[:, :, None] * of_centre[:, None]).reshape(-1, 32))
    table = np.concatenate([middle, of_length * low_end[:, None], of_length * high_end[:, None]], axis=1)
    return table[:, table.any(0)]


def both_sides(n: int) -> NDArray[np.float64]:
    """Float64 ((n + 2)^2, g): what is lost at each place of a gap, by its distances to both of the gap's ends.

    The sum over the places b of a gap of (t_a(l) t_c(r) - t_a(0) t_c(0)) h(b), where l and r are how many players lie
    between b and the members on either side, h is smooth in place, and t are the leading eigenvectors of the
    covariance exp(-|log(1 + d) - log(1 + d')|): that is, the error at a place is a smooth function of the logarithms
    of both distances. What stands at b are the n + 1 places before, between and behind the players.
    """
    log_distance = np.log1p(np.arange(n + 1))
    variance, vectors = np.linalg.eigh(np.exp(-np.abs(log_distance[:, None] - log_distance)))
    of_distance = (vectors * np.sqrt(variance))[:, ::-1][:, :_SIDE_FUNCTIONS]
    of_place = hats(np.arange(n + 1), 0.0, n, n // _PLAYERS_PER_KNOT + 1)
    none = np.outer(of_distance[0], of_distance[0])
    table = np.zeros(((n + 2) ** 2, none.size * of_place.shape[1]))
    for length in range(1, n):
        left = of_distance[: length + 1]
        lost = (left[:, :, None] * left[::-1, None] - none).reshape(length + 1, -1)
        for below in range(-1, n - length):
            here = lost.T @ of_place[below + 1 : below + length + 2]
            table[(below + 1) * (n + 2) + below + length + 2] = here.ravel()
    return table


def shapley_values(table: NDArray[np.float64], n: int, powers: int) -> NDArray[np.float64]:
    """Float64 (powers * g, n): of the sums of a table's functions over gaps, times x^0, x^1, ..., x = 2 |S| / n - 1."""
    below, above, real = _gaps(n)
    below, above = below[real, None], above[real, None]
    here, length = np.arange(n), (above - below - 1)[:, 0]
    present = ((below >= 0) * 1 + (above < n))[:, 0]
    between = (here > below) & (here < above)
    ends = (here == below) | (here == above)
    tables = conjunctions(n, powers)
    linear = []
    for power in range(powers):
        kinds = (x[present, length, power][:, None] for x in (tables.present, tables.absent, tables.other))
        of_end, of_between, of_rest = kinds
        linear.append(table[real].T @ np.where(ends, of_end, np.where(between, of_between, of_rest)))
    return np.concatenate(linear)


def _gaps(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """The members below and above of each row, and whether it is a gap of a coalition that has somebody."""
    below, above = (x.ravel() - 1 for x in np.meshgrid(np.arange(n + 2), np.arange(n + 2), indexing="ij"))
    return below, above, (above - below > 1) & ~((below < 0) & (above >= n))
