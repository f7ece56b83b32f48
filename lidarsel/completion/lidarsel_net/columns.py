"""Sparse lidar lines as columns of knots: what is measured above and below a pixel, and how far away.

A spinning lidar is dense along a line and empty between lines, so what a pixel knows best is the nearest measurement
above it and the nearest one below it in its own image column. Inverse depth is affine in the pixel coordinates on any
plane (pinhole projection), so interpolating it linearly between the two is exact on roads and facades, however few
lines are left. This is the network's remedy for sparsity: nothing here is learned, and nothing here sees a zero as a
depth.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

CELL = 4  # pixels of the full image a side of a quarter-resolution cell


@dataclass(frozen=True)
class Columns:
    """For every quarter-resolution cell, h = H / 4, w = W / 4, its knots above and below its centre row.

    above_log, below_log: float (B, 1, h, w), log depth of the knot; 0 where there is none.
    above_px, below_px: float (B, 1, h, w), its distance from the cell's centre in rows, > 0.
    above_row, below_row: int64 (B, h, w), its row in the full image, clipped to it where there is none.
    has_above, has_below: bool (B, 1, h, w).
    """

    above_log: Tensor
    below_log: Tensor
    above_px: Tensor
    below_px: Tensor
    above_row: Tensor
    below_row: Tensor
    has_above: Tensor
    has_below: Tensor

    def interpolate(self, above: Tensor, below: Tensor, neither: Tensor) -> Tensor:
        """Between values of the two knots, linearly in the row; the one there is; ``neither`` where there is none.

        All (B, 1, h, w) or broadcastable to it.
        """
        share = self.below_px / (self.above_px + self.below_px)  # of the knot above
        both = torch.lerp(below, above, share)
        one = torch.where(self.has_above, above, torch.where(self.has_below, below, neither))
        return torch.where(self.has_above & self.has_below, both, one)

    def interpolated_log_depth(self, neither: Tensor) -> Tensor:
        """(B, 1, h, w): log depth by linear interpolation of inverse depth; ``neither`` where no knot is."""
        inverse = self.interpolate(torch.exp(-self.above_log), torch.exp(-self.below_log), torch.exp(-neither))
        return -torch.log(inverse)


def to_columns(sparse_depth_m: Tensor) -> Columns:
    """Float (B, 1, H, W) metres, 0 = no value, H and W multiples of 4 -> the knots of every quarter cell.

    A knot is one row high and four pixels wide; where it holds several points it is the mean of their inverse depths.
    """
    height = sparse_depth_m.shape[2]
    valid = sparse_depth_m > 0
    inverse = valid / sparse_depth_m.clamp(min=1e-3)
    log_depth, knot = log_depth_of_knots(_across(valid.to(inverse.dtype)), _across(inverse))  # (B, H, w)
    row = torch.arange(height, device=knot.device).view(1, height, 1)
    # The last knot at or above each row, and the first at or below it; one row beyond the image = none.
    last = torch.where(knot, row, -1).cummax(1).values
    first = torch.where(knot, row, height).flip(1).cummin(1).values.flip(1)
    above = last[:, CELL // 2 - 1 :: CELL]  # (B, h, w): a cell's centre lies between its second and third row
    below = first[:, CELL // 2 :: CELL]
    centre = torch.arange(height // CELL, device=knot.device).view(1, -1, 1) * CELL + (CELL - 1) / 2
    above_row, below_row = above.clamp(min=0), below.clamp(max=height - 1)
    return Columns(
        above_log=log_depth.gather(1, above_row)[:, None],
        below_log=log_depth.gather(1, below_row)[:, None],
        above_px=(centre - above_row)[:, None].to(inverse.dtype).clamp(min=0.5),
        below_px=(below_row - centre)[:, None].to(inverse.dtype).clamp(min=0.5),
        above_row=above_row,
        below_row=below_row,
        has_above=(above >= 0)[:, None],
        has_below=(below < height)[:, None],
    )


def log_depth_of_knots(valid: Tensor, inverse: Tensor) -> tuple[Tensor, Tensor]:
    """Of each knot's four pixels (B, 4, ...) whether they were measured, 1 or 0, and inverse depth, 0 where not
    -> log depth (B, ...), 0 where none was measured; and bool (B, ...), whether one was."""
    count = _sum_of_four(valid)
    knot = count > 0
    return torch.log(count / _sum_of_four(inverse)).masked_fill(~knot, 0), knot


def _sum_of_four(x: Tensor) -> Tensor:
    """(B, 4, ...) -> (B, ...), four times as fast as pooling."""
    return (x[:, 0] + x[:, 1]) + (x[:, 2] + x[:, 3])


def _across(x: Tensor) -> Tensor:
    """(B, 1, H, W) -> (B, 4, H, W / 4), a view: four neighbours of a row."""
    batch, _, height, width = x.shape
    return x.view(batch, height, width // CELL, CELL).movedim(3, 1)
