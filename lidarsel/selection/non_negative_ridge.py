"""Non-negative ridge regression with few rows and many columns, solved exactly.

The dual has one unknown a row and a piecewise linear gradient, by which Newton's method ends in a handful of steps
(Qi and Sun, A nonsmooth version of Newton's method, Mathematical Programming 58, 1993).
"""

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_STEPS = 100
_SUFFICIENT = 1e-4
"""Of the decrease that the slope promises, what a step must bring (Armijo)."""
_NEARER = 0.1
"""Or so much of the gradient's length must be left: close to the end, of a small ridge, float64 cannot tell values."""


def non_negative_ridge(columns: Doubles, target: Doubles, ridge: float, start: Doubles | None = None) -> Doubles:
    """The x >= 0 of least |columns x - target|^2 + ridge |x|^2.

    Args:
        columns: float64 (M, p).
        target: float64 (M,).
        ridge: greater than 0.
        start: float64 (p,), whose entries above 0 may be those of the answer; None is 0.

    Returns:
        float64 (p,).
    """
    # Not the residual of the start itself: divided by a small ridge, what it is off by would be an x far from all.
    residual = target.copy() if start is None else _solved(columns[:, start > 0], ridge, target)
    x, gradient, value = _dual(columns, target, ridge, residual)
    least = 1e-10 * max(1.0, _norm(target))
    for _ in range(_STEPS):
        length = _norm(gradient)
        if length <= least:
            break
        step = -_solved(columns[:, x > 0], ridge, gradient)
        slope, share = float(gradient @ step), 1.0
        while share > 1e-8:
            x, further, ahead = _dual(columns, target, ridge, residual + share * step)
            if ahead <= value + _SUFFICIENT * share * slope or _norm(further) <= _NEARER * length:
                break
            share /= 2
        else:
            break  # no step brings anything that float64 can tell
        residual, gradient, value = residual + share * step, further, ahead
    return x


def _norm(vector: Doubles) -> float:
    return float(np.linalg.norm(vector))


def _solved(counted: Doubles, ridge: float, right: Doubles) -> Doubles:
    """(1 + counted counted^T / ridge)^-1 right, by the smaller of the two products (Woodbury)."""
    rows, columns = counted.shape
    wide = columns > rows
    product = counted @ counted.T / ridge if wide else counted.T @ counted
    product.flat[:: len(product) + 1] += 1.0 if wide else ridge
    side = right if wide else counted.T @ right
    found: Doubles = scipy.linalg.solve(product, side, assume_a="pos", check_finite=False, overwrite_a=True)
    return found if wide else right - counted @ found


def _dual(columns: Doubles, target: Doubles, ridge: float, residual: Doubles) -> tuple[Doubles, Doubles, float]:
    """Where target - columns x is thought to be the residual: x, the dual's gradient there, and its value."""
    x = np.maximum(columns.T @ residual, 0) / ridge
    value = 0.5 * float(residual @ residual + ridge * (x @ x)) - float(target @ residual)
    return x, residual + columns @ x - target, value
