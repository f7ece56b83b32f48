"""Which line the points of a ring are of: rings may count from either end, from 0 or from 1, or be laser numbers.

What counts is the order of the rings' elevations, never their distances: those of many sensors are far from even.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE
from lidarsel.geometry.groups import quantiles_of_groups
from lidarsel.geometry.lines import elevation_of_points_deg
from lidarsel.geometry.ranks import ranks

Array = NDArray[np.float64]

_IN_ORDER = 0.95  # rank correlation; lasers in the order of firing make 0.6 at most (VLP-16, HDL-32E)
_LINES_COME_BY = 8  # no sensor has 8 k + 1 lines, several have 8 k
_LEAST_SWAP = 0.25  # of the median gap: medians of neighbours may be out of order by what they happened to see
_SHARED_DEG = 1.0  # lasers stand at different heights, and scans may be freed of motion
_SHARED = 0.3  # of the whole scan's elevations
_PLAIN_ORDER = 8  # so many rings do not stand in the order of their elevations by chance


@dataclass(frozen=True, eq=False)
class RingElevations:
    """What a scan, or several, tell of the rings that returned, int64 (K,), ascending, and all of the same shape.

    median_deg: of their far half of points, since near points of lasers at different heights mislead. spread_deg: from
    the 10th to the 90th percentile of these. whole_deg: the same of the whole scan.
    """

    ring: NDArray[np.int64]
    median_deg: Array
    spread_deg: Array
    whole_deg: float


@dataclass(frozen=True, eq=False)
class RingOrder:
    """line_of_ring: int16 (greatest ring + 1,), 0 = topmost, -1 where no such ring is known. n_lines: with those that
    never returned. by_elevation: whether rings are laser numbers, in another order or with gaps. first: the
    ring that counting begins with."""

    line_of_ring: NDArray[np.int16]
    n_lines: int
    by_elevation: bool
    first: int


def ring_elevations(xyz_m: NDArray[np.floating], ring: NDArray[np.integer]) -> RingElevations:
    """float (N, 3) away from the lidar, int (N,) -> the elevations of its rings."""
    elevation = elevation_of_points_deg(xyz_m)
    flat = np.hypot(xyz_m[:, 0], xyz_m[:, 1])
    order = np.argsort(ring, kind="stable")
    names, starts = np.unique(ring[order], return_index=True)
    far = [elevation[own[_far_half(flat[own])]] for own in np.split(order, starts[1:])]
    low, median, high = quantiles_of_groups(far, (0.1, 0.5, 0.9))
    (whole_low,), (whole_high,) = quantiles_of_groups([elevation], (0.1, 0.9))
    return RingElevations(names.astype(np.int64), median, high - low, float(whole_high - whole_low))


def _far_half(flat_m: NDArray[np.floating]) -> NDArray[np.bool_]:
    """float (N,) -> bool (N,): the greater half of the distances; of those as great as the least of them, the last."""
    n_near = len(flat_m) // 2
    least = np.sort(flat_m)[n_near]
    far: NDArray[np.bool_] = flat_m > least
    n_level = len(flat_m) - n_near - int(far.sum())
    far[np.flatnonzero(flat_m == least)[-n_level:]] = True
    return far


def over_scans(found: list[RingElevations]) -> RingElevations:
    """The medians over several scans."""
    ring = np.unique(np.concatenate([one.ring for one in found]))
    medians, spreads = np.full((2, len(found), len(ring)), np.nan)
    for row, one in enumerate(found):
        at = np.searchsorted(ring, one.ring)
        medians[row, at], spreads[row, at] = one.median_deg, one.spread_deg
    whole = float(np.median([one.whole_deg for one in found]))
    return RingElevations(ring, np.nanmedian(medians, axis=0), np.nanmedian(spreads, axis=0), whole)


def find_order(rings: RingElevations) -> RingOrder:
    """The order of a sensor's rings.

    Raises ValueError where the points of a ring do not share an elevation, so that rings do not tell lines.
    """
    sense = _rank_correlation(rings)
    require_shared(rings)
    greatest = int(rings.ring[-1])
    first = 1 if rings.ring[0] == 1 and greatest % _LINES_COME_BY == 0 else 0
    if _are_laser_numbers(rings, sense) or not _counts_lines(rings.ring):
        line_of_ring = np.full(greatest + 1, UNKNOWN_LINE, np.int16)
        line_of_ring[rings.ring[np.argsort(-rings.median_deg, kind="stable")]] = np.arange(len(rings.ring))
        return RingOrder(line_of_ring, len(rings.ring), True, int(rings.ring[0]))
    n_lines = greatest + 1 - first
    return RingOrder(_counted(greatest, first, n_lines, sense > 0), n_lines, False, first)


def known_order(rings: RingElevations, elevation_deg: Array) -> RingOrder:
    """The order of rings of which some may be gone, float64 (n_lines,) being the elevations of all lines.

    Raises ValueError where a ring is beyond the lines.
    """
    n_lines, greatest = len(elevation_deg), int(rings.ring[-1])
    starts = [first for first in (0, 1) if rings.ring[0] >= first and greatest - first < n_lines]
    names = not starts and not _counts_lines(rings.ring)
    if len(rings.ring) > n_lines or not (starts or names):
        raise ValueError(f"{len(rings.ring)} rings up to {greatest} for {n_lines} lines")
    sense = _rank_correlation(rings) if len(rings.ring) > 2 else 0.0
    if names or _are_laser_numbers(rings, sense):
        from scipy.optimize import linear_sum_assignment

        own, line = linear_sum_assignment(np.abs(rings.median_deg[:, None] - elevation_deg))
        line_of_ring = np.full(greatest + 1, UNKNOWN_LINE, np.int16)
        line_of_ring[rings.ring[own]] = line
        return RingOrder(line_of_ring, n_lines, True, int(rings.ring[0]))
    senses = (sense > 0,) if sense else (True, False)
    counted = [(_counted(greatest, first, n_lines, rising), first) for first in starts for rising in senses]
    off = [np.median(np.abs(rings.median_deg - elevation_deg[line[rings.ring]])) for line, _ in counted]
    line_of_ring, first = counted[int(np.argmin(off))]
    return RingOrder(line_of_ring, n_lines, False, first)


def require_shared(rings: RingElevations) -> None:
    """Raises ValueError where the points of a ring (or line) do not share an elevation.

    Rings in the order of their elevations are believed all the same: clouds in a tilted vehicle's coordinates are so.
    """
    usual = float(np.median(rings.spread_deg))
    shared = usual <= max(_SHARED_DEG, _SHARED * rings.whole_deg)
    in_order = len(rings.ring) >= _PLAIN_ORDER and abs(_rank_correlation(rings)) >= _IN_ORDER
    if not (shared or in_order):
        raise ValueError(f"spread over {usual:.1f} of the {rings.whole_deg:.1f} degrees of the whole scan")


def _rank_correlation(rings: RingElevations) -> float:
    """Of ring number and elevation: 1 where ring 0 is the lowest, -1 where it is the topmost, 0 for a single ring."""
    if len(rings.ring) < 2:
        return 0.0
    found = ranks(rings.median_deg)
    if np.ptp(found) == 0:
        return 0.0
    return float(np.corrcoef(np.arange(len(found)), found)[0, 1])


def _are_laser_numbers(rings: RingElevations, sense: float) -> bool:
    """Whether rings are not in the order of their elevations: altogether, or two neighbours by more than their points
    are spread."""
    if len(rings.ring) < 3 or abs(sense) < _IN_ORDER:
        return len(rings.ring) > 2
    step = np.diff(rings.median_deg) * np.sign(sense)
    gap = np.median(np.abs(step))
    return bool((-step > rings.spread_deg[:-1] + rings.spread_deg[1:] + _LEAST_SWAP * gap).any())


def _counts_lines(ring: NDArray[np.int64]) -> bool:
    """Whether numbers that never returned may be lines: not most of them, nor all between those at one distance."""
    if len(ring) < 3:
        return True
    step = np.diff(ring)
    return bool(ring[-1] + 1 <= 2 * len(ring) and (step.min() == 1 or np.ptp(step) > 0))


def _counted(greatest: int, first: int, n_lines: int, rising: bool) -> NDArray[np.int16]:
    number = np.arange(greatest + 1) - first
    line = n_lines - 1 - number if rising else number
    return np.where(number >= 0, line, UNKNOWN_LINE).astype(np.int16)
