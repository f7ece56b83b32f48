"""The rows of a report that a curve is fitted to."""

from dataclasses import dataclass
from itertools import pairwise

from lidarsel.contracts import ReportFile
from lidarsel.errors import UsageError
from lidarsel.printable import printable
from lidarsel.report.metric_words import error_of, interval_of, metric_name, unit_of
from lidarsel.report_rows import ReportRow

FEWEST_BUDGETS = 4
"""Three parameters need three budgets, and the largest is held out to check them."""

_USUAL = (4, 8, 16, 32)


@dataclass(frozen=True)
class MeasuredRow:
    """A row of a report by the error that is planned by, in its unit, with its 95 % interval.

    untold: share of a product's lines that the log cannot tell of; None of rows that imitate no product.
    """

    method: str
    budget: int
    error: float
    low: float
    high: float
    untold: float | None = None


def all_lines(report: ReportFile, metric: str) -> MeasuredRow:
    """The row of all lines. Raises UsageError where there is none or its error is 0, so that no ratio to it exists."""
    row = report.row("all")
    if row is None:
        raise UsageError("the report has no row of all lines to compare with; make it with lidarsel run or evaluate")
    if report.ground_truth == "scan":
        raise UsageError(
            "the report is judged against the frames' own scans, where all lines leave nothing to judge by, so that "
            "no ratio to them exists; judge on other ground truth"
        )
    if error_of(row, metric) <= 0:
        name = metric_name(metric)
        raise UsageError(f"the {name} of all lines is 0, so that no ratio to it exists; judge on other ground truth")
    return _measured(row, metric)


def measured_rows(report: ReportFile, method: str, metric: str) -> list[MeasuredRow]:
    """The rows of a method with some but not all lines, fewest first.

    All lines are left out: on KITTI 46 or 47 of 64 reach the image, so that the last ones buy nothing and lie off any
    curve of the others. Products that lines imitate are no method. Raises UsageError for an unknown method, one budget
    twice, or no error.
    """
    partial = [row for row in report.rows if 0 < row.budget < report.n_lines and row.untold is None]
    rows = sorted((row for row in partial if row.method == method), key=lambda row: row.budget)
    name = printable(method)
    if not rows:
        known = printable(", ".join(sorted({row.method for row in partial})) or "none")
        raise UsageError(f"the report has no row of method {name!r}; it has {known}")
    budgets = [row.budget for row in rows]
    if len(set(budgets)) < len(budgets):
        raise UsageError(f"the report has {name} twice at one budget; give a report with one row for each")
    found = [_measured(row, metric) for row in rows]
    for each in found:
        if each.low <= 0 or each.error <= 0:
            error = f"{metric_name(metric)} above 0 {unit_of(metric)}"
            raise UsageError(f"{name} at {each.budget} lines has no {error}; nothing can be planned by it")
    return found


def product_models(report: ReportFile) -> list[str]:
    """The products that the log's lines imitate in rows of the report."""
    return [row.method for row in _of_products(report)]


def product_rows(report: ReportFile, metric: str) -> dict[str, MeasuredRow]:
    """Their rows, by model."""
    return {row.method: _measured(row, metric) for row in _of_products(report)}


def require_curve(report: ReportFile, rows: list[MeasuredRow]) -> None:
    """Raises UsageError for rows that no curve can be fitted to: of fewer than four budgets."""
    name, budgets = printable(rows[0].method), [row.budget for row in rows]
    if len(budgets) < FEWEST_BUDGETS:
        wanted = _enough(budgets, report.n_lines)
        raise UsageError(
            f"the report has {name} at {', '.join(map(str, budgets))} lines, a curve needs {FEWEST_BUDGETS} budgets; "
            f"make it with lidarsel run DATA --budget {','.join(map(str, wanted))} --method {name}"
        )


def _enough(budgets: list[int], n_lines: int) -> list[int]:
    """Budgets for a curve, largest first: those measured, the usual ones, and of a small sensor the middles of what
    lies widest apart, more lines first."""
    found = {*budgets, *(budget for budget in _USUAL if budget < n_lines)}
    while len(found) < min(FEWEST_BUDGETS, n_lines - 1):
        ends = [0, *sorted(found), n_lines]
        _, low, high = max((high - low, low, high) for low, high in pairwise(ends))
        found.add((low + high) // 2)
    return sorted(found, reverse=True)


def _of_products(report: ReportFile) -> list[ReportRow]:
    return [row for row in report.rows if row.untold is not None and row.is_judged]


def _measured(row: ReportRow, metric: str) -> MeasuredRow:
    """Raises UsageError where the row has no interval: a plan is for other frames than the judged ones."""
    interval = interval_of(row, metric)
    if interval is None and row.n_frames > 1:
        name = metric_name(metric)
        raise UsageError(
            f"the report tells no 95 % CI of {name}, as those of older versions; make it anew, or give --max-rmse-ratio"
        )
    if interval is None:
        raise UsageError("the report is of one frame, which says nothing of others; judge on 2 frames or more")
    return MeasuredRow(row.method, row.budget, error_of(row, metric), *interval, row.untold)
