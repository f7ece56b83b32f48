"""The line of each point, and the elevation of each line.

A spinning lidar's file holds one line after the other, each a sweep of azimuth; so a new line begins where the
azimuth passes the place of its start again. Elevations cannot tell lines apart: the lasers of an HDL-64E stand up
to 0.1 m apart in height, so that near points of neighbouring lines overlap in elevation.
"""

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.groups import medians_of_groups

Reals = NDArray[np.floating]

MOST_LINES = 256
"""No spinning lidar on the market has more."""
FULL_TURN = 2 * np.pi
SECTORS = 36
_JITTER_RAD = 0.01  # three steps of an HDL-64E: azimuths of raw scans go back by less within a line (KITTI)
_STEP_BACK_RAD = 0.15
"""Near points of scans freed of motion step back within a line: by up to 0.12 rad in KITTI's odometry set."""
_QUARTER = 0.25
"""Of the azimuth that a scan covers: a longer step back begins a line, however fast the vehicle."""
_NO_SCAN_ORDER_DEG = 0.3  # neighbours in a line differ by some hundredths of a degree, lines by 0.3 and more
_SHORT_OF_A_TURN_RAD = 1.0


def elevation_of_points_deg(xyz_m: Reals) -> NDArray[np.float64]:
    """float (N, 3) in lidar coordinates -> float64 (N,): angle above the horizon seen from the lidar, degrees."""
    xyz = xyz_m.astype(np.float64, copy=False)
    return np.degrees(np.arctan2(xyz[:, 2], np.hypot(xyz[:, 0], xyz[:, 1])))


def lines_from_scan_order(xyz_m: Reals) -> NDArray[np.int16]:
    """float (N, 3), points in the file's order, line after line -> int16 (N,), 0 = topmost.

    Works for full turns, for scans cropped to the camera (the azimuth then jumps forward over the crop as well as
    back to the next line), for scans freed of motion (near points then step back within a line), for either sense of
    rotation and for files that begin with the lowest line.
    Raises ValueError where the points are not in scan order (sorted, shuffled, or interleaved by firing).
    """
    return lines_and_phase(xyz_m)[0]


def lines_and_phase(xyz_m: Reals) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """As ``lines_from_scan_order``, and float64 (N,) in [0, 2 pi]: the azimuth of each point, counted from where lines
    begin. Raises ValueError where the points are not in scan order."""
    if len(xyz_m) == 0:
        return np.empty(0, np.int16), np.empty(0)
    elevation = elevation_of_points_deg(xyz_m)
    if not _in_scan_order(elevation):
        raise ValueError("points are not in scan order")
    phase = _phase(xyz_m)
    step = np.diff(phase)
    back, back_again = _turning_steps_rad(sectors_seen(xyz_m))
    turns = (step < -back).astype(np.int64) - (step > FULL_TURN - back_again)
    line = np.maximum.accumulate(np.concatenate(([0], np.cumsum(turns))))
    medians = median_elevation_deg(elevation, line, int(line[-1]) + 1)
    if len(medians) > 1 and np.polyfit(np.arange(len(medians)), medians, 1)[0] > 0:
        line = line[-1] - line
    return line.astype(np.int16), phase


def median_elevation_deg(elevation_deg: Reals, line: NDArray[np.integer], n_lines: int) -> NDArray[np.float64]:
    """float (N,), finite, int (N,), -1 = unknown -> float64 (n_lines,): median of each line, NaN without a point."""
    order = np.argsort(line, kind="stable")
    bounds = np.searchsorted(line[order], np.arange(n_lines + 1))
    return medians_of_groups(np.split(elevation_deg[order], bounds)[1:-1])


def ends_within_line(xyz_m: Reals, line: NDArray[np.integer], phase: NDArray[np.float64] | None = None) -> bool:
    """Whether a full-turn scan, in scan order, stops amid its last line: the mark of a file cut short.

    phase: of ``lines_and_phase``, where it is known.
    """
    if len(line) == 0:
        return False
    phase = _phase(xyz_m) if phase is None else phase
    last_of_line = np.flatnonzero(np.diff(line) != 0)
    if len(last_of_line) < 4 or np.median(phase[last_of_line]) < FULL_TURN - 0.5:
        return False
    return bool(phase[-1] < FULL_TURN - _SHORT_OF_A_TURN_RAD)


def covers_full_turn(xyz_m: Reals) -> bool:
    """Whether the points look in all directions, as opposed to a scan cropped to a camera's field of view."""
    return _is_full_turn(sectors_seen(xyz_m))


def _is_full_turn(sectors: int) -> bool:
    return sectors > 0.8 * SECTORS


def sectors_seen(xyz_m: Reals) -> int:
    """In how many of the 36 sectors of 10 degrees of azimuth there is a point."""
    azimuth = np.arctan2(xyz_m[:, 1], xyz_m[:, 0])
    return int((np.histogram(azimuth, SECTORS, (-np.pi, np.pi))[0] > 0).sum())


def _turning_steps_rad(sectors: int) -> tuple[float, float]:
    """What a step back in azimuth must be to begin a line; by how little a step forward may fall short of a turn that
    leads back into the line before. In a scan cropped to a camera both must be small: lines that see but the crop's
    edge step back by less than others, and crops make steps of nearly a turn."""
    quarter = _QUARTER * FULL_TURN * sectors / SECTORS
    return (quarter, quarter) if _is_full_turn(sectors) else (min(quarter, _STEP_BACK_RAD), _JITTER_RAD)


def _in_scan_order(elevation_deg: NDArray[np.float64]) -> bool:
    if len(elevation_deg) < 3:
        return True
    return _mostly(np.abs(np.diff(elevation_deg)) < _NO_SCAN_ORDER_DEG)


def _mostly(true: NDArray[np.bool_]) -> bool:
    return 2 * int(np.count_nonzero(true)) > len(true)


def _phase(xyz_m: Reals) -> NDArray[np.float64]:
    """float64 (N,) in [0, 2 pi]: azimuth in the sense of rotation, counted from where lines begin.

    KITTI's lines begin straight ahead. That is taken where the gap between the file's last and first azimuth holds
    it; otherwise lines begin a little before the first point.
    """
    azimuth = np.arctan2(xyz_m[:, 1].astype(np.float64), xyz_m[:, 0].astype(np.float64))
    step = np.diff(azimuth)
    if _mostly(step - FULL_TURN * np.rint(step / FULL_TURN) < 0):
        azimuth = 0.0 - azimuth  # and no -0.0
    turn = np.where(np.signbit(azimuth), azimuth + FULL_TURN, azimuth)  # -0.0 is the end of a turn
    first, last = turn[0], turn[-1]
    if first <= last:
        return turn
    from_first = turn - (first - min((first - last) / 2, 0.1))
    turned: NDArray[np.float64] = np.where(from_first < 0, from_first + FULL_TURN, from_first)
    return turned
