"""At how many lines networks are judged, with which lines, and how that becomes one figure."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.split import thin_frames

NUMBERS = (0, 4, 8, 16, 32)
LEAST_MM = 1.0  # the least error told apart: where the ground truth is the scan itself, all lines leave none at all


def line_numbers(n_lines: int) -> tuple[int | None, ...]:
    """``NUMBERS`` where a sensor has more lines, and all of them, which is None."""
    return (*(number for number in NUMBERS if number < n_lines), None)


def spaced_lines(active: NDArray[np.bool_], numbers: Sequence[int | None]) -> NDArray[np.bool_]:
    """Lines in equal steps from half a step on.

    Args:
        active: bool (n_lines,), the lines that are there to be taken.
        numbers: how many to take; None, or more than there are, takes all.

    Returns:
        bool (numbers, n_lines).
    """
    present = np.flatnonzero(active)
    kept = np.zeros((len(numbers), len(active)), np.bool_)
    for row, number in zip(kept, numbers, strict=True):
        row[present[thin_frames(len(present), len(present) if number is None else number)]] = True
    return kept


def mean_mm(rmse_mm: Iterable[float]) -> float:
    """The geometric mean over numbers of lines, by which networks are compared: a per cent counts the same at each.

    In a plain mean the error without any line, the largest and the least settled by lidar, would outweigh the others.
    """
    logs = [math.log(max(value, LEAST_MM)) for value in rmse_mm]
    return math.exp(sum(logs) / len(logs))
