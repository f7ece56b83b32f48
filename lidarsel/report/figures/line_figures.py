"""What stands at each line against its elevation (Plotly): its Shapley value, and its importance by ``switch``."""

import plotly.graph_objects as go

from lidarsel.contracts import ValuesFile
from lidarsel.report.figures.style import BLUE, GREY, VERMILLION, layout
from lidarsel.report.words import METRIC_NAMES, count
from lidarsel.selection.importance import Importance

IMPORTANCE_EXPLAINED = (
    "The method switch learns a Dirichlet distribution over lines from the errors of sets of lines drawn from it: a "
    "line's importance is its mean share, its bar one standard deviation; lines whose bars overlap far were not told "
    "apart."
)
_Z95 = 1.96


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
    figure = go.Figure(layout=layout())
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


def importance_figure(importance: Importance, elevation_deg: list[float], lines: list[int]) -> go.Figure:
    """Each candidate's mean importance against its elevation, bars of one standard deviation; ``lines``: the chosen."""
    figure = go.Figure(layout=layout())
    for name, colour, symbol, wanted in (
        ("chosen", VERMILLION, "circle", True),
        ("not chosen", BLUE, "circle-open", False),
    ):
        shown = [place for place, line in enumerate(importance.lines.tolist()) if (line in lines) is wanted]
        if not shown:
            continue
        numbers = [int(importance.lines[place]) for place in shown]
        figure.add_scatter(
            x=[elevation_deg[line] for line in numbers],
            y=[float(importance.mean[place]) for place in shown],
            error_y={"type": "data", "array": [float(importance.spread[place]) for place in shown], "thickness": 1.2},
            customdata=[[line, float(importance.spread[place])] for line, place in zip(numbers, shown, strict=True)],
            hovertemplate="line %{customdata[0]}, %{x:.2f}°<br>importance %{y:.3g} ± %{customdata[1]:.2g}"
            "<extra></extra>",
            mode="markers",
            marker={"size": 9, "color": colour, "symbol": symbol},
            name=f"{name}: {count(len(shown), 'line')}",
        )
    figure.update_xaxes(title_text="Elevation in degrees", autorange="reversed")
    figure.update_yaxes(title_text="Importance (sums to 1)", rangemode="tozero")
    return figure
