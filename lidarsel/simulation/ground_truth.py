"""Ground truth as KITTI makes it: eleven scans in one image, less what a stereo view disagrees with."""

from collections.abc import Sequence

import numpy as np

from lidarsel.frame import Calibration
from lidarsel.geometry.placed_scans import Depth, PlacedScan, draw_nearest
from lidarsel.geometry.views import CameraView
from lidarsel.simulation.sensing.stereo import agree, matched_disparity

NEIGHBOURS = 5
"""On either side: Uhrig et al., "Sparsity Invariant CNNs", 3DV 2017, section 4."""


def semi_dense(
    rng: np.random.Generator, scans: Sequence[PlacedScan], calibration: Calibration, exact_m: Depth
) -> Depth:
    """float32 (H, W) metres, 0 = no value.

    A pixel takes the nearest point of any scan. KITTI's official ground truth does so: of the 12,039 pixels that a real
    frame shares with its own scan none is farther than the scan, and 61 % are the same (measured). It keeps that value
    where stereo matching, run on the exact depth, finds a disparity that agrees. This alone leaves out what moved, what
    the camera does not see, edges, and things too narrow to match.

    Args:
        rng: of the matching's noise.
        scans: the frame's own and its neighbours, placed at the frame.
        calibration: of the camera.
        exact_m: float32 (H, W), the exact depth, 0 = sky.
    """
    nearest = draw_nearest(scans, CameraView(calibration, exact_m.shape))
    focal_px = float(calibration.intrinsics[0, 0])
    kept = agree(nearest, matched_disparity(rng, exact_m, focal_px), focal_px)
    return np.where(kept, nearest, np.float32(0))
