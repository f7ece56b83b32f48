"""A figure's data drawn by Plotly, for the page: transparent, with greys that stand on light and dark paper alike.

The page sets the colour of text.
"""

from html import escape
from math import log10
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lidarsel.drawing import GREY, ramp
from lidarsel.report.figures.chart import Axis, Chart, HeatMap, Level, Series
from lidarsel.report.figures.style import Dash

_GRID = "rgba(128,132,140,0.25)"


def plotly_figure(content: Chart | HeatMap) -> go.Figure:
    """The figure, its legend below."""
    figure = go.Figure(layout=_layout())
    if isinstance(content, HeatMap):
        _add_heat_map(figure, content)
    else:
        _add_chart(figure, content)
    figure.update_xaxes(**_axis(content.x))
    figure.update_yaxes(**_axis(content.y))
    return figure


def _add_chart(figure: go.Figure, chart: Chart) -> None:
    for series in chart.series:  # all bands first, below all curves
        if series.joined:
            figure.add_scatter(**_band(series))
    for series in chart.series:
        figure.add_scatter(**_points(series))
    across = _across(chart)
    for level in chart.levels:
        figure.add_scatter(**_level(level, across))
    if chart.from_zero:
        figure.update_yaxes(zeroline=True, zerolinecolor=GREY)


def _band(series: Series) -> dict[str, Any]:
    red, green, blue = (int(series.look.colour[i : i + 2], 16) for i in (1, 3, 5))
    return {
        "x": [*series.x, *reversed(series.x)],
        "y": [*series.low, *reversed(series.high)],
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},{0.22 if series.strong else 0.09})",
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": _text(series.name),
    }


def _points(series: Series) -> dict[str, Any]:
    look = series.look
    trace: dict[str, Any] = {
        "x": list(series.x),
        "y": list(series.y),
        "text": [_text(said) for said in series.hover],
        "hovertemplate": "%{text}<extra></extra>",
        "mode": "markers",
        "marker": {
            "symbol": f"{look.marker}-open" if look.marker == "x-thin" else look.marker,
            "size": 11 if series.strong else 8,
            "color": look.colour,
        },
        "name": _text(series.name),
        "showlegend": series.in_legend,
    }
    if series.joined:
        line = {"color": look.colour, "dash": _dash(look.dash), "width": 3.5 if series.strong else 1.8}
        return trace | {"mode": "lines+markers", "line": line, "legendgroup": _text(series.name)}
    above, below = np.subtract(series.high, series.y), np.subtract(series.y, series.low)
    return trace | {"error_y": {"array": above.tolist(), "arrayminus": below.tolist(), "thickness": 1.2}}


def _level(level: Level, across: list[float]) -> dict[str, Any]:
    return {
        "x": across,
        "y": [level.y] * len(across),
        "mode": "lines",
        "line": {"color": GREY, "width": 2, "dash": _dash(level.dash)},
        "text": [_text(level.hover)] * len(across),
        "hovertemplate": "%{text}<extra></extra>",
        "name": _text(level.name),
    }


def _across(chart: Chart) -> list[float]:
    """Both ends of the axis, and the places of the points between, where a level can be pointed at."""
    return sorted({*(chart.x.ends or ()), *(at for series in chart.series for at in series.x)})


def _add_heat_map(figure: go.Figure, heat_map: HeatMap) -> None:
    scale, shades = heat_map.scale, ramp("viridis", 0.1, 10)
    assert scale.ends is not None
    low, high = scale.ends
    ticks = scale.ticks or ()
    figure.add_heatmap(
        z=[[None if np.isnan(cell) else log10(cell) for cell in row] for row in heat_map.cells],
        text=[[_text(said) for said in row] for row in heat_map.hover],
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
        colorscale=[[place / (len(shades) - 1), shade] for place, shade in enumerate(shades)],
        zmin=log10(low),
        zmax=log10(high),
        colorbar={
            "title": {"text": _text(scale.title), "side": "right", "font": {"size": 14}},
            "tickvals": [log10(value) for value, _ in ticks],
            "ticktext": [_text(label) for _, label in ticks],
            "thickness": 14,
            "outlinewidth": 0,
        },
    )
    figure.update_xaxes(constrain="domain")
    figure.update_yaxes(constrain="domain", scaleanchor="x", showgrid=False)


def _axis(axis: Axis) -> dict[str, Any]:
    found: dict[str, Any] = {"title_text": _text(axis.title), "type": "log" if axis.log else "linear"}
    if axis.ends is not None:
        found["range"] = [log10(end) if axis.log else end for end in axis.ends]
    if axis.ticks is not None:
        found["tickvals"] = [value for value, _ in axis.ticks]
        found["ticktext"] = [_text(label) for _, label in axis.ticks]
    return found


def _dash(dash: Dash) -> str:
    return ",".join(f"{length:g}px" for length in dash) or "solid"


def _text(text: str) -> str:
    """Plotly reads some HTML in its texts."""
    return escape(text, quote=False).replace("\n", "<br>")


def _layout() -> go.Layout:
    axis = {
        "gridcolor": _GRID,
        "linecolor": GREY,
        "ticks": "outside",
        "tickcolor": GREY,
        "automargin": True,
        "title": {"font": {"size": 14}},
        "zeroline": False,
    }
    return go.Layout(
        template=go.layout.Template(),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 14},
        margin={"l": 12, "r": 12, "t": 12, "b": 12},
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        hoverlabel={"align": "left"},
        xaxis={**axis, "showgrid": False},
        yaxis=axis,
    )
