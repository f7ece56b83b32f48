"""Error against the number of lines, or by method, in per cent above all lines, on a linear axis."""

from collections.abc import Collection, Sequence
from statistics import median

from lidarsel.contracts import ReportFile
from lidarsel.report.figures.chart import Axis, Chart, EndLabel, Level, Series
from lidarsel.report.figures.end_labels import LABEL_GAP, spread
from lidarsel.report.figures.measure import Measure
from lidarsel.report.figures.style import DASHED, DOTTED, look_of
from lidarsel.report.metric_words import error_of, error_told, interval_told
from lidarsel.report.words import chosen_row, count, method_name
from lidarsel.report_rows import ReportRow

_NEAR, _STRETCH = 2.0, 1.75
"""Errors are near that are no farther above the least than so many times the middle method of their budget. The axis
holds what stretches it by no more than the second beyond the near ones."""
_BAND_BELOW, _BAND_ABOVE = 1 / 3, 1 / 2
"""How far bands may stretch the axis, in shares of what the errors take: these keep the most of it."""
_MARGIN = 0.04
_LEAST_RATIO = 1.07
"""Of budgets that are both named on the axis: nearer ones would run into each other."""


def error_chart(report: ReportFile) -> Chart:
    """The error that decided: against the number of lines, or by method where there is one budget.

    The chosen and the best method have bands of their 95 % CIs. The axis holds what most methods need: one whose error
    is beyond it is named at its edge, with its figure. Rows that nothing was left to judge by are not drawn.
    """
    measure = Measure.of(report)
    rows = [row for row in report.rows if row.is_judged and row.method not in ("all", "none")]
    marked = {row.method for row in (chosen_row(report), best_row(report)) if row is not None}
    y = Axis(measure.title, _ends(measure, rows, [row for row in rows if row.method in marked]))
    budgets = sorted({row.budget for row in rows}, reverse=True)
    if len(budgets) > 1:
        return _over_budgets(report, measure, rows, y, marked)
    return _side_by_side(report, measure, rows, y)


def best_row(report: ReportFile) -> ReportRow | None:
    """The row of least error among those that keep as many lines as the chosen one; None where none was judged."""
    rows = [row for row in report.rows if row.budget == report.chosen_budget and row.is_judged]
    rows = [row for row in rows if row.method not in ("all", "none")]
    own = chosen_row(report)
    return min(rows, key=lambda row: (error_of(row, report.metric), row is not own), default=None)


def error_explained(report: ReportFile) -> str:
    """What the bands or bars are, and the arrows."""
    several = len({row.budget for row in report.rows if row.method not in ("all", "none")}) > 1
    drawn = "Bands, of the chosen method and the best one (the table has the others')" if several else "Bars"
    over = "" if Measure.of(report).base is None else " of the error, over the mean error of all lines"
    return f"{drawn}: the 95 % CI{over}. ↑: beyond the axis, with its figure."


def _ends(measure: Measure, rows: Sequence[ReportRow], marked: Sequence[ReportRow]) -> tuple[float, float]:
    """From the least error, or no loss, to the greatest that is not beyond; stretched for the bands of the marked."""
    if not rows:
        return 0.0, 1.0
    places = [measure.of_row(row) for row in rows]
    low = min(0.0, *places)
    middles = [median(measure.of_row(row) for row in rows if row.budget == budget) for budget in _budgets(rows)]
    near = max(place for place in places if place <= low + _NEAR * (max(middles) - low))
    held = [place for place in places if place <= low + _STRETCH * (near - low)]
    high = max([*held, *map(measure.of_row, marked)])
    span, least = high - low, low
    for band_low, band_high in map(measure.interval, marked):
        if band_low is not None and band_high is not None:
            low = min(low, max(band_low, least - _BAND_BELOW * span))
            high = max(high, min(band_high, least + (1 + _BAND_ABOVE) * span))
    margin = _MARGIN * (high - low) or 1.0
    absolute = measure.base is None  # an error itself stands on 0
    return (0.0 if absolute else low - margin), high + margin


def _budgets(rows: Sequence[ReportRow]) -> list[int]:
    return sorted({row.budget for row in rows}, reverse=True)


def _over_budgets(
    report: ReportFile, measure: Measure, rows: Sequence[ReportRow], y: Axis, marked: Collection[str]
) -> Chart:
    """A curve for each method, named at its end; what has one point on the way, as a product, is in the legend."""
    budgets = _budgets(rows)
    curves = [
        sorted((row for row in rows if row.method == method), key=lambda row: -row.budget)
        for method in dict.fromkeys(row.method for row in rows)
    ]
    named = [curve for curve in curves if len(curve) > 1 or curve[0].budget == budgets[-1]]
    series = [
        _series(
            report,
            measure,
            [(float(row.budget), row) for row in curve],
            joined=True,
            banded=curve[0].method in marked,
            in_legend=curve not in named,
        )
        for curve in curves
    ]
    ends = (budgets[0] * 1.06, budgets[-1] / 1.1)
    x = Axis("Lines kept (logarithmic)", ends, _ticks(rows), log=True)
    return Chart(x, y, series, _levels(report, measure, y), labels=_end_labels(report, measure, named, y))


