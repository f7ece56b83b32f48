"""The rows of a report that a curve is fitted to."""

from itertools import pairwise

from lidarsel.contracts import ReportFile
from lidarsel.errors import UsageError
from lidarsel.printable import printable
from lidarsel.report_rows import ReportRow

FEWEST_BUDGETS = 4
"""Three parameters need three budgets, and the largest is held out to check them."""

_USUAL = (4, 8, 16, 32)


def all_lines(report: ReportFile) -> ReportRow:
    """The row of all lines. Raises UsageError where there is none or its error is 0, so that no ratio to it exists."""
    row = report.row("all")
    if row is None:
        raise UsageError("the report has no row of all lines to compare with; make it with lidarsel run or evaluate")
    if report.ground_truth == "scan":
        raise UsageError(
            "the report is judged against the frames' own scans, where all lines leave nothing to judge by, so that "
            "no ratio to them exists; judge on other ground truth"
        )
    if row.rmse_mm <= 0:
        raise UsageError("the RMSE of all lines is 0, so that no ratio to it exists; judge on other ground truth")
    return row


def measured_rows(report: ReportFile, method: str) -> list[ReportRow]:
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
    for row in rows:
        if interval_mm(row)[0] <= 0 or row.rmse_mm <= 0:
            raise UsageError(f"{name} at {row.budget} lines has no RMSE above 0 mm; nothing can be planned by it")
    return rows


def product_rows(report: ReportFile) -> dict[str, ReportRow]:
    """The rows of products that the log's lines imitate, by model."""
    return {row.method: row for row in report.rows if row.untold is not None and row.is_judged}


def require_curve(report: ReportFile, rows: list[ReportRow]) -> None:
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


def interval_mm(row: ReportRow) -> tuple[float, float]:
    """A row's 95 % interval. Raises UsageError where it has none: a plan is for other frames than the judged one."""
    if row.interval_mm is None:
        raise UsageError("the report is of one frame, which says nothing of others; judge on 2 frames or more")
    return row.interval_mm
