"""Lines of scans whose points are in no order and carry no ring: by the cone that each laser sweeps.

A laser that stands h above the lidar's origin and looks up by e meets only points with

    z = r tan(e) + h,    r = horizontal distance from the axis,

and keeps to that within rounding: 0.5 mm on KITTI's HDL-64E, whose lasers stand 0.117 to 0.209 m high (measured). So
cones are found like straight lines in the (r, z) plane, by Hough's transform (US patent 3,069,654) and, strongest
first, a fit to the points that voted, which then leave the vote.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE

Array = NDArray[np.float64]

_WIDTHS_DEG = (0.02, 0.05, 0.1, 0.2)
"""How far points of one line may be spread, tried in turn: too narrow, and a noisy line falls into several."""
_HEIGHTS_M = np.arange(-0.5, 0.5001, 0.005)  # where a laser may stand: 0.209 m is the highest measured
_NEIGHBOURLY_M = 0.12  # lasers of one sensor stand no farther apart: 0.1 m in an HDL-64E
_PRIOR_M = 0.02  # of a height that points at one distance leave open, about that of the lines beside it
_LEAST_RANGE_M = 2.0  # nearer is the vehicle itself
_LEAST_POINTS = 20  # of a scan, and of a peak: a slope and a height fit fewer points by chance
_LEAST_PEAK = 0.02  # of the median line's votes
_LEAST_AGREEING = 0.9  # of the points beyond the vehicle: with fewer, what was found is not the sensor
_MOST_SPREAD = 0.25  # of the way to the next line: with more, points on no cones seem to agree (measured)
_WITHIN_GAP = 0.35  # of the way to the next line; farther off a point's line is unknown
_ROUNDING_M = 1e-3  # of coordinates in files: twice the 0.5 mm that a file in whole millimetres is off
_SLACK = 1.5  # other scans may be a little less exact than those of the calibration
_MOST_TRIES = 400  # no sensor has more lines; points on no cones give peaks without end
_NEVER_CROSS_M = (3.0, 100.0)
"""At both distances cones stand in the same order. They may cross nearer, where a laser's height counts for more than
its angle; 100 m is about as far as lidars see."""


@dataclass(frozen=True, eq=False)
class LaserCones:
    """A calibrated sensor. elevation_deg, height_m: float64 (n_lines,), by line, 0 = topmost.

    tolerance_deg: a point farther off its cone, seen from the laser, is of no known line.
    """

    elevation_deg: Array
    height_m: Array
    tolerance_deg: float

    @property
    def n_lines(self) -> int:
        return len(self.elevation_deg)

    def lines_of(self, xyz_m: NDArray[np.floating]) -> NDArray[np.int16]:
        """float (N, 3) in lidar coordinates, in any order -> int16 (N,), -1 where no line or two are near enough."""
        r, z = _cylindrical(xyz_m)
        line, off_deg, gap_deg = self._nearest(r, z)
        allowed = np.minimum(self.tolerance_deg + _rounding_deg(r, z), _WITHIN_GAP * gap_deg)
        told = (np.abs(off_deg) <= allowed) & (np.hypot(r, z) > _ROUNDING_M)
        return np.where(told, line, UNKNOWN_LINE).astype(np.int16)

    def _nearest(self, r: Array, z: Array) -> tuple[NDArray[np.int64], Array, Array]:
        """The line whose cone is nearest, how far off it the point is, and how far from there the next cone is."""
        # cones in elevation, from the lowest; heights differ, so that which is nearest depends on the distance
        slope, height = np.tan(np.radians(self.elevation_deg[::-1])), self.height_m[::-1]
        n = len(slope)
        at = np.clip(np.searchsorted(slope, (z - np.median(height)) / np.maximum(r, 1e-9)), 0, n - 1)
        for _ in range(n):  # walk to the nearest: few steps, since heights are alike
            off = np.abs(z - slope[at] * r - height[at])
            up, down = np.minimum(at + 1, n - 1), np.maximum(at - 1, 0)
            off_up, off_down = np.abs(z - slope[up] * r - height[up]), np.abs(z - slope[down] * r - height[down])
            step = np.where(off_up < np.minimum(off, off_down), 1, np.where(off_down < off, -1, 0))
            if not step.any():
                break
            at = at + step
        residual = z - slope[at] * r - height[at]
        other = np.clip(at + np.where(residual < 0, -1, 1), 0, n - 1)
        other = np.where(other == at, np.clip(at - np.where(residual < 0, -1, 1), 0, n - 1), other)
        angle, own, next_ = (
            np.arctan2(z, r),
            np.arctan2(slope[at] * r + height[at], r),
            slope[other] * r + height[other],
        )
        gap = np.where(other == at, np.inf, np.abs(np.arctan2(next_, r) - own))
        return n - 1 - at, np.degrees(angle - own), np.degrees(gap)


@dataclass(frozen=True, eq=False)
class ConeFit:
    """The cones found, and how the points agree.

    Args:
        cones: of the sensor.
        points: int64 (n_lines,), how many are told to be of each line.
        n_points: how many there are.
        n_told: how many of them can be told to be of a line.
    """

    cones: LaserCones
    points: NDArray[np.int64]
    n_points: int
    n_told: int


def find_cones(xyz_m: NDArray[np.floating], within_s: float = np.inf) -> ConeFit:
    """Find a sensor's cones. A line that all but never returns is not found.

    Args:
        xyz_m: float (N, 3), points of one or some scans in lidar coordinates, in any order.
        within_s: how long to search at most; points on no cones give peaks without end.

    Returns:
        The cones, and how the points agree.

    Raises:
        ValueError: the points lie on no cones, or these are not found in time.
    """
    until_s = time.monotonic() + within_s
    r, z = _cylindrical(xyz_m)
    away = r > _LEAST_RANGE_M
    if away.sum() < _LEAST_POINTS:
        raise ValueError("too few points")
    for width_deg in _WIDTHS_DEG:
        cones = _refined(_found(r[away], z[away], width_deg, until_s), r[away], z[away], width_deg)
        if cones is None or not _is_sharp(cones, width_deg):
            continue
        line = cones.lines_of(xyz_m)
        told = line != UNKNOWN_LINE
        if told[away].mean() >= _LEAST_AGREEING:
            points = np.bincount(line[told], minlength=cones.n_lines)
            return ConeFit(cones, points, len(line), int(told.sum()))
    raise ValueError("the points lie on no cones")


class _Votes:
    """Hough's table: for every height of the laser (rows), how many points it sees at each angle (columns)."""

    def __init__(self, r: Array, z: Array, width_deg: float) -> None:
        angle = np.degrees(np.arctan2(z, r))
        self._r, self._z, self._width_deg = r, z, width_deg
        self._lowest_deg = angle.min() - 15.0
        self._n = int((angle.max() + 15.0 - self._lowest_deg) / width_deg) + 1
        self.height_m, self.table = _HEIGHTS_M, np.zeros((len(_HEIGHTS_M), self._n), np.int64)
        self.count(np.arange(len(r)), 1)

    def count(self, points: NDArray[np.int64], sign: int) -> None:
        """Add (1) or withdraw (-1) the votes of these points."""
        r, z = self._r[points], self._z[points]
        for row, height in zip(self.table, self.height_m, strict=True):
            column = ((np.degrees(np.arctan2(z - height, r)) - self._lowest_deg) / self._width_deg).astype(np.int64)
            row += sign * np.bincount(np.clip(column, 0, self._n - 1), minlength=self._n)

    def common_m(self) -> float:
        """The height from which angles gather in fewest columns: amid those of the sensor's lasers, or of most."""
        return float(self.height_m[np.argmax((self.table.astype(np.float64) ** 2).sum(1))])

    def only(self, rows: NDArray[np.bool_]) -> None:
        """Forget the other heights."""
        self.height_m, self.table = self.height_m[rows], self.table[rows]

    def slope(self, column: int) -> float:
        """Of the angle between a column and the next."""
        return float(np.tan(np.radians(self._lowest_deg + (column + 1) * self._width_deg)))


