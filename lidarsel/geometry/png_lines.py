"""Lines recovered from a bare depth image, where neither scan nor ring is at hand.

Each laser sweeps a cone about the lidar's axis, so back-projected pixels of one line share the slope

    slope = atan((z - z0) / horizontal distance)

seen from the cones' apex, z0 above the lidar's origin: on a real HDL-64E scan z0 is 0.20 m for the upper block and
0.12 m for the lower, and each line keeps its cone to 0.2 mm. Pixels being 0.08 degrees high and lines 0.27 degrees
apart at least, the slopes of an image form a comb. What blurs the comb is fitted by making it sharp: the apex, the
forward speed that de-skewing has added (per image), and, where the mounting is only roughly known, roll and pitch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE, Calibration
from lidarsel.geometry.motion import time_in_scan_s
from lidarsel.geometry.projection import back_project

Array = NDArray[np.float64]

_BIN_DEG = 0.01
_RANGE_DEG = (-60.0, 40.0)
_SCALE = {"apex": 0.1, "speed": 10.0, "roll": 0.01, "pitch": 0.01}  # one unit of the search in m, m/s, rad, rad
# Beyond these lie false combs: seen from a point of the road, for one, all the road has one slope.
_LIMIT = {"apex": 3.5, "speed": 5.0, "roll": 4.0, "pitch": 4.0}
_GRID_KNOWN = {"apex": tuple(np.arange(-1.0, 3.01, 0.25)), "speed": tuple(np.arange(0.0, 3.6, 0.4))}
_GRID_ROUGH = {
    "apex": (0.0, 0.5, 1.0, 1.5, 2.0, 2.5),
    "speed": tuple(np.arange(0.0, 3.6, 0.6)),
    "roll": (-2.0, -1.0, 0.0, 1.0, 2.0),
    "pitch": (-2.0, -1.0, 0.0, 1.0, 2.0),
}
_WITHIN_GAP = 0.35  # of the way to the next line; farther off a pixel's line is unknown
_LEAST_KNOWN_SHARE = 0.8
_LEAST_PEAK = 0.05  # of the median peak
_LARGEST_TILT_DEG = 1.5  # of one rig against another


@dataclass(frozen=True, eq=False)
class DepthPixels:
    """The pixels of a depth image that have a value. row, column: int (N,). depth_m: float (N,)."""

    row: NDArray[np.integer]
    column: NDArray[np.integer]
    depth_m: NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class LineModel:
    """The comb of slopes. slope_deg: float64 (n_lines,), descending; apex_m, roll_rad, pitch_rad: what sharpens it.

    elevation_deg: float64 (n_lines,), median elevation of each line's pixels seen from the lidar's origin.
    """

    calibration: Calibration
    slope_deg: Array
    apex_m: float
    roll_rad: float
    pitch_rad: float
    blur_deg: float
    elevation_deg: Array

    @property
    def n_lines(self) -> int:
        return len(self.slope_deg)

    def lines_of(self, pixels: DepthPixels) -> NDArray[np.int16]:
        """int16 (N,): the line of each pixel, 0 = topmost, -1 where the slope falls between two lines."""
        xyz = back_project(pixels.row, pixels.column, pixels.depth_m, self.calibration)
        fixed = {"apex": self.apex_m, "roll": self.roll_rad, "pitch": self.pitch_rad}
        speed = _fit_speed(xyz, fixed, self.blur_deg)
        slope = _slope_deg(xyz, **fixed, speed=speed)
        ascending = self.slope_deg[::-1]
        above = np.clip(np.searchsorted(ascending, slope), 1, len(ascending) - 1)
        nearest = np.where(slope - ascending[above - 1] < ascending[above] - slope, above - 1, above)
        gaps = np.diff(ascending)
        outer = np.concatenate(([gaps[0]], gaps, [gaps[-1]]))
        off = slope - ascending[nearest]
        gap = np.where(off < 0, outer[nearest], outer[nearest + 1])
        line = self.n_lines - 1 - nearest
        return np.where(np.abs(off) <= _WITHIN_GAP * gap, line, UNKNOWN_LINE).astype(np.int16)


def fit_lines(images: Sequence[DepthPixels], calibration: Calibration, mounting_known: bool = True) -> LineModel:
    """Fit the comb of slopes to some images of one sensor (eight tell more than one: upper lines often see sky).

    mounting_known: False where ``calibration.camera_from_lidar`` is nominal, to fit roll and pitch as well.
    Lines are numbered from the topmost one seen; lines that never reach the image are not counted.
    Raises ValueError where the pixels form no comb.
    """
    points = [back_project(p.row, p.column, p.depth_m, calibration) for p in images if len(p.depth_m)]
    if not points:
        raise ValueError("no pixel has depth")
    blur = 0.5 * float(np.degrees(1 / calibration.intrinsics[1, 1]))
    richest = max(points, key=len)
    fixed, _ = _fit_mounting(richest, blur, mounting_known)
    slopes = [_slope_deg(xyz, **fixed, speed=_fit_speed(xyz, fixed, blur)) for xyz in points]
    comb = _find_comb(np.concatenate(slopes), blur)
    model = LineModel(calibration, comb, fixed["apex"], fixed["roll"], fixed["pitch"], blur, np.full(len(comb), np.nan))
    lines = [model.lines_of(p) for p in images if len(p.depth_m)]
    line = np.concatenate(lines)
    if (line != UNKNOWN_LINE).mean() < _LEAST_KNOWN_SHARE:
        raise ValueError("the pixels form no lines")
    xyz = np.concatenate(points)
    elevation = np.degrees(np.arctan2(_levelled(xyz, **_tilt(fixed)), np.hypot(xyz[:, 0], xyz[:, 1])))
    medians = [float(np.median(elevation[line == i])) for i in range(len(comb))]
    return LineModel(calibration, comb, fixed["apex"], fixed["roll"], fixed["pitch"], blur, np.array(medians))


def _tilt(fixed: dict[str, float]) -> dict[str, float]:
    return {"roll": fixed["roll"], "pitch": fixed["pitch"]}


def _levelled(xyz: Array, roll: float, pitch: float) -> Array:
    """float64 (N,): height after a small roll and pitch of the mounting (first order: they are about 0.01 rad)."""
    return xyz[:, 2] + roll * xyz[:, 1] - pitch * xyz[:, 0]


def _slope_deg(xyz: Array, apex: float, speed: float, roll: float, pitch: float) -> Array:
    """float64 (N,): slope of each point seen from the apex, the forward speed's de-skewing undone."""
    x = xyz[:, 0] - speed * time_in_scan_s(xyz)
    return np.degrees(np.arctan2(_levelled(xyz, roll, pitch) - apex, np.hypot(x, xyz[:, 1])))


