"""Ground truth from neighbouring scans: projected together, checked for occlusion and agreement.

After Uhrig et al., "Sparsity Invariant CNNs" (3DV 2017), who accumulate eleven laser scans and remove what disagrees
with a stereo reconstruction. Here the frame's own scan, measured with the image, takes the part of stereo: where it
sees past a point of another scan, or something in front of it, that point is a moving thing's trace or hidden.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from lidarsel.frame import Calibration
from lidarsel.geometry.placed_scans import Depth, PlacedScan, draw_placed, draw_scan

NEIGHBOURS = 5
LEAST_NEIGHBOURS = 2

_AGREE = 0.03  # two scans agree within 3 % of the depth
_STEEPEST_PER_M = 0.7  # inverse depth changes by this / focal length a pixel on the road 1.4 m below the camera
_OWN_WINDOW_DEG = (0.72, 0.4)  # up and across: lines of an HDL-64E lie 0.3-0.55 degrees apart, their points 0.17
_OTHERS_WINDOW = (3, 3)
_FAR = np.float32(np.inf)


def accumulate(
    own_xyz_m: NDArray[np.floating],
    others: Sequence[PlacedScan],
    calibration: Calibration,
    size: tuple[int, int],
) -> Depth:
    """float32 (H, W) metres, 0 = no value.

    own_xyz_m: float (N, 3), the frame's own scan, de-skewed. others: the neighbouring scans, nearest in time first.
    A pixel takes the depth of the own scan, else of the scan nearest in time that hits it. It is dropped where scans
    that hit it disagree; where the own scan around it saw only nearer or only farther things; where the own scan saw
    nothing around, unless two other scans agree; and where a pixel beside it has something nearer before it.
    """
    own = draw_scan(own_xyz_m, calibration, size)
    drawn = draw_placed(others, calibration, size)
    nearest = np.minimum(own, drawn.min(axis=0))
    farthest = np.maximum(_hits(own), _hits(drawn).max(axis=0))
    disagree = ~_agree(nearest, farthest)
    depth = own.copy()
    for other_depth in drawn:
        depth = np.where(np.isinf(depth), other_depth, depth)
    focal_pixels = float(calibration.intrinsics[1, 1])
    slope = _STEEPEST_PER_M / focal_pixels
    window = tuple(max(3, round(np.radians(angle) * focal_pixels) // 2 * 2 + 1) for angle in _OWN_WINDOW_DEG)
    near = minimum_filter(own, window, mode="constant", cval=np.inf)
    far = maximum_filter(_hits(own), window, mode="constant", cval=0.0)
    unseen = np.isinf(near) & np.isfinite(depth)
    keep = np.isfinite(depth) & ~disagree & (unseen | _between(depth, near, far, slope))
    keep[unseen] &= _count_agreeing(depth, drawn, unseen, slope) >= 2
    # A moving thing's trace was dropped above and hides nothing.
    keep &= ~_hidden(np.where(keep, depth, _FAR), slope)
    kept: Depth = np.where(keep, depth, np.float32(0))
    return kept


def _hits(depth: Depth) -> Depth:
    return np.where(np.isinf(depth), np.float32(0), depth)


def _agree(near: Depth, far: Depth, slope: float = 0.0) -> NDArray[np.bool_]:
    """Whether two depths, near <= far, may be of one surface whose inverse depth differs by ``slope`` between them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 / near - 1 / far <= _AGREE / near + slope


def _between(depth: Depth, near: Depth, far: Depth, slope: float) -> NDArray[np.bool_]:
    """Whether a depth lies between, or agrees with one of, the nearest and the farthest around the pixel."""
    return _agree(np.minimum(depth, near), near, slope) & _agree(far, np.maximum(depth, far), slope)


def _hidden(depth: Depth, slope: float) -> NDArray[np.bool_]:
    """Whether a neighbouring pixel has a nearer surface: one that stands before this pixel's, seen from the camera."""
    near = minimum_filter(depth, _OTHERS_WINDOW, mode="constant", cval=np.inf)
    return ~_agree(near, depth, slope)


def _count_agreeing(depth: Depth, others: Depth, where: NDArray[np.bool_], slope: float) -> NDArray[np.int64]:
    """int64 (K,) for the K pixels of ``where``: how many scans have a point in or beside the pixel that agrees."""
    row, column = np.nonzero(where)
    at = depth[row, column]
    agreeing = np.zeros((len(others), len(at)), bool)
    padded = np.pad(others, ((0, 0), (1, 1), (1, 1)), constant_values=np.inf)
    for down in range(3):
        for right in range(3):
            beside = padded[:, row + down, column + right]
            agreeing |= np.isfinite(beside) & _agree(np.minimum(at, beside), np.maximum(at, beside), slope)
    count: NDArray[np.int64] = agreeing.sum(axis=0)
    return count
