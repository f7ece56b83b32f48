"""A frame at fewer pixels, each of which is one that was there: what the page's frame browser shows and reads out."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE, ImagePoints

ScalarT = TypeVar("ScalarT", bound=np.generic)


class Sampling:
    """One pixel of every block of an image: the first, row by row, that has ground truth, or else the block's first.

    Nothing is averaged, so that a depth and its error are those of the same pixel, and which pixel stands for a block
    does not hang on any error.

    Args:
        truth_m: float32 (H, W), 0 = no value.
        width: of the sampled image; the height follows, so that blocks are about square.

    Attributes:
        shape: of the sampled image, (h, w), in no direction greater than the image.
    """

    def __init__(self, truth_m: NDArray[np.float32], width: int) -> None:
        full_height, full_width = truth_m.shape
        self._full = truth_m.shape
        width = min(max(width, 1), full_width)
        self.shape = (max(1, min(full_height, round(full_height * width / full_width))), width)
        rows, columns = (-(-np.arange(n) * full // n) for n, full in zip(self.shape, self._full, strict=True))
        self._pixel = (rows[:, None] * full_width + columns).reshape(-1)
        known = np.flatnonzero(truth_m)[::-1]
        self._pixel[self.blocks(known // full_width, known % full_width)] = (
            known  # of several the last written, thus the first
        )

    def blocks(self, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.int64]:
        """Integers (n,), places in the image -> int64 (n,): the blocks that they are in, counted row by row."""
        (height, width), (full_height, full_width) = self.shape, self._full
        found: NDArray[np.int64] = rows * height // full_height * width + columns * width // full_width
        return found

    def of(self, image: NDArray[ScalarT]) -> NDArray[ScalarT]:
        """(H, W) -> (h, w), of any kind."""
        found: NDArray[ScalarT] = image.reshape(-1)[self._pixel].reshape(self.shape)
        return found

    def lines_of(self, points: ImagePoints) -> NDArray[np.int16]:
        """int16 (h, w): the line of the nearest lidar point of each block, -1 = no point, or one of unknown line."""
        found = np.full(self.shape, UNKNOWN_LINE, np.int16)
        farthest_first = np.argsort(-points.depth_m, kind="stable")
        found.reshape(-1)[self.blocks(points.row, points.column)[farthest_first]] = points.line[farthest_first]
        return found
