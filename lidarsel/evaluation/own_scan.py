"""Ground truth that is the frame's own scan: whose points may judge a set of lines.

A kept line says nothing of its own points: a network that returns what it is given would be without error there. So a
set of lines is judged at the points of the lines that are not in it, and all lines cannot be judged at all.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.frame import UNKNOWN_LINE, Frame, ImagePoints


def line_image(points: ImagePoints, size: tuple[int, int]) -> NDArray[np.int64]:
    """int64 (H * W,): the line of the nearest point at each pixel, -1 without one or where its line is not known.

    Of points as near as each other the topmost known line's counts: which one is drawn cannot be told apart.
    """
    line = points.line.astype(np.int64)
    known_and_topmost_last = np.where(line == UNKNOWN_LINE, np.iinfo(np.int64).min, -line)
    nearest_last = np.lexsort((known_and_topmost_last, -points.depth_m))
    found = np.full(size[0] * size[1], UNKNOWN_LINE, np.int64)
    pixel = points.row.astype(np.int64) * size[1] + points.column
    found[pixel[nearest_last]] = line[nearest_last]  # of a pixel named twice, the last value stays
    return found


def without_unknown_lines(frame: Frame, line: NDArray[np.int64]) -> NDArray[np.float32]:
    """float32 (H, W): the frame's ground truth but at pixels of no known line, which no set of lines leaves out."""
    assert frame.ground_truth_m is not None
    return np.where(line.reshape(frame.size) != UNKNOWN_LINE, frame.ground_truth_m, np.float32(0))


def judging(coalitions: Tensor, truth_line: Tensor | None) -> Tensor | None:
    """Bool (B, n_lines), kept lines; int64 (P,), the line of each pixel -> bool (B, P), where each set is judged.

    None with ground truth that is of no lines: each set is judged everywhere.
    """
    if truth_line is None:
        return None
    return torch.logical_not(coalitions).index_select(1, truth_line)
