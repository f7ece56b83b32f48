"""The pixels with ground truth of a frame by the parts that they are in: what sums the errors of every part at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.parts import TruthPart


@dataclass(frozen=True, eq=False)
class TruthCells:
    """A cell is the pixels that are in the same parts: parts that overlap share cells, and each pixel is summed once.

    Args:
        cell: int32 (P,), the cell of each pixel.
        in_part: bool (n_parts, n_cells), on the host.
    """

    cell: Tensor
    in_part: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        parts: Sequence[TruthPart],
        truth_m: NDArray[np.float32],
        device: torch.device,
        truth_class: NDArray[np.uint8] | None = None,
    ) -> "TruthCells":
        """The cells of the parts, at most 63, of float32 (P,) metres and uint8 (P,) ``ObjectClass``."""
        code = np.zeros(len(truth_m), np.int64)
        for number, part in enumerate(parts):
            code |= part.holds(truth_m, truth_class).astype(np.int64) << number
        codes, cell = np.unique(code, return_inverse=True)
        bits = np.arange(len(parts))[:, None]
        return cls(torch.from_numpy(cell.astype(np.int32)).to(device), (codes >> bits & 1).astype(bool))

    @property
    def n_parts(self) -> int:
        return len(self.in_part)

    @property
    def n_cells(self) -> int:
        return int(self.in_part.shape[1])

    def of_parts(self, by_cell: NDArray[np.float64]) -> NDArray[np.float64]:
        """Float64 (..., n_cells), sums -> (..., n_parts), in one order of summing."""
        summed: NDArray[np.float64] = (by_cell[..., None, :] * self.in_part).sum(-1)
        return summed

    @cached_property
    def pixels(self) -> list[Tensor]:
        """int64 (n,) of each part: the pixels that it is, on the device."""
        belongs = torch.from_numpy(self.in_part).to(self.cell.device)
        return [row.index_select(0, self.cell).nonzero()[:, 0] for row in belongs]
