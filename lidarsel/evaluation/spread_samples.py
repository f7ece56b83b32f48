"""What a network answers where there is ground truth, how far it may be off by itself, and how far off a line is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from lidarsel.evaluation.line_game import LineGame

EDGES_PX = (0.5, 2.0, 4.0, 8.0, 16.0)
"""Distances to the nearest measurement that part the pixels: measured, within the window that a measurement has a say
in, and by doubling."""
N_BINS = len(EDGES_PX) + 1


@dataclass(frozen=True, eq=False)
class SpreadSamples:
    """Of one frame with one set of lines, at the P pixels that judge it, and where the lines of the sensor look.

    depth_m, truth_m, spread_m: float64 (P,). distance_px: float64 (P,), to the nearest measured pixel of the image,
    infinite without any.
    line: int64 (N,), of points that all lines measure. line_depth_m, line_spread_m, line_distance_px: float64 (N,), at
    their pixels.
    """

    depth_m: NDArray[np.float64]
    truth_m: NDArray[np.float64]
    spread_m: NDArray[np.float64]
    distance_px: NDArray[np.float64]
    line: NDArray[np.int64]
    line_depth_m: NDArray[np.float64]
    line_spread_m: NDArray[np.float64]
    line_distance_px: NDArray[np.float64]


def spread_samples(game: LineGame, frame: int, coalition: NDArray[np.bool_]) -> SpreadSamples:
    """Ask the game's network, which must tell its spread.

    Args:
        game: of the frames.
        frame: its number in the game.
        coalition: bool (n_lines,), the kept lines.

    Raises:
        BadInputError: the frame cannot be used, or the network's answer is none.
    """
    sparse_m, depth_m, spread_m = game.complete_with_spread(frame, coalition)
    truth_m = game.truth_for(frame, coalition)
    distance = distances_px(sparse_m)
    judged = truth_m > 0
    line, pixel = game.line_pixels(frame)

    def at(image: NDArray[np.floating], where: NDArray[np.bool_]) -> NDArray[np.float64]:
        return image[where].astype(np.float64)

    def under(image: NDArray[np.floating]) -> NDArray[np.float64]:
        return image.reshape(-1)[pixel].astype(np.float64)

    return SpreadSamples(
        depth_m=at(depth_m, judged),
        truth_m=at(truth_m, judged),
        spread_m=at(spread_m, judged),
        distance_px=at(distance, judged),
        line=line,
        line_depth_m=under(depth_m),
        line_spread_m=under(spread_m),
        line_distance_px=under(distance),
    )


def distances_px(sparse_m: NDArray[np.floating]) -> NDArray[np.float64]:
    """Float (H, W), 0 = not measured -> float64 (H, W), from each pixel to the nearest measured one; infinite without
    any."""
    measured = sparse_m > 0
    found: NDArray[np.float64] = np.full(sparse_m.shape, np.inf)
    return distance_transform_edt(~measured) if measured.any() else found


def bins_of(distance_px: NDArray[np.float64]) -> NDArray[np.int64]:
    """Float64 (n,) distances -> int64 (n,), the bin of each, from 0 to ``N_BINS`` - 1."""
    return np.searchsorted(EDGES_PX, distance_px).astype(np.int64)


def spread_by_distance(depth_m: NDArray[np.float64], distance_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """What anybody has without a network's spread, float64 (n,) m each: a hundredth of the depth a pixel of distance.

    What the hundredth should be, scaling finds out, bin by bin.
    """
    farthest = 10 * EDGES_PX[-1]  # as of no measurement at all
    spread: NDArray[np.float64] = depth_m * (1 + np.minimum(distance_px, farthest)) / 100
    return spread
