"""A sweep of Argoverse 2: the points of two stacked lidars of 32 lines, told apart by the number of the laser.

Which half of the numbers is the upper lidar's is documented nowhere. A laser's points lie on a cone about its own
lidar, and on none about the other one, which stands upside down below it.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.argoverse.feather import read_columns
from lidarsel.datasets.scans.ring_scans import RingScan, ring_scan
from lidarsel.errors import BadInputError
from lidarsel.geometry.lines import elevation_of_points_deg
from lidarsel.geometry.motion import Matrix, seen_from

LASERS = 32
_FEW = 10  # points, whose spread tells nothing
_COLUMNS = ("x", "y", "z", "intensity", "laser_number")
_SKIP = "take the file of Argoverse 2 anew, or leave it out with --skip-bad"


class _SweepPoints(NamedTuple):
    """xyz_m: float64 (N, 3), in the lidar's coordinates. intensity, laser: (N,)."""

    xyz_m: NDArray[np.float64]
    intensity: NDArray[np.float32]
    laser: NDArray[np.int64]


def read_sweep(path: Path, vehicle_from_lidar: Matrix, first_laser: int) -> RingScan:
    """The points of 32 lasers in the coordinates of their lidar, the first laser as ring 0. Raises BadInputError."""
    points = _read(path, vehicle_from_lidar)
    own = (points.laser >= first_laser) & (points.laser < first_laser + LASERS)
    return ring_scan(path, points.xyz_m[own], points.intensity[own], points.laser[own] - first_laser)


def upper_half(path: Path, vehicle_from_lidar: Matrix) -> int:
    """The first of the 32 lasers, 0 or 32, that are those of the lidar so mounted. Raises BadInputError."""
    points = _read(path, vehicle_from_lidar)
    finite = np.isfinite(points.xyz_m).all(axis=1)
    elevation_deg = elevation_of_points_deg(points.xyz_m[finite].astype(np.float32))
    laser = points.laser[finite]
    spread = [_spread_deg(elevation_deg, laser, first) for first in (0, LASERS)]
    return 0 if spread[0] <= spread[1] else LASERS


def _spread_deg(elevation_deg: NDArray[np.floating], laser: NDArray[np.int64], first: int) -> float:
    """Median over 32 lasers of the spread of their elevations (median distance from the median); infinite without."""
    spreads = []
    for number in range(first, first + LASERS):
        own = elevation_deg[laser == number]
        if len(own) >= _FEW:
            spreads.append(float(np.median(np.abs(own - np.median(own)))))
    return float(np.median(spreads)) if spreads else np.inf


def _read(path: Path, vehicle_from_lidar: Matrix) -> _SweepPoints:
    columns = read_columns(path, _COLUMNS)
    laser = columns["laser_number"].astype(np.float64)
    if not len(laser):
        raise BadInputError(path, "holds no point", _SKIP)
    other = ~((laser >= 0) & (laser < 2 * LASERS) & (laser == np.floor(laser)))
    if other.any():
        problem = f"has a point of laser {laser[other][0]:g}, where Argoverse 2 has 0 to {2 * LASERS - 1}"
        raise BadInputError(path, problem, _SKIP)
    xyz = np.stack([columns[name].astype(np.float64) for name in "xyz"], axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        xyz_m = seen_from(vehicle_from_lidar, xyz)
        return _SweepPoints(xyz_m, columns["intensity"].astype(np.float32), laser.astype(np.int64))
