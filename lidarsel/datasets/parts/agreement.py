"""Two measurements of the same depth compared: in another unit, or projected by a wrong calibration, they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.depth import stored_units_per_m
from lidarsel.datasets.parts.files import DEPTH_UNITS_PER_M
from lidarsel.errors import BadInputError

AGREE_SHARE = 0.05
AGREE_M = 0.3
_REACH_PIXELS = 3.0
COMPARED_ON = 3
"""Frames of a data set."""
_ENOUGH = 100
_FEWEST = 30
"""Pixels: of fewer nothing is said."""
_PLAUSIBLE = 0.85
"""Share of agreeing pixels. On a real KITTI frame velodyne_raw and ground truth each agree with the scan at 98 to 99 %,
even without de-skewing; turned by 1 degree at 6 to 15 (up or down), 65 to 71 (sideways), by 3 degrees at 4 to 6, 31 to
33, and 69 to 83 where it rolls."""
_NONE = 0.02
"""Share below which no answer can mean anything: turned by 3 degrees, 4 % agree still."""
_CONCENTRATED = 0.5
_OFF = 1.25
"""Of the median ratio. A wrong calibration shifts it too, to 1.2 by 2 degrees, but then the ratios spread."""
_UNIT_OFF = 0.02
"""512 values a metre are not 500. Whole metres come out 3 % short, as they are cut off."""
_UNITS = {
    1000.0: "millimetres",
    100.0: "centimetres",
    10.0: "decimetres",
    1.0: "metres",
    256.0: "metres * 256",
    500.0: "metres * 500",
    5000.0: "metres * 5000",
}
"""Values per metre, and what such values are called."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Of N pixels that two measurements share. ratio: float64 (N,), the second over the first.

    difference_m: float64 (N,), absolute.
    """

    ratio: NDArray[np.float64]
    difference_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ratio)

    @property
    def median(self) -> float:
        """Of the ratio."""
        return float(np.median(self.ratio))

    @property
    def agreeing(self) -> float:
        """Share of the pixels within 5 % or 0.3 m of each other."""
        return float(((np.abs(self.ratio - 1) <= AGREE_SHARE) | (self.difference_m <= AGREE_M)).mean())

    @property
    def concentrated(self) -> float:
        """Share of the pixels whose ratio is within 5 % of the median: high for another unit, not for a wrong view."""
        return float((np.abs(self.ratio / self.median - 1) <= AGREE_SHARE).mean())


def compare(
    row: NDArray[np.integer], column: NDArray[np.integer], depth_m: NDArray[np.floating], other_m: NDArray[np.floating]
) -> Agreement:
    """Points (N,) in the image against another measurement, (H, W) metres, 0 = no value, at their pixels.

    Where the two share fewer than a hundred pixels, the value nearest to each point counts, at most 3 pixels away.
    """
    at = other_m[row, column].astype(np.float64)
    shared = at > 0
    if shared.sum() < _ENOUGH and len(depth_m):
        from scipy.spatial import cKDTree

        there = np.column_stack(np.nonzero(other_m))
        if len(there):
            distance, index = cKDTree(there).query(np.column_stack([row, column]), distance_upper_bound=_REACH_PIXELS)
            shared = np.isfinite(distance)
            nearest = there[np.where(shared, index, 0)]
            at = other_m[nearest[:, 0], nearest[:, 1]].astype(np.float64)
    own = depth_m[shared].astype(np.float64)
    return Agreement(at[shared] / own, np.abs(at[shared] - own))


def joined(found: Sequence[Agreement]) -> Agreement:
    """Of several frames."""
    return Agreement(
        np.concatenate([one.ratio for one in found] or [np.empty(0)]),
        np.concatenate([one.difference_m for one in found] or [np.empty(0)]),
    )


def require_plausible(
    path: Path, name: str, reference: str, found: Sequence[Agreement], units_per_m: float | None = None
) -> list[str]:
    """What must be said of two measurements of some frames: nothing where they agree as far as such do.

    Args:
        path: a file of the measurement compared.
        name: what it is, as ``ground truth``.
        reference: what it is compared with, as ``the projected scan``.
        found: of each frame.
        units_per_m: stored units to a metre that the file was read by; None for its format's.

    Raises:
        BadInputError: its depths are another unit's, or agree nowhere.
    """
    every, read_by = joined(found), stored_units_per_m(path, units_per_m)
    if len(every) < _FEWEST:
        return []
    if abs(np.log(every.median)) > np.log(_OFF) and every.concentrated >= _CONCENTRATED:
        problem = f"its depths are {every.median:.3g} times those of {reference}{_likely(every.median, read_by)}"
        raise BadInputError(path, problem, _remedy(every.median, read_by))
    if every.agreeing >= _PLAUSIBLE:
        return []
    if every.agreeing < _NONE and len(every) >= _ENOUGH:
        problem = f"agrees with {reference} within 5 % or 0.3 m at {every.agreeing:.0%} of {len(every)} pixels"
        raise BadInputError(path, problem, f"take {name} of the same frame and camera, and the calibration of both")
    return [
        f"{_capital(name)} and {reference} agree within 5 % or 0.3 m at only {every.agreeing:.0%} of {len(every)} "
        "pixels that both have (98 % on KITTI): the calibration may be wrong, or they are of different moments. See "
        "whether the points lie on what they hit: lidarsel inspect DATA --plot lines.png."
    ]


def nothing_in_image(scan: Path) -> BadInputError:
    """What to raise where no point of the scans reaches an image."""
    remedy = (
        "see whether the calibration takes the lidar's coordinates (x forward, z up) to the camera's (z forward, "
        "y down), and not back"
    )
    return BadInputError(scan, "none of its points, nor of other scans looked at, falls in the camera's image", remedy)


def scale_facts(options: ReadOptions) -> list[str]:
    """What a data set's fingerprint must hold of the unit of its depth images: nothing where it is KITTI's."""
    return [] if options.depth_scale in (None, DEPTH_UNITS_PER_M) else [f"depth scale {options.depth_scale!r}"]


def _likely(ratio: float, read_by: float) -> str:
    """What unit explains a ratio, as the end of a sentence."""
    unit = _nearest_unit(ratio * read_by)
    if unit is not None:
        return f", as {_UNITS[unit]} read as {_unit_name(read_by)} are"
    other = _nearest_unit(read_by / ratio) or _nearest_unit(1 / ratio)
    return "" if other is None else f", as where the latter are {_UNITS[other]}"


def _remedy(ratio: float, read_by: float) -> str:
    units = _nearest_unit(ratio * read_by) or float(f"{ratio * read_by:.3g}")
    return f"save depth as {_unit_name(read_by)}, or give --depth-scale {units:g} where that is its values per metre"


def _unit_name(units_per_m: float) -> str:
    return _UNITS.get(units_per_m, f"metres * {units_per_m:g}")


def _nearest_unit(units_per_m: float) -> float | None:
    off = {unit: abs(units_per_m / unit - 1) for unit in _UNITS}
    unit = min(off, key=off.__getitem__)
    return unit if off[unit] <= (_UNIT_OFF if unit > 1 else AGREE_SHARE) else None


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
