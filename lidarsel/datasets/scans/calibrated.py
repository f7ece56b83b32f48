"""Scans in no order, whose lines come from the sensor's calibration (``sensor.yaml``)."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.files import returned
from lidarsel.datasets.parts.fingerprint import spread
from lidarsel.datasets.scans.drive_scans import DriveScans
from lidarsel.datasets.scans.numbering import SensorLines
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Scan
from lidarsel.geometry.cones import LineElevations
from lidarsel.geometry.unordered import LaserCones

WITHOUT_LINES = LaserCones(np.zeros(1), np.zeros(1), np.inf)
"""Stands for the calibration while it is being made: every point is of one line."""
_MOST_UNKNOWN = 1 / 3  # right calibrations leave a few percent; that of another sensor leaves most
_LOOKED_AT = 9  # scans, for a share told to a tenth of a percent

Points = tuple[NDArray[np.float32], NDArray[np.float32]]
"""float32 (N, 3) xyz_m and (N,) intensity."""


def lines_by_sensor(cones: LaserCones, read: Callable[[Path], Points]) -> SensorLines:
    """Scans in any format, a file each, numbered by a calibration."""
    return numbered_by(cones, lambda path, _: scan_by(cones, path, *read(path)))


def numbered_by(cones: LaserCones, read: Callable[[Path, int], Scan]) -> SensorLines:
    """Scans that ``read`` numbers by a calibration, which tells the elevations of the lines."""
    return SensorLines(read, cones.elevation_deg, known=LineElevations(cones.elevation_deg, "cone"))


def scan_by(cones: LaserCones, path: Path, xyz_m: NDArray[np.float32], intensity: NDArray[np.float32]) -> Scan:
    """(N, 3) and (N,) -> the scan, numbered by a calibration. Raises BadInputError naming ``path``."""
    return Scan(xyz_m, intensity, lines_by(cones, path, xyz_m))


def lines_by(cones: LaserCones, path: Path, xyz_m: NDArray[np.floating]) -> NDArray[np.int16]:
    """float (N, 3) -> int16 (N,), -1 = unknown, and of "no return".

    Raises BadInputError naming ``path`` where more than a third of the others are unknown.
    """
    away = returned(path, xyz_m)
    line = np.full(len(xyz_m), UNKNOWN_LINE, np.int16)
    if cones is WITHOUT_LINES:
        line[away] = 0
        return line
    line[away] = cones.lines_of(xyz_m[away])
    unknown = float((line[away] == UNKNOWN_LINE).mean())
    if unknown > _MOST_UNKNOWN:
        problem = f"does not fit the sensor file: {unknown:.0%} of its points are on no line"
        remedy = "calibrate this sensor with lidarsel calibrate, on scans in its own coordinates, not freed of motion"
        raise BadInputError(path, problem, remedy)
    return line


def numbering_facts(options: ReadOptions) -> list[str]:
    """What of the options enters a fingerprint: all that decides the lines."""
    named = {"columns": options.scan_columns, "ring field": options.ring_field}
    return [f"{key} {value}" for key, value in named.items() if value is not None] + _calibration_facts(options)


def _calibration_facts(options: ReadOptions) -> list[str]:
    cones = options.sensor
    if cones is None or cones is WITHOUT_LINES:
        return []
    content = np.concatenate([cones.elevation_deg, cones.height_m, [cones.tolerance_deg]]).astype("<f8")
    return [f"lines by sensor {hashlib.sha256(content.tobytes()).hexdigest()}"]


def calibration_notes(options: ReadOptions, scans: Sequence[tuple[DriveScans, int]]) -> list[str]:
    """What results must say: the share of points without a line, over some of these scans (drive, frame number)."""
    if options.sensor is None or options.sensor is WITHOUT_LINES:
        return []
    lines = []
    for index in spread(len(scans), _LOOKED_AT):
        drive, number = scans[index]
        try:
            lines.append(drive.scan(number).line)
        except BadInputError:
            continue  # listed among the problems, and refused when the frame is read
    unknown = float((np.concatenate(lines) == UNKNOWN_LINE).mean()) if lines else 0.0
    return [
        f"Lines come from the sensor's calibration (--sensor), not from the scans; {unknown:.1%} of points have none."
    ]
