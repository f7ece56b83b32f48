"""What is said of a spread: whether it holds what it promises, how sharp it is, whether it knows where errors are."""

import math

import numpy as np
from numpy.typing import NDArray

STEPS = np.arange(20) / 20
"""Shares of the pixels that are left out, those said to be least sure first."""


def coverage(error: NDArray[np.float64], half_width: NDArray[np.float64]) -> float:
    """The share of errors, float64 (n,), n > 0, of either sign, within half widths, float64 (n,)."""
    return float(np.mean(np.abs(error) <= half_width))


def laplace_likelihood(log_error: NDArray[np.float64], scale: NDArray[np.float64]) -> float:
    """Mean negative log-likelihood in nats of errors of log depth, float64 (n,), under Laplace distributions.

    scale: float64 (n,), > 0, of each distribution.
    """
    return float(np.mean(np.abs(log_error) / scale + np.log(2 * scale)))


def sparsification_area(error: NDArray[np.float64], said: NDArray[np.float64]) -> float:
    """AUSE: the area between two curves of RMSE over the share of pixels left out, as a share of the RMSE of all.

    One leaves out where the spread is greatest, the other, the oracle, where the error is (Ilg et al.: "Uncertainty
    Estimates and Multi-Hypotheses Networks for Optical Flow", 2018). 0 is a spread that knows the order of the errors.

    Args:
        error: float64 (n,), n > 0, of either sign; not all 0.
        said: float64 (n,), the spread.

    Returns:
        Their mean distance over ``STEPS``.
    """
    square = np.square(error)
    whole = math.sqrt(float(square.mean()))

    def curve(by: NDArray[np.float64]) -> NDArray[np.float64]:
        """RMSE of what is left."""
        ordered = square[np.argsort(by, kind="stable")]
        kept = np.maximum(np.ceil((1 - STEPS) * len(ordered)).astype(np.int64), 1)
        left: NDArray[np.float64] = np.sqrt(np.cumsum(ordered)[kept - 1] / kept)
        return left

    return float(np.mean(curve(said) - curve(square))) / whole
