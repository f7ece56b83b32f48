"""Ranks of numbers. ``scipy.stats`` has them too, and takes every command 0.7 s to import."""

import numpy as np
from numpy.typing import NDArray


def ranks(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """(N,) -> float64 (N,) from 1: of equal ones the mean rank. NaN stays NaN and takes no rank."""
    found = np.full(len(values), np.nan)
    there = ~np.isnan(values)
    _, index, counts = np.unique(values[there], return_inverse=True, return_counts=True)
    found[there] = (np.cumsum(counts) - (counts - 1) / 2)[index]
    return found
