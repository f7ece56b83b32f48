"""Random numbers that nobody can guess or repeat: what is drawn to hide a person must not follow from a seed.

The bits are the operating system's (``os.urandom``), which are cryptographic. A Gaussian in floating point cannot take
every value, and the values that it can take about one sum differ from those about another (Mironov, CCS 2012): an
answer that only one of two data sets can give tells them apart, whatever epsilon says. So each Gaussian here is the sum
of four, halved, after Holohan and Braghin ("Secure random sampling in differential privacy", 2021), as in Opacus'
secure mode: which four made it is as hard to find as the bits.
"""

import os

import numpy as np
from numpy.typing import NDArray

SUMMED = 4
_BITS = 52  # one less than a float64 has: the middle of the last cell would be rounded to 1


def draw_uniform(count: int) -> NDArray[np.float64]:
    """Float64 (count,), strictly between 0 and 1: the middles of 2^52 equal cells."""
    bits = np.frombuffer(os.urandom(8 * count), np.uint64)
    drawn: NDArray[np.float64] = ((bits >> np.uint64(64 - _BITS)).astype(np.float64) + 0.5) * 2.0**-_BITS
    return drawn


def draw_gaussian(count: int) -> NDArray[np.float64]:
    """Float64 (count,), standard normal, by Box and Muller's transform, each the half of a sum of four."""
    radius, angle = draw_uniform(2 * count * SUMMED).reshape(2, SUMMED, count)
    single = np.sqrt(-2 * np.log(radius)) * np.cos(2 * np.pi * angle)
    summed: NDArray[np.float64] = single.sum(0) / np.sqrt(SUMMED)
    return summed


def draw_units(n_units: int, sampling_rate: float) -> NDArray[np.int64]:
    """Int64, ascending: which of the units take part, each with the same chance and whatever the others do (Poisson
    sampling, which is what the accountant counts on)."""
    drawn: NDArray[np.int64] = np.flatnonzero(draw_uniform(n_units) < sampling_rate)
    return drawn