def _sharpness(slope_deg: Array, blur_deg: float) -> float:
    """Sum of squares of the blurred histogram: greatest where the slopes gather in few places."""
    h = _histogram(slope_deg, blur_deg)
    return float(h @ h) / len(slope_deg) ** 2


def _histogram(slope_deg: Array, blur_deg: float) -> Array:
    from scipy.ndimage import gaussian_filter1d

    n_bins = round((_RANGE_DEG[1] - _RANGE_DEG[0]) / _BIN_DEG)
    index = ((slope_deg - _RANGE_DEG[0]) / _BIN_DEG).astype(np.int64)
    counts = np.bincount(index[(index >= 0) & (index < n_bins)], minlength=n_bins).astype(np.float64)
    return gaussian_filter1d(counts, blur_deg / _BIN_DEG)


def _fit_mounting(xyz: Array, blur: float, mounting_known: bool) -> tuple[dict[str, float], float]:
    """Apex, roll and pitch, and the speed, that make the comb of one image sharpest."""
    from scipy.optimize import minimize

    grid = _GRID_KNOWN if mounting_known else _GRID_ROUGH
    names = list(grid)
    starts = np.stack(np.meshgrid(*grid.values(), indexing="ij"), -1).reshape(-1, len(names))

    def values(unit: Array) -> dict[str, float]:
        known = {name: float(u) * _SCALE[name] for name, u in zip(names, unit, strict=True)}
        return {"roll": 0.0, "pitch": 0.0, **known}

    def cost(unit: Array, width: float) -> float:
        if any(abs(u) > _LIMIT[name] for name, u in zip(names, unit, strict=True)):
            return 0.0
        return -_sharpness(_slope_deg(xyz, **values(unit)), width)

    # A wide comb leads from afar, a narrow one tells places apart that the wide one blurs.
    leads = [
        np.argsort([cost(start, width) for start in starts], kind="stable")[:3] for width in (3 * blur, 1.5 * blur)
    ]
    best: tuple[float, Array] | None = None
    for start in starts[np.unique(leads)]:
        unit = start
        for width, reach in ((2 * blur, 0.4), (blur, 0.15)):
            simplex = unit + np.vstack([np.zeros(len(names)), np.eye(len(names)) * reach])
            unit = minimize(
                partial(cost, width=width),
                unit,
                method="Nelder-Mead",
                options={"initial_simplex": simplex, "maxiter": 200, "xatol": 1e-3, "fatol": 1e-7},
            ).x
        found = cost(unit, blur)
        if best is None or found < best[0]:
            best = found, unit
    assert best is not None
    fitted = values(best[1])
    speed = fitted.pop("speed")
    return fitted, speed


