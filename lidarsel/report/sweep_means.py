"""A sweep's figures as they are shown, in the terminal, the page, the figure and Markdown: means over its seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

import msgspec

from lidarsel.report.metric_words import error_of, error_text
from lidarsel.report_rows import ReportRow

UNSELECTED = ("all", "none")
"""Rows that no method chose: they are the same for every seed."""


class SweepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a report whose lines were chosen by ``metric`` with ``seed``."""

    metric: str
    seed: int
    row: ReportRow


@dataclass(frozen=True)
class SweepMean:
    """The error of a method at a number of lines, over the seeds whose lines could be judged.

    errors: of each seed, at least one. least: no method has a smaller mean at this number of lines.
    """

    errors: tuple[float, ...]
    least: bool

    @property
    def mean(self) -> float:
        return mean(self.errors)

    @property
    def spread(self) -> float | None:
        """The standard deviation over seeds (n - 1); None of one seed."""
        return stdev(self.errors) if len(self.errors) > 1 else None

    def said(self, by: str) -> str:
        """ "1620 ± 34.6", the error being that ``by`` a metric."""
        spread = "" if self.spread is None else f" ± {error_text(self.spread, by)}"
        return f"{error_text(self.mean, by)}{spread}"


def sweep_means(rows: Sequence[SweepRow], by: str) -> dict[tuple[str, str], dict[int, SweepMean | None]]:
    """The error ``by`` a metric of each (metric that chose, method) at each of its numbers of lines, in their order.

    None where nothing was left to judge the lines by.
    """
    errors: dict[tuple[str, str], dict[int, list[float]]] = {}
    for swept in rows:
        if swept.row.method not in UNSELECTED:
            of_budget = errors.setdefault((swept.metric, swept.row.method), {}).setdefault(swept.row.budget, [])
            of_budget += [error_of(swept.row, by)] if swept.row.is_judged else []
    least = _least(errors)
    return {
        key: {
            budget: SweepMean(tuple(found), mean(found) == least[budget]) if found else None
            for budget, found in of_method.items()
        }
        for key, of_method in errors.items()
    }


def _least(errors: Mapping[tuple[str, str], Mapping[int, Sequence[float]]]) -> dict[int, float]:
    """The least mean of each number of lines."""
    least: dict[int, float] = {}
    for of_method in errors.values():
        for budget, found in of_method.items():
            if found:
                least[budget] = min(mean(found), least.get(budget, mean(found)))
    return least
