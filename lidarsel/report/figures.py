"""The report's interactive figures (Plotly): error against budget, and value against elevation.

Colours are Okabe & Ito's (2008), told apart by readers with any common colour vision, the blue a little lighter so
that it stands on dark paper too; each method has a marker of its own as well. Backgrounds are transparent and greys
stand on light and dark alike: the page sets the text colour.
"""

from html import escape
from math import log10

import plotly.graph_objects as go

from lidarsel.contracts import ReportFile, ReportRow, ValuesFile
from lidarsel.report.words import METRIC_NAMES, chosen_row, count, method_name

ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = "#E69F00", "#56B4E9", "#009E73", "#1A7FC1", "#D55E00", "#CC79A7"
GREY, GRID = "#8a8f98", "rgba(128,132,140,0.25)"
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY)
_MARKERS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "x", "cross", "star", "pentagon", "hexagon")
_Z95 = 1.96


def error_figure(report: ReportFile) -> go.Figure:
    """RMSE in mm with its 95 % interval: against the number of lines, or by method where there is one budget.

    No line at all may be worse by far: it is drawn, but the axis begins with what the other rows need.
    """
    budgets = sorted({row.budget for row in _compared(report)})
    figure = _over_budgets(report, budgets) if len(budgets) > 1 else _at_one_budget(report)
    shown = [row for row in report.rows if row.method != "none"]
    low, high = min(row.rmse_low_mm for row in shown), max(row.rmse_high_mm for row in shown)
    figure.update_yaxes(type="log", title_text="RMSE in mm (logarithmic)", **_log_axis(low, high))
    return figure


def value_figure(values: ValuesFile, lines: list[int]) -> go.Figure:
    """Shapley value of each line against its elevation, bars of 1.96 standard errors; ``lines`` are the chosen ones."""
    unseen = {line for line in range(values.n_lines) if values.points_per_line[line] == 0}
    chosen = set(lines) - unseen
    dropped = set(range(values.n_lines)) - unseen - chosen
    taken = len(unseen & set(lines))
    also = f" ({taken} of them chosen to fill up)" if taken else ""
    groups = (
        (f"chosen: {count(len(chosen), 'line')}", chosen, {"color": VERMILLION, "symbol": "circle", "size": 9}),
        (f"not chosen: {count(len(dropped), 'line')}", dropped, {"color": BLUE, "symbol": "circle-open", "size": 9}),
        (f"never in the image: {count(len(unseen), 'line')}{also}", unseen, {"color": GREY, "symbol": "x-thin-open"}),
    )
    figure = go.Figure(layout=_layout())
    for name, members, marker in groups:
        if not members:
            continue
        shown = sorted(members)
        figure.add_scatter(
            x=[values.elevation_deg[line] for line in shown],
            y=[values.mean[line] for line in shown],
            error_y={"type": "data", "array": [_Z95 * values.standard_error[line] for line in shown], "thickness": 1.2},
            customdata=[[line, values.standard_error[line], values.points_per_line[line]] for line in shown],
            hovertemplate=f"line %{{customdata[0]}}, %{{x:.2f}}°<br>%{{y:.4g}} ± %{{customdata[1]:.2g}} {values.unit} "
            "(standard error)<br>%{customdata[2]:.0f} points in the image<extra></extra>",
            mode="markers",
            marker={"size": 8, **marker},
            name=name,
        )
    metric = METRIC_NAMES[values.metric]
    figure.update_xaxes(title_text="Elevation in degrees", autorange="reversed")
    figure.update_yaxes(title_text=f"{metric} taken away, {values.unit}", zeroline=True, zerolinecolor=GREY)
    return figure


def _compared(report: ReportFile) -> list[ReportRow]:
    """The rows of methods that choose."""
    return [row for row in report.rows if row.method not in ("all", "none")]


