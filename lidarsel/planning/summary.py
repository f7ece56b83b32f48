"""A plan as a person reads it in the terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from lidarsel.planning.known import Point
from lidarsel.planning.plan import Plan
from lidarsel.printable import printable
from lidarsel.report.metric_words import millimetres
from lidarsel.report.terminal import empty_table

_POINT = ("Lines", "RMSE\nmm", "Interval\n95 %, mm", "Ratio\nto all")
"""The headings of ``_entries``."""


def steps_table(plan: Plan) -> Table:
    """The measured budgets, fewest lines first, and what each further line bought. Fits 80 columns."""
    caption = "mm a line: RMSE that each line took off since the row above. Curve: fitted, not measured."
    table = _table((*_POINT, "Curve\nmm", "mm a line\nmeasured", "by the\ncurve"), caption)
    for step in plan.steps:
        point, name = step.point, "holds" if step.point.holds else ""
        entries = [
            *_entries(point),
            _millimetres(step.curve_mm),
            _gain(step.mm_per_line),
            _gain(step.curve_mm_per_line),
            name,
        ]
        table.add_row(*(Text(entry) for entry in entries), style="bold green" if point == plan.fewest else "")
    return table


def sensors_table(plan: Plan) -> Table:
    """The price list, cheapest first. Fits 80 columns."""
    caption = "mm per money: RMSE less than with the next cheaper sensor, for a unit of money more."
    table = _table(("Price", *_POINT, "Known\nby", "mm per\nmoney"), caption)
    for sensor in plan.sensors:
        point = sensor.point
        known = [str(sensor.lines), "", "", "", "unknown"] if point is None else [*_entries(point), point.basis]
        best = sensor == plan.cheapest
        name = "cheapest" if best else "holds" if point is not None and point.holds else ""
        entries = [_money(sensor.price), *known, _gain(sensor.mm_per_money), name]
        table.add_row(*(Text(entry) for entry in entries), style="bold green" if best else "")
    return table


def answers(plan: Plan) -> Table:
    """Bound, curve, its test, answers and notes, a name and a sentence each, wrapped at words."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, sentence in [*_findings(plan), *(("note", note) for note in plan.notes)]:
        table.add_row(Text(name, style="bold" if name in ("fewest", "cheapest") else ""), Text(sentence))
    return table


def _findings(plan: Plan) -> list[tuple[str, str]]:
    found = [
        (
            "bound",
            f"RMSE at most {plan.max_rmse_ratio:g} times that of all {plan.n_lines} lines: "
            f"{millimetres(plan.bound_mm)} mm",
        ),
        *_curve(plan),
        ("fewest", _fewest(plan)),
    ]
    return [*found, ("cheapest", _cheapest(plan))] if plan.sensors else found


def _curve(plan: Plan) -> list[tuple[str, str]]:
    """The curve and its test; nothing where none was fitted."""
    law, ends, test = plan.law, plan.law_interval, plan.held_out
    if law is None or test is None:
        return []
    too = "high" if test.off > 0 else "low"
    return [
        (
            "curve",
            f"RMSE = c + a * lines^-alpha by {printable(plan.method)}: c {millimetres(law.c_mm)} mm (95 % "
            f"{_ends(ends['c_mm'])}), a {millimetres(law.a_mm)} mm ({_ends(ends['a_mm'])}), alpha {law.alpha:.2f} "
            f"({ends['alpha'][0]:.2f} to {ends['alpha'][1]:.2f})",
        ),
        (
            "test",
            f"fitted to {', '.join(map(str, test.fitted_to))} lines it predicts {millimetres(test.predicted_mm)} mm "
            f"(95 % {millimetres(test.low_mm)} to {millimetres(test.high_mm)}) at {test.lines}; measured "
            f"{millimetres(test.measured_mm)} mm, so it is {100 * abs(test.off):.1f} % too {too}",
        ),
    ]


def _fewest(plan: Plan) -> str:
    if plan.fewest is None:
        return "no measured number of lines holds the bound"
    said = f"{plan.fewest.lines} of {plan.n_lines} lines, measured: {_figures(plan.fewest)}"
    if plan.fewest_by_curve is None or plan.by_curve_interval is None or plan.held_out is None:
        return said
    lines, (low, high) = plan.fewest_by_curve.lines, plan.by_curve_interval
    upper = f"{high}" if high is not None else f"more than {plan.held_out.lines}"
    return (
        f"{said}. Perhaps {lines} (95 % {low} to {upper}), by the curve only: {_figures(plan.fewest_by_curve)}; "
        f"measure with lidarsel run DATA --budget {lines} --method {printable(plan.method)} before you rely on it"
    )


def _cheapest(plan: Plan) -> str:
    sensor, sure = plan.cheapest, plan.cheapest_measured
    if sensor is None or sensor.point is None:
        return "no sensor of the price list is known to hold the bound"
    said = f"{sensor.lines} lines for {_money(sensor.price)}, {{}}: {_figures(sensor.point)}"
    if sensor.point.basis == "measured":
        return said.format("measured")
    also = "no measured one holds it" if sure is None else f"the measured one is {sure.lines} for {_money(sure.price)}"
    return f"{said.format('by the curve only')}; {also}"


def _figures(point: Point) -> str:
    return f"{millimetres(point.rmse_mm)} mm, {point.ratio_to_all:.3f} of all"


def _entries(point: Point) -> list[str]:
    interval = f"{millimetres(point.low_mm)}–{millimetres(point.high_mm)}"
    return [str(point.lines), millimetres(point.rmse_mm), interval, f"{point.ratio_to_all:.3f}"]


def _table(headings: Sequence[str], caption: str) -> Table:
    table = empty_table(caption)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    return table


def _millimetres(value_mm: float | None) -> str:
    return "" if value_mm is None else millimetres(value_mm)


def _gain(value: float | None) -> str:
    return "" if value is None else _three(value)


def _three(value: float) -> str:
    """Three significant digits, or whole from 100."""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:#.3g}"


def _ends(interval: tuple[float, float]) -> str:
    return f"{millimetres(interval[0])} to {millimetres(interval[1])}"


def _money(price: float) -> str:
    return f"{price:,.2f}".removesuffix(".00")
