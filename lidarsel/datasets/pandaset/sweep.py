"""A scan of PandaSet: the points of its spinning lidar, where they are at the image's time and as they were measured.

Both are in the lidar's coordinates. Lines can be told from the latter alone: a laser's points lie on a cone about where
the lidar was when it measured each, and at 10 m/s it moves by a metre in a turn.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.pandaset.data_frame import read_columns
from lidarsel.datasets.pandaset.log import PandaSetLog
from lidarsel.datasets.parts.files import require_reachable, returned
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import seen_from

_COLUMNS = ("x", "y", "z", "i", "t", "d")
_SPINNING = 0  # column d: 0 of the Pandar64, 1 of the PandarGT
_MOST_APART_S = 0.2  # half a turn takes 0.05 s; farther off in time, the vehicle was elsewhere
_SKIP = "take the file of PandaSet anew, or leave it out with --skip-bad"


class PandarSweep(NamedTuple):
    """xyz_m: float32 (N, 3), of a world that stands still. measured_m: float64 (N, 3). intensity: float32 (N,)."""

    xyz_m: NDArray[np.float32]
    measured_m: NDArray[np.float64]
    intensity: NDArray[np.float32]


def read_sweep(log: PandaSetLog, path: Path, number: int) -> PandarSweep:
    """The scan of a number, without "no return". Raises BadInputError."""
    columns = read_columns(path, _COLUMNS)
    own = columns["d"] == _SPINNING
    if not own.any():
        raise BadInputError(path, "holds no point of the spinning lidar (d = 0)", _SKIP)
    world_m = np.stack([columns[axis][own].astype(np.float64) for axis in "xyz"], axis=1)
    time_s, intensity = columns["t"][own].astype(np.float64), columns["i"][own].astype(np.float32)
    world_from_lidar = log.world_from_lidar(number)
    with np.errstate(over="ignore", invalid="ignore"):
        xyz_m = seen_from(world_from_lidar, world_m)
    away = returned(path, xyz_m)
    xyz_m, world_m, time_s, intensity = xyz_m[away], world_m[away], time_s[away], intensity[away]
    require_reachable(path, xyz_m)
    apart_s = np.abs(time_s - log.trajectory.stamps_s[number])
    if not (apart_s <= _MOST_APART_S).all():
        problem = f"has points measured over {_MOST_APART_S} s from the time of image {number:02d}"
        raise BadInputError(path, problem, _SKIP)
    if not np.isfinite(intensity).all():
        raise BadInputError(path, "has intensities that are not finite", _SKIP)
    measured_m = log.trajectory.as_measured(world_m, time_s)
    return PandarSweep(np.ascontiguousarray(xyz_m, np.float32), measured_m, intensity)
