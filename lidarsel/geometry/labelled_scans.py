"""Labels of points, carried over to the pixels of a depth image that the points made."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.matching import AGREE_M, nearest_points, reach_pixels_of
from lidarsel.geometry.placed_scans import Depth, PlacedScan
from lidarsel.geometry.views import View


@dataclass(frozen=True, eq=False)
class LabelledScan:
    """A scan, where it was taken, and uint8 (N,), the label of each of its points."""

    scan: PlacedScan
    label: NDArray[np.uint8]


def labels_of_pixels(depth_m: Depth, scans: Iterable[LabelledScan], view: View) -> NDArray[np.uint8]:
    """uint8 (H, W): the label of the point that made each pixel's depth; 0 where no point near by agrees, or no depth.

    Of the points that fall on the pixel within 0.3 m, the one nearest in depth counts (where the depth was drawn from
    these scans, the very point that made it); else the nearest in the image and in depth, as in ``match_pixels``.

    Args:
        depth_m: float32 (H, W), 0 = no value.
        scans: those that may have made it; of points as near as each other the earlier scan's counts. No more of them
            are asked for once every pixel has met its point exactly.
        view: the image.
    """
    size, truth = depth_m.shape, depth_m.ravel()
    off_m = np.where(truth > 0, np.float32(AGREE_M), np.float32(-1))  # of the nearest point yet; -1: none is wanted
    label = np.zeros(truth.size, np.uint8)
    seen_points, seen_labels = [], []
    for labelled in scans:
        seen = view.of_scan(labelled.scan.own_from_other).project(labelled.scan.xyz_m)
        seen_points.append(np.column_stack([seen.row, seen.column, seen.depth_m]))
        seen_labels.append(labelled.label[seen.index])
        pixel = seen.row.astype(np.int64) * size[1] + seen.column
        off = np.abs(seen.depth_m - truth[pixel])
        better = np.flatnonzero(off < off_m[pixel])
        nearest_last = better[np.argsort(-off[better], kind="stable")]  # of a pixel named twice the last value stays
        off_m[pixel[nearest_last]] = off[nearest_last]
        label[pixel[nearest_last]] = seen_labels[-1][nearest_last]
        if off_m.max() <= 0:
            return label.reshape(size)
    points, labels = np.concatenate(seen_points), np.concatenate(seen_labels)
    unmet = np.flatnonzero(off_m == np.float32(AGREE_M))
    pixels = np.column_stack([*np.divmod(unmet, size[1]), truth[unmet]])
    beside = nearest_points(points, pixels, reach_pixels_of(view.pixels_per_rad))
    label[unmet[beside >= 0]] = labels[beside[beside >= 0]]
    return label.reshape(size)
