"""Who may correct whom: the measured pixels in the 5 x 5 window round each pixel that is asked for, once a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lidarsel.completion.lidarsel_net.measurements import REACH


@dataclass(frozen=True, eq=False)
class WindowPlan:
    """Pixels asked for that have measured pixels near, those with most of them first.

    touched: int64 (T,), which of the pixels asked for.
    neighbours: int32 (T,), (T',), ..., each no longer than the one before: the first measured pixel near each of the
        touched, the second near those that have two, and so on; at most 25.
    """

    touched: Tensor
    neighbours: Sequence[Tensor]

    def sums(self, of_measured: Tensor) -> Tensor:
        """Float (B, M) -> (B, T): for each of the touched pixels the sum over the measured ones near it.

        Neighbour after neighbour, so in one order, however many threads there are.
        """
        sums = of_measured.new_zeros((len(of_measured), len(self.touched)))
        for near in self.neighbours:
            sums[:, : len(near)] += of_measured.index_select(1, near)
        return sums


def plan_windows(asked_pixel: Tensor, measured_pixel: Tensor, size: tuple[int, int]) -> WindowPlan:
    """int64 (P,) and (M,), distinct pixels of an image (H, W), each row * W + column -> the neighbours of each."""
    height, width = size
    side = width + 2 * REACH  # of the image with a margin, so that windows may reach beyond it

    def place(pixel: Tensor) -> Tensor:
        return (pixel // width + REACH) * side + pixel % width + REACH

    asked_at = asked_pixel.new_full(((height + 2 * REACH) * side,), -1, dtype=torch.int32)
    asked_at[place(asked_pixel)] = torch.arange(len(asked_pixel), dtype=torch.int32, device=asked_pixel.device)
    window = torch.arange(-REACH, REACH + 1, device=asked_pixel.device)
    shifts = (window[:, None] * side + window).flatten()
    asked = asked_at[place(measured_pixel) + shifts[:, None]]  # (25, M), -1 where nothing is asked
    count = torch.bincount(asked[asked >= 0], minlength=len(asked_pixel))
    most = int(count.max())
    touched = torch.cat([asked_pixel.new_empty(0), *(torch.nonzero(count == n)[:, 0] for n in range(most, 0, -1))])
    rank = torch.empty_like(count)
    rank[touched] = torch.arange(len(touched), device=touched.device)
    table = measured_pixel.new_empty((most, len(touched)), dtype=torch.int32)
    filled = torch.zeros_like(count)
    for row in asked:  # in one row, which is one shift, no asked pixel is twice
        (near,) = torch.nonzero(row >= 0, as_tuple=True)
        mine = row[near].to(torch.int64)
        table[filled[mine], rank[mine]] = near.to(torch.int32)
        filled[mine] += 1
    lengths = [int((count > number).sum()) for number in range(most)]
    return WindowPlan(touched, [row[:length].clone() for row, length in zip(table, lengths, strict=True)])
