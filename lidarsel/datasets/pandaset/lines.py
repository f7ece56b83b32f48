"""The lines of PandaSet's spinning lidar, whose points carry no ring: by the cones of its 64 lasers.

A real one has them within 0.02 degrees of its maker's manual, all from one place. Most stand 0.17 degrees
apart, so that a point goes to the wrong one where the vehicle nods by half of that more than its poses tell. The others
stand alone, and their points show how far off a scan is.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.pandaset.sweep import PandarSweep
from lidarsel.datasets.scans.calibrated import WITHOUT_LINES
from lidarsel.datasets.scans.sensor_name import KnownSensor
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Scan
from lidarsel.geometry.unordered import LaserCones

PANDAR64 = KnownSensor("Hesai Pandar64", 64)
_MANUAL_DEG = np.array(
    [
        *(
            14.882,
            11.032,
            8.059,
            5.057,
            3.04,
            2.028,
            1.86,
            1.688,
            1.522,
            1.351,
            1.184,
            1.013,
            0.846,
            0.675,
            0.508,
            0.337,
        ),
        *(0.169, 0.0, -0.169, -0.337, -0.508, -0.675, -0.845, -1.013, -1.184, -1.351, -1.522, -1.688, -1.86),
        *(-2.028, -2.198, -2.365, -2.536, -2.7, -2.873, -3.04, -3.21, -3.375, -3.548, -3.712, -3.884, -4.05, -4.221),
        *(-4.385, -4.558, -4.72, -4.892, -5.057, -5.229, -5.391, -5.565, -5.726, -5.898, -6.061, -7.063, -8.059, -9.06),
        *(-9.885, -11.032, -12.006, -12.974, -13.93, -18.889, -24.897),
    ]
)
_WITHIN_DEG = 0.06  # of a cone: a third of the way from most to the next
PANDAR64_CONES = LaserCones(_MANUAL_DEG, np.zeros(len(_MANUAL_DEG)), _WITHIN_DEG)
"""As in Hesai's user manual of the Pandar64, by line."""
_ALONE = 3.0  # times the usual gap: a point near such a line is of no other
_FEW = 100  # points of such lines
_MOST_OFF = 0.1  # of these
_MOST_UNKNOWN = 1 / 3
_REMEDY = (
    "leave such scans out with --skip-bad, or, where all are so, give --sensor, made by lidarsel calibrate on a "
    "sequence in which the vehicle stands"
)


def number_sweep(cones: LaserCones, path: Path, sweep: PandarSweep) -> Scan:
    """The scan with the line of each point, -1 where none or two are near.

    Raises BadInputError where more than a third are unknown, or more than a tenth of the points of lines that stand
    alone lie so far off them that among the others one line might be taken for the next.
    """
    if cones is WITHOUT_LINES:  # being calibrated: cones are found where points were measured
        one_line = np.zeros(len(sweep.intensity), np.int16)
        return Scan(sweep.measured_m.astype(np.float32), sweep.intensity, one_line)
    line = cones.lines_of(sweep.measured_m)
    unknown, off = float((line == UNKNOWN_LINE).mean()), _share_off(cones, sweep.measured_m, line)
    if unknown > _MOST_UNKNOWN or off > _MOST_OFF:
        problem = (
            f"its lines cannot be told: {unknown:.0%} of its points are near no line, {off:.0%} of those near lines "
            f"that stand alone over {cones.tolerance_deg:.2g} degrees off them, so that times or poses are inexact"
        )
        raise BadInputError(path, problem, _REMEDY)
    return Scan(sweep.xyz_m, sweep.intensity, line)


def _share_off(cones: LaserCones, measured_m: NDArray[np.float64], line: NDArray[np.int16]) -> float:
    """Of the points nearest to lines that stand alone, the share that is too far off them; 0 where these are few."""
    gap_deg = -np.diff(cones.elevation_deg, prepend=np.inf, append=-np.inf)
    alone = np.flatnonzero(np.minimum(gap_deg[:-1], gap_deg[1:]) > _ALONE * np.median(gap_deg))
    near = np.isin(replace(cones, tolerance_deg=np.inf).lines_of(measured_m), alone)
    return float((line[near] == UNKNOWN_LINE).mean()) if near.sum() >= _FEW else 0.0
