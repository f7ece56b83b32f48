"""Evenly spaced lines as a measure of sensors: how many of them err as much on a report's log."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.measured import all_lines, measured_rows

METHOD = "spaced"
"""How the lines of a ladder's law are chosen."""
METRIC = "rmse"
"""Of a law."""


@dataclass(frozen=True)
class SpacedLines:
    """lines: float64 (n,), rising; all lines in the image are the last. rmse_mm: float64 (n,), never rising."""

    lines: NDArray[np.float64]
    rmse_mm: NDArray[np.float64]

    @classmethod
    def of(cls, report: ReportFile, path: Path) -> "SpacedLines":
        """Those of the report of ``path``; where more lines measured worse, as level. Raises BadInputError."""
        with refused_by_name(path):
            rows, whole = measured_rows(report, METHOD, METRIC), all_lines(report, METRIC)
        measured = {row.budget: row.error for row in rows} | {report.lines_in_image or report.n_lines: whole.error}
        lines = sorted(measured)
        return cls(np.array(lines, np.float64), np.minimum.accumulate([measured[number] for number in lines]))

    def equal_to(self, rmse_mm: float) -> float | None:
        """The fewest lines with an RMSE of so many mm at most; all where none has, None where the fewest err less.

        Between the numbers of lines measured, log RMSE is taken as straight over log lines.
        """
        if rmse_mm > self.rmse_mm[0]:
            return None
        if rmse_mm <= self.rmse_mm[-1]:
            return float(self.lines[-1])
        rising, first = np.unique(self.rmse_mm, return_index=True)  # of level stretches the fewest lines
        return float(np.exp(np.interp(np.log(rmse_mm), np.log(rising), np.log(self.lines[first]))))

    def between(self, low_mm: float, high_mm: float) -> tuple[float | None, float | None]:
        """The numbers of lines at both ends of an interval of RMSE; None beyond what was measured."""
        return self.equal_to(high_mm), self.equal_to(low_mm) if low_mm > self.rmse_mm[-1] else None


@contextmanager
def refused_by_name(path: Path) -> Iterator[None]:
    """Raises BadInputError where rows are asked for that the report of ``path`` has not."""
    try:
        yield
    except UsageError as error:
        raise BadInputError(path, str(error), "make it with lidarsel run DATA --budget 32,16,8,4") from None
