"""What a stereo pair would make of a street: the exact depth, matched in windows, with what matching cannot know.

Only to judge accumulated scans by, as KITTI's ground truth was (Uhrig et al., "Sparsity Invariant CNNs", 3DV 2017,
section 4, by semi-global matching). The figures are set so that what is left has the density, and the share of
measurements with ground truth, of KITTI's official frame (``benchmarks/ground_truth.py``).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

Floats = NDArray[np.float32]
BASELINE_M = 0.54
"""Of KITTI's colour cameras: Geiger et al., "Vision meets Robotics", IJRR 2013, figure 3."""
WINDOW_RAD = 7 / 721.54
"""7 pixels of KITTI's image. A match is as sharp as its window: depth edges and what is narrower than it come out
between the two surfaces."""
UNMATCHED_SHARE = 0.27
"""Of the picture, in blotches of about a window: so much lacks in the official ground truth on plain road and walls."""
AGREE_RAD, AGREE_SHARE = 0.5 / 721.54, 0.03
"""How far a point's disparity may be from the matched one: half a pixel of KITTI's image, and a share of it."""


def matched_disparity(rng: np.random.Generator, depth_m: Floats, focal_px: float) -> Floats:
    """Exact depth float32 (H, W) metres, 0 = sky -> disparity float32 (H, W) in pixels, 0 = no match.

    The left image is the one that depth is given for. No match: sky; what the right camera does not see, hidden behind
    something nearer or beyond its edge; blotches of the picture at random.
    """
    disparity = np.zeros_like(depth_m)
    np.divide(np.float32(focal_px * BASELINE_M), depth_m, out=disparity, where=depth_m > 0)
    window = max(3, round(WINDOW_RAD * focal_px))
    matched = uniform_filter(disparity, window, mode="nearest")
    matched[(depth_m == 0) | _unseen_at_right(disparity) | _blotches(rng, depth_m.shape, window)] = 0
    return matched


def agree(depth_m: Floats, disparity: Floats, focal_px: float) -> NDArray[np.bool_]:
    """Whether depths > 0 (inf = none) agree with matched disparities; both float32 (H, W)."""
    of_depth = np.float32(focal_px * BASELINE_M) / depth_m
    close: NDArray[np.bool_] = np.abs(of_depth - disparity) <= AGREE_RAD * focal_px + AGREE_SHARE * disparity
    return close & (disparity > 0) & np.isfinite(depth_m)


def _unseen_at_right(disparity: Floats) -> NDArray[np.bool_]:
    """bool (H, W): pixel x lies at x - disparity in the right image; a nearer one from further right may cover it."""
    at_right = np.arange(disparity.shape[1], dtype=np.float32) - disparity
    leftmost = np.minimum.accumulate(at_right[:, ::-1], axis=1)[:, ::-1]
    covered = np.zeros(disparity.shape, bool)
    covered[:, :-1] = leftmost[:, 1:] < at_right[:, :-1]
    covered |= at_right < 0
    return covered


def _blotches(rng: np.random.Generator, size: tuple[int, int], width: int) -> NDArray[np.bool_]:
    """bool (H, W): blotches of about ``width`` pixels, covering UNMATCHED_SHARE of the picture."""
    cells = [side // width + 2 for side in size]
    coarse = rng.standard_normal(cells, np.float32).repeat(width, 0).repeat(width, 1)
    smooth = uniform_filter(coarse, width)[: size[0], : size[1]]
    return smooth < np.quantile(smooth, UNMATCHED_SHARE)