def _over_budgets(report: ReportFile, budgets: list[int]) -> go.Figure:
    figure = go.Figure(layout=_layout())
    methods = list(dict.fromkeys(row.method for row in _compared(report)))
    for method in methods:  # all bands first, below all lines
        rows = _rows(report, method)
        red, green, blue = (int(_colour(report, methods, method)[i : i + 2], 16) for i in (1, 3, 5))
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
    for position, method in enumerate(methods):
        chosen = method == report.chosen_method
        rows = _rows(report, method)
        figure.add_scatter(
            x=[row.budget for row in rows],
            y=[row.rmse_mm for row in rows],
            customdata=[[row.rmse_low_mm, row.rmse_high_mm, row.ratio_to_all] for row in rows],
            hovertemplate="%{x} lines: %{y:.0f} mm<br>95 % interval %{customdata[0]:.0f} to %{customdata[1]:.0f} mm"
            "<br>%{customdata[2]:.3f} of all lines",
            mode="lines+markers",
            line={"color": _colour(report, methods, method), "width": 3.5 if chosen else 1.8},
            marker={"symbol": _MARKERS[position % len(_MARKERS)], "size": 11 if chosen else 8},
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
    figure = go.Figure(layout=_layout())
    rows = sorted(_compared(report), key=lambda row: (row.rmse_mm, row.method))
    methods = [row.method for row in rows]
    names = [_name(row, row is chosen_row(report)) for row in rows]
    for position, (row, name) in enumerate(zip(rows, names, strict=True)):
        figure.add_scatter(
            x=[name],
            y=[row.rmse_mm],
            error_y={"array": [row.rmse_high_mm - row.rmse_mm], "arrayminus": [row.rmse_mm - row.rmse_low_mm]},
            hovertemplate=f"{row.budget} lines: %{{y:.0f}} mm<br>95 % interval {row.rmse_low_mm:.0f} to "
            f"{row.rmse_high_mm:.0f} mm",
            mode="markers",
            marker={
                "symbol": _MARKERS[position % len(_MARKERS)],
                "size": 13 if row is chosen_row(report) else 9,
                "color": _colour(report, methods, row.method),
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


def _name(row: ReportRow, chosen: bool) -> str:
    """A method's name for Plotly, which reads some HTML in its texts."""
    return escape(method_name(row), quote=False) + (" (chosen)" if chosen else "")


def _rows(report: ReportFile, method: str) -> list[ReportRow]:
    return sorted((row for row in report.rows if row.method == method), key=lambda row: row.budget)


def _colour(report: ReportFile, methods: list[str], method: str) -> str:
    """Vermillion for the chosen method, which no other has; the rest in turn."""
    if method == report.chosen_method:
        return VERMILLION
    others = [other for other in methods if other != report.chosen_method]
    return _COLOURS[others.index(method) % len(_COLOURS)]


def _log_axis(low: float, high: float) -> dict[str, list[float] | list[str]]:
    """Range and round ticks of a logarithmic axis, whatever part of a decade it spans; at most seven ticks."""
    low, high = max(low, high / 1e4) / 1.06, high * 1.06  # an error of 0 has no logarithm
    decades = [10.0**power for power in range(-4, 8)]
    for steps in (
        (1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 8),
        (1, 1.2, 1.5, 2, 2.5, 3, 4, 6, 8),
        (1, 1.5, 2, 3, 5, 7),
        (1, 2, 5),
        (1,),
    ):
        ticks = [step * decade for decade in decades for step in steps if low <= step * decade <= high]
        if len(ticks) <= 7:
            break
    return {"range": [log10(low), log10(high)], "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _layout() -> go.Layout:
    axis = {
        "gridcolor": GRID,
        "linecolor": GREY,
        "ticks": "outside",
        "tickcolor": GREY,
        "automargin": True,
        "title": {"font": {"size": 14}},
    }
    return go.Layout(
        template=go.layout.Template(),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 14},
        margin={"l": 12, "r": 12, "t": 12, "b": 12},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        hoverlabel={"align": "left"},
        xaxis={**axis, "showgrid": False, "zeroline": False},
        yaxis={**axis, "zeroline": False},
    )
