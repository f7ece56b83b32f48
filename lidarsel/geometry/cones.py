"""The cone that each line sweeps, where the line of each point is known: the elevation that is the laser's own.

A laser that stands h above the scan's origin and looks up by e meets only points with z = r tan(e) + h. Seen from the
origin it seems to look up by atan2(z, r), which is e far away only: on an HDL-64E, whose lasers stand 0.12 to 0.21 m
high, the median of that is off by 0.7 to 1.5 degrees, by the scene. Near points beside far ones tell e from h.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ElevationKind

Array = NDArray[np.float64]

_LEAST_RANGE_M = 0.5  # nearer is the lidar's own housing, or no return
_LEAST_POINTS = 20
_REWEIGHTINGS = 6  # of the reweighting, which has settled to 0.0001 degrees on KITTI by then
_BIWEIGHT = 4.685  # Tukey's constant: 95 % efficient where errors are normal
_NORMAL_MEDIAN, _NORMAL_90 = 0.6745, 1.645  # of the size of an error, in standard deviations
_LEAST_SIGMA_DEG = 1e-3
_ROUNDING_M = 5e-4
_AS_MANY = 50  # points that err each for itself: those beside each other err alike
_BESIDE = 4  # lines on either side whose heights stand for that of a line that sees all at one distance
_LEAST_PRIOR_M = 1e-3
_MOST_SPREAD_DEG = 0.1
_TOLD_DEG = 0.02  # less certain lines ask those beside them for their heights
_MOST_UNCERTAIN_DEG = 0.1  # by an estimate that is cautious: simulated sensors are off by less than half of it


@dataclass(frozen=True, eq=False)
class LineElevations:
    """elevation_deg: float64 (n_lines,), 0 = topmost. kind: "cone", the lasers' own, or "apparent"."""

    elevation_deg: Array
    kind: ElevationKind


@dataclass(frozen=True, eq=False)
class LineCones:
    """A cone for each line. All float64 (n_lines,), NaN where a line has fewer than 20 points.

    elevation_deg, height_m: of the laser. spread_deg: 90 % of the line's points are no farther off. uncertain_deg: one
    standard error of the elevation.
    """

    elevation_deg: Array
    height_m: Array
    spread_deg: Array
    uncertain_deg: Array

    @property
    def fit(self) -> bool:
        """Whether the points lie on cones, and tell all of their elevations.

        They do not where scans are freed of motion, tilted, or moved to the vehicle's origin, nor where all that a
        lidar sees is at one distance.
        """
        told = np.isfinite(self.elevation_deg)
        sharp = self.spread_deg[told] <= _MOST_SPREAD_DEG
        return bool(told.any() and (sharp & (self.uncertain_deg[told] <= _MOST_UNCERTAIN_DEG)).all())


def fit_cones(xyz_m: NDArray[np.floating], line: NDArray[np.integer], n_lines: int) -> LineCones:
    """float (N, 3) in lidar coordinates, as measured, int (N,) with -1 = unknown -> the cones of lines 0..n_lines-1.

    A line that sees all at one distance leaves open how height and elevation share its slope: it stands as high as the
    lines beside it, as exactly as these agree.
    """
    xyz = xyz_m.astype(np.float64, copy=False)
    r, z = np.hypot(xyz[:, 0], xyz[:, 1]), xyz[:, 2]
    order, bounds = _by_line(np.where(np.hypot(r, z) < _LEAST_RANGE_M, -1, line), n_lines)
    r, z = r[order], z[order]
    table = np.full((5, n_lines), np.nan)
    slices = {i: slice(low, high) for i, (low, high) in enumerate(bounds) if high - low >= _LEAST_POINTS}
    for i, own in slices.items():
        table[:, i] = _fit(r[own], z[own])
    height_m, height_error_m = table[1].copy(), table[4].copy()
    for i in np.flatnonzero(table[3] > _TOLD_DEG).tolist():
        beside = [j for j in range(max(0, i - _BESIDE), i + _BESIDE + 1) if j != i and j in slices]
        prior = _height_beside(height_m[beside], height_error_m[beside])
        if prior is not None:
            table[:, i] = _fit(r[slices[i]], z[slices[i]], *prior)
    return LineCones(*table[:4])


