"""The curve put to the test: fitted to all budgets but the largest, what does it predict there?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lidarsel.planning.uncertainty import fit_rows, log_deviation
from lidarsel.report_rows import ReportRow


@dataclass(frozen=True)
class HoldOutTest:
    """Predicted, with its 95 % interval, against measured. off: predicted less measured, as a share of measured."""

    lines: int
    fitted_to: list[int]
    predicted_mm: float
    low_mm: float
    high_mm: float
    measured_mm: float
    off: float
    within: bool


def hold_out_largest(rows: Sequence[ReportRow], seed: int) -> HoldOutTest:
    """Predict the largest of at least four budgets, rows ordered by budget, from the smaller ones.

    The interval is of what would be measured: of the curve, and of the held-out row's own mean over frames.
    """
    *smaller, largest = rows
    curve = fit_rows(smaller, seed)
    predicted_mm = float(curve.law.error_mm(largest.budget))
    own = np.random.default_rng([seed, 1]).standard_normal(len(curve.draws)) * log_deviation(largest)
    drawn_mm = [float(law.error_mm(largest.budget)) for law in curve.draws] * np.exp(own)
    low_mm, high_mm = (float(end) for end in np.quantile(drawn_mm, (0.025, 0.975)))
    return HoldOutTest(
        lines=largest.budget,
        fitted_to=[row.budget for row in smaller],
        predicted_mm=predicted_mm,
        low_mm=low_mm,
        high_mm=high_mm,
        measured_mm=largest.rmse_mm,
        off=predicted_mm / largest.rmse_mm - 1,
        within=low_mm <= largest.rmse_mm <= high_mm,
    )
