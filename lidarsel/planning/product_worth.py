"""How many evenly spaced lines a product is worth on a log: what a law of lines can then speak of."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.measured import all_lines, measured_rows, product_rows
from lidarsel.printable import printable

METHOD = "spaced"
"""How the lines of a ladder's law are chosen."""
_METRIC = "rmse"


@dataclass(frozen=True)
class ProductWorth:
    """lines: spaced ones of equal RMSE, to the nearest. low, high: their number at the ends of the product's 95 % CI;
    None beyond what was measured. untold: share of the product's lines that the log cannot tell of."""

    model: str
    lines: int
    low: float | None
    high: float | None
    untold: float


def product_worth(report: ReportFile, path: Path, models: Collection[str]) -> dict[str, ProductWorth]:
    """Of the products among ``models`` that the report of ``path`` has rows of.

    Between the numbers of lines measured, log RMSE is taken as straight over log lines; where more lines measured
    worse, as level.

    Raises:
        BadInputError: the report has too few rows of spaced lines, or a product is worth fewer than the fewest.
    """
    found = product_rows(report, _METRIC)
    wanted = [model for model in models if model in found]
    if not wanted:
        return {}
    lines, error = _spaced(report, path)
    worth = {}
    for model in wanted:
        row = found[model]
        best, low, high = (_lines(lines, error, mm) for mm in (row.error, row.high, row.low))
        if best is None:
            raise BadInputError(
                path,
                f"its {printable(model)} is worth fewer than {lines[0]:.0f} spaced lines, the fewest that it has",
                "make one with fewer lines too: lidarsel run DATA --budget",
            )
        worth[model] = ProductWorth(model, round(best), low, high if row.low > error[-1] else None, row.untold or 0.0)
    return worth


def _spaced(report: ReportFile, path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numbers of lines, rising, and RMSE in mm, never rising; all lines in the image are the last."""
    try:
        rows, whole = measured_rows(report, METHOD, _METRIC), all_lines(report, _METRIC)
    except UsageError as error:
        raise BadInputError(path, str(error), "make it with lidarsel run DATA --budget 32,16,8,4") from None
    measured = {row.budget: row.error for row in rows} | {report.lines_in_image or report.n_lines: whole.error}
    lines = sorted(measured)
    error = np.minimum.accumulate([measured[number] for number in lines])
    return np.array(lines, np.float64), error


def _lines(lines: NDArray[np.float64], error: NDArray[np.float64], mm: float) -> float | None:
    """The fewest lines with an RMSE of so many mm at most; all that there are where none has, None below the fewest."""
    if mm > error[0]:
        return None
    if mm <= error[-1]:
        return float(lines[-1])
    rising, first = np.unique(error, return_index=True)  # of level stretches the fewest lines
    return float(np.exp(np.interp(np.log(mm), np.log(rising), np.log(lines[first]))))