def _height_beside(height_m: Array, error_m: Array) -> tuple[float, float] | None:
    """(n,), their standard errors -> the height of a line beside these and how far it may be from that, a standard
    deviation; None where fewer than two of them tell theirs.

    Neighbours differ by more than they err where blocks of lasers meet: by 0.08 m in an HDL-64E. What they differ by
    beyond their errors (the estimate of DerSimonian and Laird, 1986) is what a further one may be off.
    """
    told = np.isfinite(error_m)
    if told.sum() < 2:
        return None
    height, weight = height_m[told], 1 / np.maximum(error_m[told], _LEAST_PRIOR_M) ** 2
    total = float(weight.sum())
    mean = float(weight @ height) / total
    excess = float(weight @ (height - mean) ** 2) - (len(height) - 1)
    between = max(0.0, excess) / (total - float(weight @ weight) / total)
    return mean, max(float(np.sqrt(between + 1 / total)), _LEAST_PRIOR_M)


def some_of_each_line(line: NDArray[np.integer], n_lines: int, most: int) -> NDArray[np.int64]:
    """int (N,), -1 = unknown -> int64: where at most ``most`` points of each line stand, evenly spread in the file."""
    order, bounds = _by_line(line, n_lines)
    spread = [np.linspace(low, high - 1, min(most, high - low)).astype(np.int64) for low, high in bounds]
    return order[np.concatenate(spread)] if spread else np.empty(0, np.int64)


def elevations_told(cones: LineCones, apparent_deg: Array) -> LineElevations:
    """The cones' elevations where these fit, else the apparent ones, float64 (n_lines,), finite.

    A line that hardly ever returns has no cone. Its elevation is the apparent one, corrected by as much as those of the
    lines beside it.
    """
    if not cones.fit:
        return LineElevations(apparent_deg, "apparent")
    told = np.flatnonzero(np.isfinite(cones.elevation_deg))
    off = np.interp(np.arange(len(apparent_deg)), told, (cones.elevation_deg - apparent_deg)[told])
    return LineElevations(apparent_deg + off, "cone")


def _by_line(line: NDArray[np.integer], n_lines: int) -> tuple[NDArray[np.int64], Sequence[tuple[int, int]]]:
    """The points in the order of their lines, and where in that order each line begins and ends."""
    order = np.argsort(line, kind="stable")
    ends = np.searchsorted(line[order], np.arange(n_lines + 1)).tolist()
    return order, list(pairwise(ends))


def _fit(
    r: Array, z: Array, prior_m: float = 0.0, prior_sigma_m: float = np.inf
) -> tuple[float, float, float, float, float]:
    """(elevation in degrees, height, spread in degrees, standard errors of the two), the height held by a prior.

    Least squares in closed form, of points weighted by how exact they are and, from the second time on, by how well
    they agree (Tukey's biweight): what is on no cone at all, as mirror images are, does not pull.
    """
    distance = np.hypot(r, z)
    held, share = prior_sigma_m**-2, min(1.0, _AS_MANY / len(r))
    agree, sigma_deg = np.ones_like(r), 0.01
    for _ in range(_REWEIGHTINGS):
        weight = share * agree / (np.radians(sigma_deg) * distance + _ROUNDING_M) ** 2
        rr, r1, one = weight @ r**2, weight @ r, weight.sum() + held
        rz, z1 = weight @ (r * z), weight @ z + held * prior_m
        scale = rr * one - r1**2
        if scale <= 1e-12 * rr * one:  # all at one distance: any height will do
            return float(np.degrees(np.arctan2(np.median(z), np.median(r)))), 0.0, 0.0, np.inf, np.inf
        slope, height = (rz * one - z1 * r1) / scale, (rr * z1 - r1 * rz) / scale
        off_deg = np.degrees(np.abs(z - slope * r - height) / np.hypot(1, slope) / distance)
        sigma_deg = max(float(np.median(off_deg)) / _NORMAL_MEDIAN, _LEAST_SIGMA_DEG)
        agree = np.maximum(1 - (off_deg / (_BIWEIGHT * sigma_deg)) ** 2, 0) ** 2
    spread_deg = float(np.quantile(off_deg, 0.9))
    blur = max(1.0, spread_deg / _NORMAL_90 / sigma_deg)
    error_deg = np.degrees(np.sqrt(one / scale) / (1 + slope**2) * blur)
    error_m = np.sqrt(rr / scale) * blur
    return float(np.degrees(np.arctan(slope))), float(height), spread_deg, float(error_deg), float(error_m)