def _found(r: Array, z: Array, width_deg: float, until_s: float) -> list[tuple[float, float]]:
    """(slope, height) of cones, strongest first. Raises ValueError where it is later than ``until_s``."""
    votes = _Votes(r, z, width_deg)
    common = votes.common_m()
    votes.only(np.abs(votes.height_m - common) <= _NEIGHBOURLY_M)
    # points at one distance look the same from every height: prefer the common one, by a tenth at most, which decides
    # between equals but leaves a laser that truly stands elsewhere its peak
    weight = 1 - 0.1 * np.abs(votes.height_m - common) / _NEIGHBOURLY_M
    weights = np.repeat(weight[:, None], votes.table.shape[1] - 1, axis=1)
    left = np.ones(len(r), bool)
    found: list[tuple[float, float]] = []
    strengths: list[int] = []
    for _ in range(_MOST_TRIES):
        if time.monotonic() > until_s:
            raise ValueError("the points lie on no cones that are found in time")
        score = (votes.table[:, :-1] + votes.table[:, 1:]) * weights
        row, column = map(int, np.unravel_index(int(np.argmax(score)), score.shape))
        least = max(_LEAST_POINTS, _LEAST_PEAK * float(np.median(strengths)) if strengths else 0.0)
        if score[row, column] < least:
            break
        index = np.flatnonzero(left)
        prior = float(votes.height_m[row])
        cone = votes.slope(column), prior
        for reach in (2.0, 2.0, 1.5, 1.2, 1.2, 1.2):
            near = _near(r[index], z[index], cone, reach * width_deg)
            if near.sum() < 2:
                break
            cone = _fit(r[index[near]], z[index[near]], width_deg, prior)
        gone = index[_near(r[index], z[index], cone, 1.5 * width_deg)]
        far = abs(cone[1] - common) > 1.5 * _NEIGHBOURLY_M
        if far or len(gone) < least or not _fits_between(cone, found, width_deg):
            weights[max(0, row - 3) : row + 4, max(0, column - 2) : column + 3] = 0
            continue
        votes.count(gone, -1)
        left[gone] = False
        found.append(cone)
        strengths.append(len(gone))
    return found


