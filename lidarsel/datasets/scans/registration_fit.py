"""Whether two scans that were registered to each other show the same place: registration gives a pose for any two.

The road agrees with any other road, so what stands upright is asked: points of columns, 1 m wide, that reach higher
than a kerb. Measured as the share of one scan's upright points that have one of the other within 0.5 m, poses by
KISS-ICP: 0.89-0.97 for consecutive scans of KITTI's drive 9999 and 0.92-0.96 of a simulated one, 0.68-0.89 for every
fourth scan of drive 9999, 0.01-0.20 for scans of six drives that have nothing to do with each other. Among the scans of
drive 9999 in random order, 0.3-0.4 where the pose is off by metres, 0.5-0.9 where it was found all the same.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from lidarsel.geometry.motion import Matrix

LEAST_FIT = 0.5
WITHIN_M = 0.5

_NEAREST_M, _FARTHEST_M = 2.5, 40.0  # the vehicle itself; where lines lie too far apart to meet again
_COLUMN_M, _UPRIGHT_M = 1.0, 0.8
_VOXEL_M = 0.25
_FEWEST = 50  # upright points: of fewer, as in an open field, nothing can be told, and all points are asked
_ASKED = 4  # every fourth point: a thousand or more are left


class Landmarks:
    """What of a scan is compared. xyz_m: float (N, 3) of the scan, z upwards."""

    def __init__(self, xyz_m: NDArray[np.floating]) -> None:
        xyz = xyz_m.astype(np.float64, copy=False)
        away = np.hypot(xyz[:, 0], xyz[:, 1])
        near = xyz[(away > _NEAREST_M) & (away < _FARTHEST_M)]
        upright = near[_upright(near)]
        self.all_m = _thinned(near)
        self.upright_m = _thinned(upright)


def fit(own: Landmarks, other: Landmarks, own_from_other: Matrix) -> float:
    """The share, 0..1, of the other scan's landmarks that the own scan has within 0.5 m."""
    kind = "upright_m" if min(len(own.upright_m), len(other.upright_m)) >= _FEWEST else "all_m"
    there, asked = getattr(own, kind), getattr(other, kind)[::_ASKED]
    if not len(there) or not len(asked):
        return 0.0
    moved = asked @ own_from_other[:3, :3].T + own_from_other[:3, 3]
    distance_m, _ = cKDTree(there).query(moved, distance_upper_bound=WITHIN_M)
    return float(np.isfinite(distance_m).mean())


def _upright(xyz: NDArray[np.float64]) -> NDArray[np.bool_]:
    """bool (N,): whether the column of a point reaches higher than a kerb."""
    _, column = np.unique(_cells(xyz[:, :2], _COLUMN_M), return_inverse=True)
    order = np.argsort(column, kind="stable")
    starts = np.flatnonzero(np.diff(column[order], prepend=-1))
    if not len(starts):
        return np.zeros(0, bool)
    z = xyz[order, 2]
    height_m = np.maximum.reduceat(z, starts) - np.minimum.reduceat(z, starts)
    upright: NDArray[np.bool_] = (height_m > _UPRIGHT_M)[column]
    return upright


def _thinned(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """One point of each voxel, the first."""
    return xyz[np.unique(_cells(xyz, _VOXEL_M), return_index=True)[1]]


def _cells(xyz: NDArray[np.float64], edge_m: float) -> NDArray[np.int64]:
    """int64 (N,): the cell of each point, unlike that of any other cell within 100 km."""
    cell = np.floor(xyz / edge_m).astype(np.int64)
    key = cell[:, 0]
    for column in cell.T[1:]:
        key = (key << 20) + column
    return key
