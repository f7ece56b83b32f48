"""One completion of a judged frame, at the pixels that the page's frame browser shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.report.pictures.sampling import Sampling

MOST_ACROSS = 640
"""Pixels of a pictured set: the page shows no more of them than fit into its bytes."""


@dataclass(frozen=True, eq=False)
class PicturedSet:
    """What a network makes of some lines on a frame.

    lines: kept. error: on this frame, by the report's metric and in its unit; None where the frame does not tell it.
    depth_m: float32 (h, w), completed. error_m: float32 (h, w), its absolute error; NaN where it is not judged.
    """

    lines: Sequence[int]
    error: float | None
    depth_m: NDArray[np.float32]
    error_m: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SampledFrame:
    """A frame with all sets that are pictured on it, sampled alike.

    truth_m: float32 (h, w), 0 = no value. line: int16 (h, w), that of the nearest lidar point in each pixel's block;
    -1 = no point, or of unknown line. sets: all lines among them.
    """

    truth_m: NDArray[np.float32]
    line: NDArray[np.int16]
    sets: Sequence[PicturedSet]

    def set_of(self, lines: Sequence[int]) -> PicturedSet | None:
        """What is pictured with these lines; None where they are not pictured on this frame."""
        return next((one for one in self.sets if tuple(one.lines) == tuple(lines)), None)

    def narrowed(self, width: int) -> "SampledFrame":
        """The frame at fewer pixels across; at a lidar point's block its line stays told."""
        sampling = Sampling(self.truth_m, width)
        of_points = Sampling((self.line >= 0).astype(np.float32), width)
        sets = [replace(one, depth_m=sampling.of(one.depth_m), error_m=sampling.of(one.error_m)) for one in self.sets]
        return SampledFrame(sampling.of(self.truth_m), of_points.of(self.line), sets)
