"""One noisy answer about private data: the mean of a vector of each unit."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.privacy.secret_draws import draw_gaussian


def within_one(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64 (n,) of the same direction and a norm of at most 1.

    One that holds no number counts as zero, as a blank unit does: an error about it would tell of one unit.
    """
    norm = float(np.linalg.norm(vector))
    return vector / max(norm, 1.0) if np.isfinite(norm) else np.zeros_like(vector)


def noisy_mean(units: NDArray[np.float64], noise_multiplier: float) -> NDArray[np.float64]:
    """Mean of what units say, each shortened to a norm of 1, plus noise.

    Their number n is public and a blank unit counts as zero: had any one been blank, the mean would have moved by 1 / n
    at most. Noise is of ``noise_multiplier`` / n in every entry. It is drawn from the operating system's random
    numbers, each the sum of four, and added to the sum before that is divided, so that the gaps of floating-point
    numbers tell nothing (``secret_draws``).

    Args:
        units: float64 (n, d), n at least 1.
        noise_multiplier: 0 is no noise, and no privacy.

    Returns:
        Float64 (d,).
    """
    total = np.zeros(units.shape[1])
    for unit in units:
        total += within_one(unit)
    if noise_multiplier > 0:
        total += noise_multiplier * draw_gaussian(units.shape[1])
    mean: NDArray[np.float64] = total / len(units)
    return mean
