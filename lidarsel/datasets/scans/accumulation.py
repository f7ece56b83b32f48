"""Ground truth from neighbouring scans: projected together, checked for occlusion and agreement.

After Uhrig et al., "Sparsity Invariant CNNs" (3DV 2017), who accumulate eleven laser scans and remove what disagrees
with a stereo reconstruction. Here the frame's own scan, measured with the image, takes the part of stereo: where it
sees past a point of another scan, or something in front of it, that point is a moving thing's trace or hidden.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.placed_scans import Depth, PlacedScan, draw_placed
from lidarsel.geometry.views import View
from lidarsel.geometry.windows import greatest_around, least_around

NEIGHBOURS = 5
LEAST_NEIGHBOURS = 2

_AGREE = 0.03  # two scans agree within 3 % of the depth
_STEEPEST_PER_M = 0.7  # inverse depth changes by this a radian on the road 1.4 m below the camera, and less of range
_OWN_WINDOW_DEG = (0.72, 0.4)  # up and across: lines of an HDL-64E lie 0.3-0.55 degrees apart, their points 0.17
_OTHERS_WINDOW = (3, 3)
_FAR = np.float32(np.inf)


def accumulate(
    own_xyz_m: NDArray[np.floating],
    others: Sequence[PlacedScan],
    view: View,
) -> Depth:
    """float32 (H, W) metres, 0 = no value.

    A pixel takes the depth of the own scan, else of the scan nearest in time that hits it. It is dropped where

    - scans that hit it disagree,
    - the own scan saw only nearer or only farther things around it,
    - the own scan saw nothing around it, and fewer than two other scans agree,
    - a pixel beside it shows something nearer, which hides it.

    Args:
        own_xyz_m: float (N, 3), the frame's own scan, de-skewed.
        others: the neighbouring scans, nearest in time first.
        view: the image: the camera's, or that of the whole turn.
    """
    drawn = draw_placed([PlacedScan(own_xyz_m, np.eye(4)), *others], view)
    own, others_m = drawn.depth_m[0], drawn.depth_m[1:]
    # Few pixels have a value: what is asked of each is asked of these alone.
    nearest, farthest, depth = own.ravel().copy(), _hits(own).ravel(), own.ravel().copy()
    for at, other in zip(drawn.at[1:], others_m.reshape(len(others), -1), strict=True):
        other_depth = other[at]
        nearest[at] = np.minimum(nearest[at], other_depth)
        farthest[at] = np.maximum(farthest[at], other_depth)
        depth[at] = np.where(np.isinf(depth[at]), other_depth, depth[at])
    there = np.flatnonzero(np.isfinite(depth))
    depth_there = depth[there]
    slope = _STEEPEST_PER_M / view.pixels_per_rad
    up, across = (max(3, round(np.radians(angle) * view.pixels_per_rad) // 2 * 2 + 1) for angle in _OWN_WINDOW_DEG)
    near = least_around(own, (up, across)).ravel()[there]
    far = greatest_around(_hits(own), (up, across)).ravel()[there]
    unseen = np.isinf(near)
    keep = _agree(nearest[there], farthest[there]) & (unseen | _between(depth_there, near, far, slope))
    keep[unseen] &= _count_agreeing(depth_there[unseen], others_m, there[unseen], slope) >= 2
    # A moving thing's trace was dropped above and hides nothing.
    standing = np.full(view.size, _FAR)
    standing.ravel()[there[keep]] = depth_there[keep]
    seen = there[keep][~_hidden(standing, there[keep], slope)]
    kept: Depth = np.zeros(view.size, np.float32)
    kept.ravel()[seen] = depth[seen]
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


def _hidden(depth: Depth, at: NDArray[np.int64], slope: float) -> NDArray[np.bool_]:
    """bool (K,) for K pixels, ``at`` being their places in the image told off row by row: whether a neighbouring pixel
    has a nearer surface, one that stands before this pixel's, seen from the camera."""
    near = least_around(depth, _OTHERS_WINDOW)
    return ~_agree(near.ravel()[at], depth.ravel()[at], slope)


def _count_agreeing(depth: Depth, others: Depth, at: NDArray[np.int64], slope: float) -> NDArray[np.int64]:
    """int64 (K,) for K pixels, ``at`` being their places in the image told off row by row, with float32 (K,) depth:
    how many of ``others``, (scans, H, W), have a point in or beside the pixel that agrees."""
    height, width = others.shape[1:]
    row, column = np.divmod(at, width)
    agreeing = np.zeros((len(others), len(at)), bool)
    flat = others.reshape(len(others), -1)
    for down in (-1, 0, 1):
        # Past the image's edge the pixel itself, or one that is looked at anyway, is looked at once more.
        beside_row = np.clip(row + down, 0, height - 1) * width
        for right in (-1, 0, 1):
            beside = flat[:, beside_row + np.clip(column + right, 0, width - 1)]
            agreeing |= np.isfinite(beside) & _agree(np.minimum(depth, beside), np.maximum(depth, beside), slope)
    count: NDArray[np.int64] = agreeing.sum(axis=0)
    return count
