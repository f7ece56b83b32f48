"""Some scans of a data set projected into their images: whether that can be right, and other measurements beside it."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.agreement import COMPARED_ON, Agreement, compare, nothing_in_image
from lidarsel.datasets.parts.fingerprint import spread
from lidarsel.datasets.parts.upright import above_doubts, upright_doubts
from lidarsel.datasets.scans.shots import ShotKind
from lidarsel.errors import BadInputError
from lidarsel.geometry.views import View

Measurement = tuple[View, Sequence[NDArray[np.float32]]]
"""Of a frame: the image, and depth images in it, float32 (H, W) metres, 0 = no value."""


def compare_scans(
    shots: Sequence[ShotKind], measured: Callable[[ShotKind], Measurement]
) -> tuple[list[str], list[list[Agreement]]]:
    """What makes the projection of some frames doubtful, and how far their depth images agree with it.

    De-skewing is left out, as finding the motion may take long, and KITTI's agree without it. Frames that cannot be
    read are passed over: they are listed among the problems, and refused when they are read.

    Args:
        shots: all of the data set.
        measured: reads what there is of a frame to compare with, as many depth images of each; or BadInputError.

    Returns:
        Sentences; and of each frame looked at an agreement for each of its depth images.

    Raises:
        BadInputError: no point falls in any of the images.
    """
    line, row, xyz_m = [], [], []
    found = []
    for index in spread(len(shots), COMPARED_ON):
        shot = shots[index]
        try:
            view, depths_m = measured(shot)
            scan = shot.scan()
        except BadInputError:
            continue
        seen = view.project(scan.xyz_m)
        xyz_m.append(scan.xyz_m)
        line.append(scan.line[seen.index])
        row.append(seen.row)
        found.append([compare(seen.row, seen.column, seen.depth_m, depth_m) for depth_m in depths_m])
    if row and not any(map(len, row)):
        raise nothing_in_image(shots[0].scan_path)
    return [*above_doubts(xyz_m), *upright_doubts(line, row)], found
