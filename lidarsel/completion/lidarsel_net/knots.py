"""The columns of knots straight from a frame's measured pixels, without a canvas to draw them on.

Which pixel may belong to which knot, and which knots a cell may look up to and down to, is the same for every coalition
of a frame; a coalition only says which of them are there. ``to_columns`` answers the same, to the bit, from a canvas.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lidarsel.completion.lidarsel_net.columns import CELL, Columns, log_depth_of_knots


@dataclass(frozen=True, eq=False)
class KnotPlan:
    """The K places of a frame that can be knots, numbered column of cells by column of cells, each from the top.

    grid: (h, w), of cells; h = H' / 4, w = W' / 4, the padded image's.
    place: int64 (M,), where each measured pixel goes in a table (4, K): a row for each of a knot's four pixels.
    row: int64 (K,), in the padded image.
    over: int64 (h * w,), how many knots come before a cell's centre in that numbering.
    start, end: int64 (h * w,), the first knot of a cell's column, and the first one after it.
    centre: float (h * w,), the row of a cell's centre.
    """

    grid: tuple[int, int]
    place: Tensor
    row: Tensor
    over: Tensor
    start: Tensor
    end: Tensor
    centre: Tensor

    def columns(self, measured_m: Tensor) -> Columns:
        """Float (B, M) metres, 0 = not measured -> what ``to_columns`` gives for these drawn on the padded image."""
        batch, knots, height = len(measured_m), len(self.row), CELL * self.grid[0]
        valid = measured_m > 0
        table = measured_m.new_zeros((batch, CELL * knots))
        table.index_copy_(1, self.place, valid / measured_m.clamp(min=1e-3))
        inverse = table.view(batch, CELL, knots)  # 1 / metres
        log_depth, knot = log_depth_of_knots((inverse > 0).to(inverse.dtype), inverse)  # (B, K)
        number = torch.arange(knots, device=knot.device)
        last = functional.pad(torch.where(knot, number, -1).cummax(1).values, (1, 0), value=-1)
        first = functional.pad(torch.where(knot, number, knots).flip(1).cummin(1).values.flip(1), (0, 1), value=knots)
        above, below = last.index_select(1, self.over), first.index_select(1, self.over)  # (B, h * w)
        has_above, has_below = above >= self.start, below < self.end
        # One knot more, at the very end, stands for none: log depth 0, at the image's first row or at its last.
        above, below = torch.where(has_above, above, knots), torch.where(has_below, below, knots)
        log_depth = functional.pad(log_depth, (0, 1))
        above_row = functional.pad(self.row, (0, 1)).take(above)
        below_row = functional.pad(self.row, (0, 1), value=height - 1).take(below)

        def cells(x: Tensor) -> Tensor:
            return x.view(batch, 1, *self.grid)

        return Columns(
            above_log=cells(log_depth.gather(1, above)),
            below_log=cells(log_depth.gather(1, below)),
            above_px=cells((self.centre - above_row).clamp(min=0.5)),
            below_px=cells((below_row - self.centre).clamp(min=0.5)),
            above_row=above_row.view(batch, *self.grid),
            below_row=below_row.view(batch, *self.grid),
            has_above=cells(has_above),
            has_below=cells(has_below),
        )


def plan_knots(row: Tensor, column: Tensor, padded: tuple[int, int]) -> KnotPlan:
    """int64 (M,), distinct measured pixels of the padded image (H', W') -> their knots."""
    height, width = padded
    h, w = height // CELL, width // CELL
    key, knot = torch.unique(column // CELL * height + row, return_inverse=True)
    i = torch.arange(h, device=row.device).repeat_interleave(w)
    j = torch.arange(w, device=row.device).repeat(h)
    return KnotPlan(
        grid=(h, w),
        place=column % CELL * len(key) + knot,
        row=key % height,
        over=torch.searchsorted(key, j * height + i * CELL + CELL // 2),
        start=torch.searchsorted(key, j * height),
        end=torch.searchsorted(key, (j + 1) * height),
        centre=i * CELL + (CELL - 1) / 2,
    )
