"""How far a fitted curve can be trusted: the curve fitted again to errors as other frames could have given them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import drawn_interval, quantile
from lidarsel.planning.curve import PowerLaw, fit_curve
from lidarsel.planning.measured import MeasuredRow

_DRAWS = 200


@dataclass(frozen=True)
class FittedCurve:
    """A curve, and draws of what it could have been. lines: float64 (n,), the budgets it was fitted to."""

    law: PowerLaw
    draws: list[PowerLaw]
    lines: NDArray[np.float64]

    def interval(self, figure: Callable[[PowerLaw], float]) -> tuple[float, float]:
        """95 % interval of a figure of the curve; an infinite one counts as more than any other."""
        return drawn_interval(figure(law) for law in self.draws)


def fit_rows(rows: Sequence[MeasuredRow], seed: int) -> FittedCurve:
    """Fit rows of at least 3 budgets, with a parametric bootstrap (Efron & Tibshirani 1993, section 6.5).

    A draw moves each row off the curve by a normal deviation of its log error: the row's own by frames, from its 95 %
    interval, and the scatter of rows about the curve. Rows are drawn independently, though all were judged on the same
    frames: that makes the intervals too wide rather than too narrow, as a hard frame is hard at every budget.
    """
    lines = np.array([row.budget for row in rows], np.float64)
    error = np.array([row.error for row in rows])
    law = fit_curve(lines, error)
    fitted = law.error(lines)
    spare = len(rows) - 3
    scatter = float(np.sum(np.log(error / fitted) ** 2)) / spare if spare > 0 else 0.0
    deviation = np.sqrt([log_deviation(row) ** 2 + scatter for row in rows])
    rng = np.random.default_rng(seed)
    noise = np.exp(deviation * rng.standard_normal((_DRAWS, len(rows))))
    return FittedCurve(law, [fit_curve(lines, fitted * draw, law) for draw in noise], lines)


def log_deviation(row: MeasuredRow) -> float:
    """Standard deviation of the normal log error whose 95 % interval is the row's.

    With few frames it is more than the row's standard error, by as much as Student's quantile is more than the normal
    one: draws of it are then as far apart as the row's own interval.
    """
    return float(np.log(row.high / row.low)) / (2 * quantile(inf))
