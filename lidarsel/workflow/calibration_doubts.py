"""What speaks against a calibration: points on no line, and where these are."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.scans.plausible import all_but_empty
from lidarsel.frame import UNKNOWN_LINE
from lidarsel.geometry.unordered import LaserCones
from lidarsel.listing import listed

_MUCH = 0.01  # of the points; right calibrations of all sensors tried leave less
_BIN_DEG = 0.25  # finer than most sensors' lines
_MISSING = 0.5  # of the points there
_FEW = 1e-3  # of all points: below, a bin tells nothing


def calibration_doubts(xyz_m: NDArray[np.floating], line: NDArray[np.integer], cones: LaserCones) -> list[str]:
    """float (N, 3), int (N,) with -1 for points on no line, of this calibration -> sentences, none without doubt."""
    doubts = []
    off = line == UNKNOWN_LINE
    if off.mean() >= _MUCH:
        where = _where(xyz_m, off, cones)
        said = f"{off.mean():.1%} of the points are on no line"
        if where:
            said += f"; at {where} degrees more than half of them: lines are missing there"
        doubts.append(f"{said}. See that {cones.n_lines} is the sensor's number of lines.")
    empty = all_but_empty(np.bincount(line[~off], minlength=cones.n_lines))
    if len(empty):
        doubts.append(f"Lines found of next to no points: {', '.join(map(str, empty))}.")
    return doubts


def _where(xyz_m: NDArray[np.floating], off: NDArray[np.bool_], cones: LaserCones) -> str:
    """The elevations at which more than half of the points are on no line, as "2.00 to 2.50, 8.25 to 8.50"."""
    xyz = xyz_m.astype(np.float64, copy=False)
    z = xyz[:, 2] - np.median(cones.height_m)
    number = np.floor(np.degrees(np.arctan2(z, np.hypot(xyz[:, 0], xyz[:, 1]))) / _BIN_DEG).astype(np.int64)
    least = number.min()
    every, unknown = np.bincount(number - least), np.bincount(number[off] - least, minlength=number.max() - least + 1)
    missing = np.flatnonzero((unknown > _MISSING * every) & (unknown > _FEW * len(xyz))) + least
    if not len(missing):
        return ""
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1)
    shown = [f"{run[0] * _BIN_DEG:.2f} to {(run[-1] + 1) * _BIN_DEG:.2f}" for run in runs]
    return listed(shown, kind="places")