def _refined(found: list[tuple[float, float]], r: Array, z: Array, width_deg: float) -> LaserCones | None:
    """Every point to the nearest cone, every cone to its points, a few times over; then how far points are spread."""
    if len(found) < 2:
        return None
    slope, height = np.array(sorted(found, reverse=True)).T
    for _ in range(4):
        cones = LaserCones(np.degrees(np.arctan(slope)), height, 2 * width_deg)
        line = cones.lines_of(np.column_stack([r, np.zeros_like(r), z]))
        beside = [np.median(height[max(0, i - 2) : i + 3]) for i in range(len(slope))]
        order = np.argsort(line, kind="stable")
        bounds = np.searchsorted(line[order], np.arange(len(slope) + 1))
        fits = []
        for i, prior in enumerate(beside):
            own = order[bounds[i] : bounds[i + 1]]
            fits.append(_fit(r[own], z[own], width_deg, float(prior)) if len(own) > 1 else (slope[i], height[i]))
        slope, height = np.array(fits).T
        if (np.diff(slope) >= 0).any():
            return None
    cones = LaserCones(np.degrees(np.arctan(slope)), height, 2 * width_deg)
    _, off_deg, gap_deg = cones._nearest(r, z)
    near = np.abs(off_deg) < np.minimum(2 * width_deg + _rounding_deg(r, z), _WITHIN_GAP * gap_deg)
    if not near.any():
        return None
    spread = np.quantile(np.maximum(np.abs(off_deg[near]) - _rounding_deg(r, z)[near], 0), 0.99)
    return LaserCones(cones.elevation_deg, height, float(max(_SLACK * spread, width_deg / 2)))


def _is_sharp(cones: LaserCones, width_deg: float) -> bool:
    spread = cones.tolerance_deg / _SLACK
    gaps = -np.diff(cones.elevation_deg)
    return spread <= width_deg and (len(gaps) == 0 or spread <= _MOST_SPREAD * float(np.median(gaps)))


def _fits_between(cone: tuple[float, float], found: list[tuple[float, float]], width_deg: float) -> bool:
    """Whether a cone stands clear of those found, and on the same side of each near the sensor and far away."""
    if not found:
        return True
    slope, height = np.array(found).T
    sides = []
    for r in _NEVER_CROSS_M:
        apart = np.degrees(np.arctan2(cone[0] * r + cone[1], r) - np.arctan2(slope * r + height, r))
        if np.abs(apart).min() < 2 * width_deg:
            return False
        sides.append(apart > 0)
    return bool((sides[0] == sides[1]).all())


def _fit(r: Array, z: Array, width_deg: float, prior_m: float) -> tuple[float, float]:
    """(slope, height) by least squares, the height held where the distances do not tell it.

    Weights are 1 / variance: a point's z is off by its line's width, which grows with the distance, and by rounding;
    the height is off its prior by _PRIOR_M.
    """
    weight = 1 / (np.radians(width_deg) * np.hypot(r, z) + _ROUNDING_M) ** 2
    held = 1 / _PRIOR_M**2
    rr, r1, one = weight @ r**2, weight @ r, weight.sum() + held
    rz, z1 = weight @ (r * z), weight @ z + held * prior_m
    scale = rr * one - r1**2
    return (rz * one - z1 * r1) / scale, (rr * z1 - r1 * rz) / scale


def _near(r: Array, z: Array, cone: tuple[float, float], within_deg: float) -> NDArray[np.bool_]:
    slope, height = cone
    off_m = np.abs(z - slope * r - height) / np.hypot(1, slope)
    result: NDArray[np.bool_] = off_m <= np.radians(within_deg) * np.hypot(r, z) + _ROUNDING_M
    return result


def _rounding_deg(r: Array, z: Array) -> Array:
    return np.degrees(_ROUNDING_M / np.maximum(np.hypot(r, z), _ROUNDING_M))


def _cylindrical(xyz_m: NDArray[np.floating]) -> tuple[Array, Array]:
    xyz = xyz_m.astype(np.float64, copy=False)
    return np.hypot(xyz[:, 0], xyz[:, 1]), xyz[:, 2]
