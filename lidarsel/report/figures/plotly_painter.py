"""A figure's data as Plotly's JSON, for the page: transparent, with greys that stand on light and dark paper alike.

The page sets the colour of text.
"""

import json
from html import escape
from math import log10
from typing import Any

import numpy as np

from lidarsel.drawing import GREY, ramp, rgb_of
from lidarsel.report.figures.chart import Axis, Chart, HeatMap, Level, Series
from lidarsel.report.figures.style import BAND_SHADE, Dash

_HOVER = "%{text}<extra></extra>"
_HOVER_BESIDE_LABELS = "%{hovertext}<extra></extra>"
_LETTER = 7.8
"""Pixels across of a letter in the names of curves, in the mean of wide and bold fonts."""
_TOOLBAR = 36
"""Pixels down that Plotly's buttons take in the upper right corner."""
_LAYOUT: dict[str, Any] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 14},
    "margin": dict.fromkeys("lrtb", 12),
    "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
    "hoverlabel": {"align": "left"},
}
_AXIS = {
    "gridcolor": "rgba(128,132,140,0.25)",
    "linecolor": GREY,
    "ticks": "outside",
    "tickcolor": GREY,
    "automargin": True,
    "zerolinecolor": GREY,
}


def plotly_json(content: Chart | HeatMap) -> str:
    """Traces and layout, the legend below; page.js draws them."""
    if isinstance(content, HeatMap):
        square = {"constrain": "domain", "showgrid": False, "zeroline": False}
        traces = [_heat_map(content)]
        x, y = _axis(content.x) | square, _axis(content.y) | square | {"scaleanchor": "x"}
    else:
        bands = [_band(series) for series in content.series if series.has_band]  # below all curves
        levels = [_level(level, _across(content)) for level in content.levels]
        traces = [*bands, *map(_points, content.series), *levels]
        x = _axis(content.x) | {"showgrid": False, "zeroline": False}
        y = _axis(content.y) | {"zeroline": content.from_zero}
    labels = {} if isinstance(content, HeatMap) else _end_labels(content)
    return json.dumps({"data": traces, "layout": _LAYOUT | labels | {"xaxis": x, "yaxis": y}}, allow_nan=False)


def _end_labels(chart: Chart) -> dict[str, Any]:
    """Names right of the axes, with thin lines from the ends of curves; a margin as wide as the longest name."""
    if not chart.labels:
        return {}
    assert chart.x.ends is not None
    edge = chart.x.ends[1]
    ink = {"xref": "paper", "x": 1, "xanchor": "left", "showarrow": False, "align": "left", "font": {"size": 13}}
    names = [
        # of all that stands on a logarithmic axis, Plotly takes only an annotation's place as its logarithm
        ink
        | {
            "y": log10(label.y) if chart.y.log else label.y,
            "text": f"<b>{_text(label.text)}</b>" if label.strong else _text(label.text),
        }
        for label in chart.labels
    ]
    lines = [
        {
            "type": "line",
            **{"x0": label.end[0], "y0": label.end[1], "x1": edge, "y1": label.y},
            "line": {"color": label.look.colour, "width": 1},
        }
        for label in chart.labels
        if label.end is not None
    ]
    longest = max(len(label.text) for label in chart.labels)
    margin = _LAYOUT["margin"] | {"r": 12 + round(_LETTER * longest), "t": _TOOLBAR}
    return {"annotations": names, "shapes": lines, "margin": margin}


def _band(series: Series) -> dict[str, Any]:
    red, green, blue = rgb_of([series.look.colour])[0]
    intervals = series.intervals()
    return {
        "x": [at for at, _, _ in (*intervals, *reversed(intervals))],
        "y": [*(low for _, low, _ in intervals), *(high for _, _, high in reversed(intervals))],
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},{BAND_SHADE})",
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": _text(series.name),
    }


def _points(series: Series) -> dict[str, Any]:
    look, strong = series.look, series.strong
    symbol = f"{look.marker}-open" if look.marker == "x-thin" else look.marker
    trace: dict[str, Any] = {
        "x": list(series.x),
        "y": list(series.y),
        "mode": "markers",
        "marker": {"symbol": symbol, "size": 11 if strong else 8, "color": look.colour},
        "text": [_text(said) for said in series.hover],
        "hovertemplate": _HOVER,
        "name": _text(series.name),
        "showlegend": series.in_legend,
    }
    if series.labels:
        trace |= {
            "mode": "markers+text",
            "text": [_text(label) for label in series.labels],
            "textposition": "top right",
            "hovertext": trace["text"],
            "hovertemplate": _HOVER_BESIDE_LABELS,
            "cliponaxis": False,
        }
    if series.joined:
        line = {"color": look.colour, "dash": _dash(look.dash), "width": 3.5 if strong else 1.8}
        return trace | {"mode": "lines+markers", "line": line, "legendgroup": _text(series.name)}
    if not series.intervals():
        return trace
    above = [None if high is None else high - y for y, high in zip(series.y, series.high, strict=True)]
    below = [None if low is None else y - low for y, low in zip(series.y, series.low, strict=True)]
    return trace | {"error_y": {"array": above, "arrayminus": below, "thickness": 1.2}}


def _level(level: Level, across: list[float]) -> dict[str, Any]:
    return {
        "x": across,
        "y": [level.y] * len(across),
        "mode": "lines",
        "line": {"color": GREY, "width": 2, "dash": _dash(level.dash)},
        "text": [_text(level.hover)] * len(across),
        "hovertemplate": _HOVER,
        "name": _text(level.name),
    }


def _across(chart: Chart) -> list[float]:
    """Both ends of the axis, and the places of the points between, where a level can be pointed at."""
    return sorted({*(chart.x.ends or ()), *(at for series in chart.series for at in series.x)})


def _heat_map(heat_map: HeatMap) -> dict[str, Any]:
    scale, shades = heat_map.scale, ramp("viridis", 0.1, 10)
    ticks = _axis(scale)
    return {
        "type": "heatmap",
        "z": [[None if np.isnan(cell) else log10(cell) for cell in row] for row in heat_map.cells],
        "text": [[_text(said) for said in row] for row in heat_map.hover],
        "hovertemplate": _HOVER,
        "hoverongaps": False,
        "colorscale": [[place / (len(shades) - 1), shade] for place, shade in enumerate(shades)],
        "zmin": ticks["range"][0],
        "zmax": ticks["range"][1],
        "colorbar": {
            "title": {"text": _text(scale.title), "side": "right", "font": {"size": 14}},
            "tickvals": [log10(value) for value in ticks["tickvals"]],
            "ticktext": ticks["ticktext"],
            "thickness": 14,
            "outlinewidth": 0,
        },
    }


def _axis(axis: Axis) -> dict[str, Any]:
    title = {"text": _text(axis.title), "font": {"size": 14}}
    found: dict[str, Any] = _AXIS | {"title": title, "type": "log" if axis.log else "linear"}
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
