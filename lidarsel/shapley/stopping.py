"""When enough coalitions have been evaluated."""

import numpy as np
import scipy.special
from numpy.typing import NDArray

from lidarsel.shapley.correction import Values

FIRST_ROUND = 512
"""Pairs in the first round; each later round doubles them."""


def rounds(fewest: int, most: int) -> list[int]:
    """How many pairs are there after each round: doubling, and no last round of a few pairs."""
    counts = [min(max(FIRST_ROUND, fewest), most)]
    while counts[-1] < most:
        double = 2 * counts[-1]
        counts.append(double if double <= 0.75 * most else most)
    return counts


def precise(values: Values, target_se: float) -> bool:
    """True where every player's standard error is at most target_se, or more coalitions could not bring it there.

    The part of the variance that is between frames does not shrink with coalitions: where it alone is above the
    target, only more frames can help.
    """
    variance = values.covariance.diagonal()
    between = variance - values.sampling_variance
    return bool((variance <= target_se**2).all() or (between > target_se**2).any())


def stable(values: Values, top: int, confidence: float, look: int) -> bool:
    """True where the ``top`` players of greatest value are told from the others at the given confidence.

    Each difference between one inside and one outside must be greater than its Student-t half width, one-sided. The
    error probability 1 - confidence is shared out over the looks, 1 / (look (look + 1)) to the look-th (1, 2, ...),
    which sums to 1 over any number of looks, and equally over the differences (Bonferroni).
    """
    n = len(values.mean)
    if top >= n:
        return True
    order = np.argsort(-values.mean, kind="stable")
    inside, outside = order[:top], order[top:]
    error = (1 - confidence) / (look * (look + 1)) / (len(inside) * len(outside))
    quantile = float(-scipy.special.stdtrit(values.degrees_of_freedom, error))
    variance = values.covariance.diagonal()
    of_difference = variance[inside, None] + variance[outside] - 2 * values.covariance[np.ix_(inside, outside)]
    difference: NDArray[np.float64] = values.mean[inside, None] - values.mean[outside]
    return bool((difference > quantile * np.sqrt(np.maximum(of_difference, 0))).all())
