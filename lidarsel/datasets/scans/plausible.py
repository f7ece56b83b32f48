"""Whether lines that were told can be those of a lidar, and what it may be where they cannot."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.lines import MOST_LINES, lines_from_scan_order
from lidarsel.geometry.ring_order import RingElevations, ring_elevations
from lidarsel.listing import listed

_ALL_BUT_EMPTY = 0.02  # of the median line's points
_OVERLAP = 0.1  # of the median gap between lines; 0.27 is the least of 35 real KITTI scans
_LEAST_LINES = 4
_SHARP_DEG = 1.0
_SHARP = 0.1  # of the whole scan's elevations
_STEEPEST_DEG = 60.0  # domes apart, no lidar looks more steeply
_AXES = (
    ("a camera's axes (x right, y down, z ahead)", np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])),
    ("a renderer's axes (x right, y up, z back)", np.array([[0, 0, -1], [-1, 0, 0], [0, 1, 0]])),
)
"""In which clouds are exported by mistake, and what turns them into the lidar's: x ahead, y left, z up."""
TURN_AXES = "export it in the lidar's own axes, or leave it out with --skip-bad"


def other_axes(xyz_m: NDArray[np.floating], ring: NDArray[np.integer] | None = None) -> str | None:
    """Whether lines can be told in other axes, where they cannot in the points' own.

    Args:
        xyz_m: float (N, 3).
        ring: int (N,), or None for points in scan order.

    Returns:
        What to say of the points, or None where lines cannot be told in any axes.
    """
    for name, lidar_from_these in _AXES:
        turned = xyz_m @ lidar_from_these.T
        try:
            line = lines_from_scan_order(turned) if ring is None else ring
        except ValueError:
            continue
        if line.max() < MOST_LINES and _is_sharp(ring_elevations(turned, line)):
            return f"is in {name}, not in the lidar's (x ahead, y left, z up)"
    return None


def _is_sharp(lines: RingElevations) -> bool:
    """Whether these are lines beyond doubt: points in no order make some in one system of axes or another."""
    shared = float(np.median(lines.spread_deg)) <= max(_SHARP_DEG, _SHARP * lines.whole_deg)
    return shared and len(lines.ring) >= _LEAST_LINES and float(np.abs(lines.median_deg).max()) < _STEEPEST_DEG


def all_but_empty(points: NDArray[np.integer]) -> NDArray[np.int64]:
    """int (n_lines,) -> the lines that have next to none of the points."""
    empty: NDArray[np.int64] = np.flatnonzero(points < _ALL_BUT_EMPTY * np.median(points))
    return empty


def doubtful_lines(points: NDArray[np.integer], lines: RingElevations) -> list[str]:
    """int (n_lines,), points of whole scans, and the elevations of the lines that returned -> what must be said of
    lines that are all but empty, or stand where their neighbour does: beams that were cut at wrong angles."""
    notes = []
    empty = all_but_empty(points)
    if len(empty):
        notes.append(f"Lines that are all but empty (below 2 % of the median line's points): {listed(empty.tolist())}.")
    gap = np.abs(np.diff(lines.median_deg))
    close = np.flatnonzero(gap < _OVERLAP * np.median(gap)) if len(gap) > 2 else np.empty(0, int)
    if len(close):
        pairs = [f"{lines.ring[i]} and {lines.ring[i + 1]}" for i in close]
        notes.append(f"Lines that overlap in elevation: {listed(pairs, kind='pairs')}.")
    return notes