def _fit_speed(xyz: Array, fixed: dict[str, float], blur: float) -> float:
    """The forward speed, m/s, that makes one image's comb sharpest, coarse to fine."""
    centre, span = 15.0, 20.0
    for width, step in ((3 * blur, 4.0), (2 * blur, 1.0), (blur, 0.25)):
        speeds = np.arange(centre - span, centre + span + step / 2, step)
        scores = [_sharpness(_slope_deg(xyz, **fixed, speed=float(speed)), width) for speed in speeds]
        centre, span = float(speeds[int(np.argmax(scores))]), step
    return centre


def _find_comb(slope_deg: Array, blur: float) -> Array:
    """float64 (n_lines,), descending: the places where slopes gather."""
    from scipy.signal import find_peaks

    h = _histogram(slope_deg, blur)
    peaks, found = find_peaks(h, distance=max(1, round(4 * blur / _BIN_DEG)), prominence=1e-3 * h.max())
    prominence = found["prominences"]
    peaks = peaks[prominence >= _LEAST_PEAK * np.median(h[peaks])]
    if len(peaks) < 3:
        raise ValueError("the pixels form no lines")
    return np.sort(_RANGE_DEG[0] + (peaks + 0.5) * _BIN_DEG)[::-1]


def line_numbers_in(model: LineModel, reference: LineModel) -> NDArray[np.int16]:
    """int16 (model.n_lines,): the reference's number of each line of another image set of the same sensor, or -1.

    Both combs are of the same lasers, but one may miss lines and be tilted a little: the tilt that brings most lines
    together is taken.
    """
    if model is reference:
        return np.arange(model.n_lines, dtype=np.int16)
    comb, other = reference.slope_deg[::-1], model.slope_deg
    tilts = (comb[:, None] - other[None, :]).ravel()
    tilts = tilts[np.abs(tilts) < _LARGEST_TILT_DEG]
    best = min(tilts, key=lambda tilt: float(np.median(_to_nearest(comb, other + tilt)[1])), default=0.0)
    index, distance = _to_nearest(comb, other + best)
    limit = _WITHIN_GAP * float(np.median(np.diff(comb)))
    return np.where(distance <= limit, len(comb) - 1 - index, UNKNOWN_LINE).astype(np.int16)


def _to_nearest(ascending: Array, values: Array) -> tuple[NDArray[np.int64], Array]:
    """Index of the nearest of ``ascending`` to each value, and how far it is."""
    above = np.clip(np.searchsorted(ascending, values), 1, len(ascending) - 1)
    index = np.where(values - ascending[above - 1] < ascending[above] - values, above - 1, above)
    return index, np.abs(ascending[index] - values)
