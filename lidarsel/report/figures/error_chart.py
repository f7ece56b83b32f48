"""Error against the number of lines, or by method, with its 95 % intervals."""

from lidarsel.contracts import ReportFile
from lidarsel.criterion import criterion
from lidarsel.report.figures.chart import Axis, Chart, Level, Series, error_axis
from lidarsel.report.figures.style import DASHED, DOTTED, look_of
from lidarsel.report.metric_words import error_of, error_title, error_told, interval_of, interval_told, ratio_of
from lidarsel.report.words import chosen_row, count, method_name
from lidarsel.report_rows import ReportRow

_FARTHEST = 4.0
"""Beyond the greatest and the least error by this ratio, an interval runs off the axis: the errors stay told apart."""


def error_chart(report: ReportFile) -> Chart:
    """The error that decided with its 95 % interval: against the number of lines, or by method where there is one
    budget.

    An interval of few frames may leave the axis, and no line at all may be worse by far: the axis holds what the other
    rows need, and the legend says that it is above. Rows that nothing was left to judge by are not drawn.
    """
    judged = [row for row in report.rows if row.is_judged]
    shown = [row for row in judged if row.method != "none"] or judged
    errors = [error_of(row, report.metric) for row in shown]
    intervals = [interval_of(row, report.metric) or (error, error) for row, error in zip(shown, errors, strict=True)]
    low = max(min((low for low, _ in intervals), default=0.0), min(errors, default=0.0) / _FARTHEST)
    high = min(max((high for _, high in intervals), default=0.0), max(errors, default=0.0) * _FARTHEST)
    y = error_axis(error_title(report.metric), low, high)
    rows = [row for row in judged if row.method not in ("all", "none")]
    budgets = sorted({row.budget for row in rows})
    x, series = _over_budgets(report, rows, budgets) if len(budgets) > 1 else _side_by_side(report, rows)
    return Chart(x, y, series, _levels(report, 1.06 * high))


def _over_budgets(report: ReportFile, rows: list[ReportRow], budgets: list[int]) -> tuple[Axis, list[Series]]:
    """A curve for each method."""
    by_budget = sorted(rows, key=lambda row: row.budget)
    series = [
        _series(report, [(row.budget, row) for row in by_budget if row.method == method], joined=True)
        for method in dict.fromkeys(row.method for row in rows)
    ]
    ticks = [(budget, str(budget)) for budget in budgets]
    ends = (budgets[0] / 1.06, budgets[-1] * 1.06)
    return Axis("Lines kept (logarithmic)", ends, ticks, log=True), series


def _side_by_side(report: ReportFile, rows: list[ReportRow]) -> tuple[Axis, list[Series]]:
    """The methods beside each other, best first: at one budget a curve would be a heap of points."""
    by_error = sorted(rows, key=lambda row: (error_of(row, report.metric), row.method))
    series = [_series(report, [(place, row)], joined=False) for place, row in enumerate(by_error)]
    ticks = [(place, each.name) for place, each in enumerate(series)]
    title = f"Method, {count(rows[0].budget, 'line')}" if rows else "Method"
    return Axis(title, (-0.5, max(0.5, len(rows) - 0.5)), ticks), series


def _series(report: ReportFile, placed: list[tuple[float, ReportRow]], joined: bool) -> Series:
    rows = [row for _, row in placed]
    strong = chosen_row(report) in rows
    ends = [interval_of(row, report.metric) or (None, None) for row in rows]
    return Series(
        name=method_name(rows[0]) + (" (chosen)" if strong else ""),
        look=look_of(rows[0].method),
        x=[place for place, _ in placed],
        y=[error_of(row, report.metric) for row in rows],
        low=[low for low, _ in ends],
        high=[high for _, high in ends],
        hover=[f"{count(row.budget, 'line')}: {_figures(report, row)}" for row in rows],
        joined=joined,
        strong=strong,
        in_legend=joined,
    )


def _levels(report: ReportFile, top: float) -> list[Level]:
    """All lines and none; the legend says where one lies above the axis."""
    found = []
    for method, dash in (("all", DASHED), ("none", DOTTED)):
        row = report.row(method)
        if row is not None and row.is_judged:
            error = error_of(row, report.metric)
            told = f"{error_told(error, report.metric)}{', above' if error > top else ''}"
            found.append(Level(f"{method_name(row)} ({told})", error, dash, _figures(report, row)))
    return found


def _figures(report: ReportFile, row: ReportRow) -> str:
    metric = report.metric
    told, ratio = error_told(error_of(row, metric), metric), ratio_of(row, metric)
    relative = ratio is None or criterion(metric).is_relative
    return f"{told}\n{interval_told(row, metric)}" + ("" if relative else f"\n{ratio:.3f} of all lines")
