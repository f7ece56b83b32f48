"""Error against the number of lines, or by method, with its 95 % intervals (Plotly)."""

from html import escape

import plotly.graph_objects as go

from lidarsel.contracts import ReportFile, ReportRow
from lidarsel.report.figures.style import GREY, Look, layout, log_axis, looks
from lidarsel.report.words import chosen_row, count, method_name


def error_figure(report: ReportFile) -> go.Figure:
    """RMSE in mm with its 95 % interval: against the number of lines, or by method where there is one budget.

    No line at all may be worse by far: it is drawn, but the axis begins with what the other rows need.
    """
    budgets = sorted({row.budget for row in _compared(report)})
    figure = _over_budgets(report, budgets) if len(budgets) > 1 else _at_one_budget(report)
    shown = [row for row in report.rows if row.method != "none"]
    low, high = min(row.rmse_low_mm for row in shown), max(row.rmse_high_mm for row in shown)
    figure.update_yaxes(type="log", title_text="RMSE in mm (logarithmic)", **log_axis(low, high))
    return figure


def _compared(report: ReportFile) -> list[ReportRow]:
    """The rows of methods that choose."""
    return [row for row in report.rows if row.method not in ("all", "none")]


def _over_budgets(report: ReportFile, budgets: list[int]) -> go.Figure:
    figure = go.Figure(layout=layout())
    look_of = _looks(report)
    methods = list(dict.fromkeys(row.method for row in _compared(report)))
    for method in methods:  # all bands first, below all lines
        rows = _rows(report, method)
        red, green, blue = (int(look_of[method].colour[i : i + 2], 16) for i in (1, 3, 5))
        opacity = 0.22 if method == report.chosen_method else 0.09
        figure.add_scatter(
            x=[*(row.budget for row in rows), *(row.budget for row in reversed(rows))],
            y=[*(row.rmse_low_mm for row in rows), *(row.rmse_high_mm for row in reversed(rows))],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=f"rgba({red},{green},{blue},{opacity})",
            hoverinfo="skip",
            showlegend=False,
            legendgroup=method,
        )
    for method in methods:
        look = look_of[method]
        chosen = method == report.chosen_method
        rows = _rows(report, method)
        figure.add_scatter(
            x=[row.budget for row in rows],
            y=[row.rmse_mm for row in rows],
            customdata=[[row.rmse_low_mm, row.rmse_high_mm, row.ratio_to_all] for row in rows],
            hovertemplate="%{x} lines: %{y:.0f} mm<br>95 % interval %{customdata[0]:.0f} to %{customdata[1]:.0f} mm"
            "<br>%{customdata[2]:.3f} of all lines",
            mode="lines+markers",
            line={"color": look.colour, "dash": look.dash, "width": 3.5 if chosen else 1.8},
            marker={"symbol": look.marker, "size": 11 if chosen else 8},
            name=_name(rows[0], chosen),
            legendgroup=method,
        )
    _references(figure, report, [budgets[0], budgets[-1]])
    figure.update_xaxes(
        type="log",
        title_text="Lines kept (logarithmic)",
        tickvals=budgets,
        ticktext=[str(budget) for budget in budgets],
    )
    return figure


def _at_one_budget(report: ReportFile) -> go.Figure:
    """Where there is one budget a curve would be a heap of points: the methods stand side by side instead."""
    figure = go.Figure(layout=layout())
    rows = sorted(_compared(report), key=lambda row: (row.rmse_mm, row.method))
    look_of = _looks(report)
    names = [_name(row, row is chosen_row(report)) for row in rows]
    for row, name in zip(rows, names, strict=True):
        figure.add_scatter(
            x=[name],
            y=[row.rmse_mm],
            error_y={"array": [row.rmse_high_mm - row.rmse_mm], "arrayminus": [row.rmse_mm - row.rmse_low_mm]},
            hovertemplate=f"{row.budget} lines: %{{y:.0f}} mm<br>95 % interval {row.rmse_low_mm:.0f} to "
            f"{row.rmse_high_mm:.0f} mm",
            mode="markers",
            marker={
                "symbol": look_of[row.method].marker,
                "size": 13 if row is chosen_row(report) else 9,
                "color": look_of[row.method].colour,
            },
            name=name,
            showlegend=False,
        )
    if rows:
        _references(figure, report, names)
        figure.update_xaxes(title_text=f"Method, {count(rows[0].budget, 'line')}", type="category")
    return figure


def _references(figure: go.Figure, report: ReportFile, across: list[int] | list[str]) -> None:
    """Level lines for all lines and for none, across the whole figure; it says where one lies above the axis."""
    top_mm = 1.06 * max(row.rmse_high_mm for row in report.rows if row.method != "none")
    for method, dash in (("all", "dash"), ("none", "dot")):
        row = report.row(method)
        if row is not None:
            figure.add_scatter(
                x=across,
                y=[row.rmse_mm] * len(across),
                mode="lines",
                line={"color": GREY, "width": 2, "dash": dash},
                hovertemplate=f"{row.rmse_mm:.0f} mm<br>95 % interval {row.rmse_low_mm:.0f} to "
                f"{row.rmse_high_mm:.0f} mm",
                name=f"{method_name(row)} ({row.rmse_mm:.0f} mm{', above' if row.rmse_mm > top_mm else ''})",
            )


def _looks(report: ReportFile) -> dict[str, Look]:
    return looks(list(dict.fromkeys(row.method for row in _compared(report))), report.chosen_method)


def _name(row: ReportRow, chosen: bool) -> str:
    """A method's name for Plotly, which reads some HTML in its texts."""
    return escape(method_name(row), quote=False) + (" (chosen)" if chosen else "")


def _rows(report: ReportFile, method: str) -> list[ReportRow]:
    return sorted((row for row in report.rows if row.method == method), key=lambda row: row.budget)
