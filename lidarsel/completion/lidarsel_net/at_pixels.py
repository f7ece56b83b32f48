"""lidarsel's network where only some pixels are asked for: what does not change between coalitions, once a frame.

The depth branch sees the whole image, but its last layers answer only from the first row on that is needed: a lidar
leaves the top of an image free. What follows, upsampling and agreement with measurements, is worked out at the pixels
asked for and at the measured ones alone: of a frame with real ground truth about a quarter.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lidarsel.completion.lidarsel_net.image_encoder import ImageFeatures
from lidarsel.completion.lidarsel_net.knots import KnotPlan, plan_knots
from lidarsel.completion.lidarsel_net.measurements import WEIGHT_OF_NO_CORRECTION, residual_votes
from lidarsel.completion.lidarsel_net.network import LidarselNet, crop_padding
from lidarsel.completion.lidarsel_net.upsampling import CENTRE_FIRST, SCALE, TAPS, upsample_convex
from lidarsel.completion.lidarsel_net.windows import WindowPlan, plan_windows

MOST_GATHERED = 0.5
"""Of the image's pixels: where more are needed the whole plane is upsampled. Measured on one thread at 352 x 1216: a
gathered pixel takes 16 ns, all pixels of the plane 3.9 ms, as many as 240 000 gathered ones, which are 57 %."""


@dataclass(frozen=True, eq=False)
class PixelPlan:
    """For P pixels asked for and M measured ones. The U needed: those asked for, then the measured not among them.

    features: of the frame.
    knots: of the measured pixels.
    windows: of the measured pixels round those asked for.
    needed_pixel: int64 (U,), row * W + column.
    first_row: of cells, even: none of them needs any above it.
    taps, weights: int32 and float (9, U), which cells of the coarse plane from that row on, with a margin, row by row,
        and how much of each; None where the whole plane is upsampled.
    measured: int64 (M,), where in the needed ones.
    both: int64 (2, S), of pixels that are asked for and measured: where among the measured, where among the asked for.
    asked: P.
    """

    features: ImageFeatures
    knots: KnotPlan
    windows: WindowPlan
    needed_pixel: Tensor
    first_row: int
    taps: Tensor | None
    weights: Tensor | None
    measured: Tensor
    both: Tensor
    asked: int


def plan_pixels(features: ImageFeatures, measured_pixel: Tensor, asked_pixel: Tensor) -> PixelPlan:
    """``measured_pixel`` int64 (M,), ``asked_pixel`` int64 (P,), P > 0, as in the protocol; of one image (F = 1)."""
    (height, width), (padded_height, padded_width) = features.size, features.padded
    place = asked_pixel.new_full((height * width,), -1)
    place[asked_pixel] = torch.arange(len(asked_pixel), device=place.device)
    shared = place[measured_pixel] >= 0
    others = measured_pixel[~shared]
    both = torch.stack([torch.nonzero(shared)[:, 0], place[measured_pixel[shared]]])
    place[others] = torch.arange(len(asked_pixel), len(asked_pixel) + len(others), device=place.device)
    needed = torch.cat([asked_pixel, others])
    taps = weights = None
    first_row = 0
    if len(needed) <= MOST_GATHERED * height * width:
        row, column = needed // width + padded_height - height, needed % width
        cell_row, cell_column, cells_a_row = row // SCALE, column // SCALE, padded_width // SCALE
        # A pixel needs the cells round its own, and the row must be even.
        first_row = max(int(cell_row.min()) - 1, 0) // 2 * 2
        tap = torch.arange(TAPS, device=place.device)[:, None]
        taps = ((cell_row - first_row + tap // 3) * (cells_a_row + 2) + cell_column + tap % 3).to(torch.int32)
        subpixel = row % SCALE * SCALE + column % SCALE
        at = (subpixel * (padded_height // SCALE) + cell_row) * cells_a_row + cell_column
        weights = features.upsampling[0].flatten(1).index_select(1, at)
    measured_row, measured_column = measured_pixel // width + padded_height - height, measured_pixel % width
    return PixelPlan(
        features=features,
        knots=plan_knots(measured_row, measured_column, features.padded),
        windows=plan_windows(asked_pixel, measured_pixel, features.size),
        needed_pixel=needed,
        first_row=first_row,
        taps=taps,
        weights=weights,
        measured=place[measured_pixel],
        both=both,
        asked=len(asked_pixel),
    )


def complete_at(network: LidarselNet, plan: PixelPlan, measured_m: Tensor) -> Tensor:
    """``measured_m`` float (B, M) metres, 0 = not measured -> (B, P) metres, as ``network``'s ``forward`` gives there.

    Equal but for the order in which a window's residuals are added.
    """
    coarse = network.depth_branch(plan.knots.columns(measured_m), plan.features, plan.first_row)
    log_depth = _upsample(coarse, plan)  # (B, U)
    residual, votes = residual_votes(log_depth.index_select(1, plan.measured), measured_m)
    correction = plan.windows.sums(residual).div_(plan.windows.sums(votes).add_(WEIGHT_OF_NO_CORRECTION))
    depth_m = log_depth[:, : plan.asked].index_add_(1, plan.windows.touched, correction).exp_()
    in_measured, in_asked = plan.both
    known_m = measured_m.index_select(1, in_measured)
    return depth_m.index_copy_(1, in_asked, torch.where(known_m > 0, known_m, depth_m.index_select(1, in_asked)))


def _upsample(coarse: Tensor, plan: PixelPlan) -> Tensor:
    """(B, 1, h - first_row, w) -> (B, U), at the needed pixels."""
    features = plan.features
    if plan.taps is None or plan.weights is None:
        fine = crop_padding(upsample_convex(coarse.contiguous(), features.upsampling), features)
        return fine.flatten(1).index_select(1, plan.needed_pixel)
    cells = functional.pad(coarse, (1, 1, 1, 1), mode="replicate").flatten(1)
    first, *others = CENTRE_FIRST
    log_depth = plan.weights[first] * cells.index_select(1, plan.taps[first])
    for tap in others:
        log_depth.addcmul_(plan.weights[tap], cells.index_select(1, plan.taps[tap]))
    return log_depth
