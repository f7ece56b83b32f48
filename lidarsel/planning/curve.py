"""Error against the number of lines as a falling power law with a floor: c + a * lines^-alpha.

The form and the fit, least Huber loss of the log error, are those of scaling laws (Hoffmann et al. 2022, "Training
Compute-Optimal Large Language Models", section 3.3, equations 2 and 3), here in one variable.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HUBER_LOG_ERROR = 0.02
"""Residuals of the log error beyond this, 2 % of the error, count by size instead of square: one odd budget does not
bend the curve."""

ALPHA = (0.05, 6.0)
"""Below, the curve is a straight line in log(lines) that no floor can be told from; above, a step."""

_LEAST_SHARE = 1e-9
"""Of the falling part, so that the logarithm exists whatever the floor."""


@dataclass(frozen=True)
class PowerLaw:
    """error = c + a * lines^-alpha: never rising. c: the floor; a: what one line leaves above it."""

    c: float
    a: float
    alpha: float

    def error(self, lines: "NDArray[np.float64] | float") -> NDArray[np.float64]:
        """The error at numbers of lines >= 1, of their shape."""
        return self.c + self.a * np.asarray(lines, np.float64) ** -self.alpha


def fit_curve(lines: NDArray[np.float64], error: NDArray[np.float64], near: PowerLaw | None = None) -> PowerLaw:
    """The power law of least Huber loss to float64 (n,) lines >= 1 and errors > 0, n >= 3 different lines.

    near: a curve to begin the search at, instead of from several exponents.
    """
    from scipy.optimize import least_squares

    # Both axes in units of their geometric means: the three parameters are then of the order of 1.
    middle, level = np.exp(np.log(lines).mean()), np.exp(np.log(error).mean())
    log_error, log_lines = np.log(error / level), np.log(lines / middle)

    def residuals(point: NDArray[np.float64]) -> NDArray[np.float64]:
        floor, falling, alpha = point
        off: NDArray[np.float64] = np.log(floor + falling * np.exp(-alpha * log_lines)) - log_error
        return off

    def slopes(point: NDArray[np.float64]) -> NDArray[np.float64]:
        floor, falling, alpha = point
        power = np.exp(-alpha * log_lines)
        by_parameter = np.stack([np.ones_like(power), power, -falling * power * log_lines])
        relative: NDArray[np.float64] = (by_parameter / (floor + falling * power)).T
        return relative

    if near is None:
        floor = 0.5 * error.min() / level
        starts = [np.array([floor, 1 - floor, alpha]) for alpha in (0.4, 1.0, 2.5)]
    else:
        falling = near.a * middle**-near.alpha / level
        starts = [np.array([near.c / level, max(falling, _LEAST_SHARE), near.alpha])]
    bounds = ([0.0, _LEAST_SHARE, ALPHA[0]], [np.inf, np.inf, ALPHA[1]])
    fits = [
        least_squares(residuals, start, slopes, bounds, loss="huber", f_scale=HUBER_LOG_ERROR, x_scale=1.0)
        for start in starts
    ]
    best = min(fits, key=lambda fit: fit.cost)
    floor, falling, alpha = (float(value) for value in best.x)
    return PowerLaw(float(floor * level), float(falling * level * middle**alpha), alpha)
