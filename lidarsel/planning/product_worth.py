"""How many evenly spaced lines a product is worth on a log: what a law of lines can then speak of."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lidarsel.contracts import ReportFile
from lidarsel.errors import BadInputError
from lidarsel.planning.measured import product_rows
from lidarsel.planning.spaced_lines import METRIC, SpacedLines
from lidarsel.printable import printable


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

    Raises:
        BadInputError: the report has too few rows of spaced lines, or a product is worth fewer than the fewest.
    """
    found = product_rows(report, METRIC)
    wanted = [model for model in models if model in found]
    if not wanted:
        return {}
    spaced, worth = SpacedLines.of(report, path), {}
    for model in wanted:
        row = found[model]
        best = spaced.equal_to(row.error)
        if best is None:
            raise BadInputError(
                path,
                f"its {printable(model)} is worth fewer than {spaced.lines[0]:.0f} spaced lines, the fewest that it "
                "has",
                "make one with fewer lines too: lidarsel run DATA --budget",
            )
        worth[model] = ProductWorth(model, round(best), *spaced.between(row.low, row.high), row.untold or 0.0)
    return worth