def _ticks(rows: Sequence[ReportRow]) -> list[tuple[float, str]]:
    """The budgets, of near ones that of most rows."""
    named: list[int] = []
    for budget in sorted(_budgets(rows), key=lambda one: (-sum(row.budget == one for row in rows), -one)):
        if all(max(budget, other) / min(budget, other) >= _LEAST_RATIO for other in named):
            named.append(budget)
    return [(float(budget), str(budget)) for budget in sorted(named, reverse=True)]


def _end_labels(report: ReportFile, measure: Measure, curves: Sequence[list[ReportRow]], y: Axis) -> list[EndLabel]:
    assert y.ends is not None
    low, high = y.ends
    lasts = sorted((curve[-1] for curve in curves), key=measure.of_row)
    places = [measure.of_row(row) for row in lasts]
    wanted = [min(place, high) for place in places]
    spaced = spread(wanted, LABEL_GAP * (high - low), low, high)
    return [
        EndLabel(
            text=_name(report, row) + (f" ↑ {measure.told(row)}" if place > high else ""),
            y=at,
            end=None if place > high else (float(row.budget), place),
            look=look_of(row.method),
            strong=row.method == report.chosen_method,
        )
        for row, place, at in zip(lasts, places, spaced, strict=True)
    ]


def _side_by_side(report: ReportFile, measure: Measure, rows: Sequence[ReportRow], y: Axis) -> Chart:
    """The methods beside each other, best first: at one budget a curve would be a heap of points."""
    assert y.ends is not None
    by_error = sorted(rows, key=lambda row: (error_of(row, report.metric), row.method))
    series = [
        _series(report, measure, [(float(place), row)], joined=False, banded=False, in_legend=False)
        for place, row in enumerate(by_error)
    ]
    ticks = [
        (float(place), f"{_name(report, row)}\n{'↑ ' if measure.of_row(row) > y.ends[1] else ''}{measure.told(row)}")
        for place, row in enumerate(by_error)
    ]
    title = f"Method, {count(rows[0].budget, 'line')}" if rows else "Method"
    x = Axis(title, (-0.5, max(0.5, len(rows) - 0.5)), ticks)
    return Chart(x, y, series, _levels(report, measure, y))


def _series(
    report: ReportFile,
    measure: Measure,
    placed: Sequence[tuple[float, ReportRow]],
    joined: bool,
    banded: bool,
    in_legend: bool,
) -> Series:
    rows = [row for _, row in placed]
    ends = [measure.interval(row) for row in rows]
    return Series(
        name=_name(report, rows[0]),
        look=look_of(rows[0].method),
        x=[place for place, _ in placed],
        y=[measure.of_row(row) for row in rows],
        low=[low for low, _ in ends],
        high=[high for _, high in ends],
        hover=[f"{method_name(row)}, {count(row.budget, 'line')}: {_figures(measure, row)}" for row in rows],
        joined=joined,
        strong=chosen_row(report) in rows,
        banded=banded,
        in_legend=in_legend,
    )


def _name(report: ReportFile, row: ReportRow) -> str:
    chosen = chosen_row(report)
    if row.method == chosen.method:
        return f"{method_name(row)} (chosen)"
    best = best_row(report)
    return method_name(row) + (" (best)" if best is not None and row.method == best.method else "")


def _levels(report: ReportFile, measure: Measure, y: Axis) -> list[Level]:
    """All lines and none; the legend says where one lies above the axis."""
    assert y.ends is not None
    found = []
    for method, dash in (("all", DASHED), ("none", DOTTED)):
        row = report.row(method)
        if row is not None and row.is_judged:
            place, told = measure.of_row(row), error_told(error_of(row, report.metric), report.metric)
            beside = "" if measure.base is None or method == "all" else f", {measure.told(row)}"
            above = ", above the axis" if place > y.ends[1] else ""
            name = f"{method_name(row)} ({told}{beside}{above})"
            found.append(Level(name, place, dash, f"{method_name(row)}: {_figures(measure, row)}"))
    return found


def _figures(measure: Measure, row: ReportRow) -> str:
    error = error_told(error_of(row, measure.metric), measure.metric)
    above = "" if measure.base is None else f"{measure.told(row)} above all lines\n"
    return f"{above}{error}, {interval_told(row, measure.metric)}"
