"""How many evenly spaced lines a chosen set is worth on a log: a law is of spaced ones, and lines are chosen to be
better."""

from dataclasses import dataclass
from pathlib import Path

from lidarsel.contracts import ReportFile
from lidarsel.planning.measured import measured_rows, product_models
from lidarsel.planning.spaced_lines import METHOD, METRIC, SpacedLines, refused_by_name


@dataclass(frozen=True)
class ChosenWorth:
    """budget: lines that ``method`` chose. lines: spaced ones of equal RMSE, to the nearest; None: fewer than the
    fewest measured. low, high: their number at the ends of the set's 95 % CI; None beyond what was measured."""

    method: str
    budget: int
    lines: int | None
    low: float | None
    high: float | None


def chosen_worth(report: ReportFile, path: Path, lines: int | None = None) -> list[ChosenWorth]:
    """Of every budget of the method that the report of ``path`` chose by; none where that is all or spaced lines.

    Args:
        report, path: the report.
        lines: the only budget to speak of; None: all.

    Raises:
        BadInputError: the report has no spaced lines to compare with, or none of its method to speak of.
    """
    method = report.chosen_method
    if method in ("all", METHOD, *product_models(report)):
        return []
    spaced, worth = SpacedLines.of(report, path), []
    with refused_by_name(path):
        rows = measured_rows(report, method, METRIC)
    for row in rows:
        if lines is None or row.budget == lines:
            equal = spaced.equal_to(row.error)
            number = None if equal is None else round(equal)
            worth.append(ChosenWorth(method, row.budget, number, *spaced.between(row.low, row.high)))
    return worth
