"""The curve put to the test: fitted to all budgets but the largest, what does it predict there?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lidarsel.planning.measured import MeasuredRow
from lidarsel.planning.uncertainty import fit_rows, log_deviation


@dataclass(frozen=True)
class HoldOutTest:
    """Predicted, with its 95 % interval, against measured. off: predicted less measured, as a share of measured."""

    lines: int
    fitted_to: list[int]
    predicted: float
    low: float
    high: float
    measured: float
    off: float
    within: bool


def hold_out_largest(rows: Sequence[MeasuredRow], seed: int) -> HoldOutTest:
    """Predict the largest of at least four budgets, rows ordered by budget, from the smaller ones.

    The interval is of what would be measured: of the curve, and of the held-out row's own mean over frames.
    """
    *smaller, largest = rows
    curve = fit_rows(smaller, seed)
    predicted = float(curve.law.error(largest.budget))
    own = np.random.default_rng([seed, 1]).standard_normal(len(curve.draws)) * log_deviation(largest)
    drawn = [float(law.error(largest.budget)) for law in curve.draws] * np.exp(own)
    low, high = (float(end) for end in np.quantile(drawn, (0.025, 0.975)))
    return HoldOutTest(
        lines=largest.budget,
        fitted_to=[row.budget for row in smaller],
        predicted=predicted,
        low=low,
        high=high,
        measured=largest.error,
        off=predicted / largest.error - 1,
        within=low <= largest.error <= high,
    )
