"""A figure of the report as an SVG picture that needs no browser, script or font file: for a README or a slide.

Drawn from the Plotly figure itself, so that both show the same: of Plotly, what the report's figures use. White paper
is drawn too, so that it can be read on a dark page.
"""

from typing import Any

import plotly.graph_objects as go

from lidarsel.report.figures.svg_axis import Axis
from lidarsel.report.figures.svg_heat import colour_bar, heat_map
from lidarsel.report.figures.svg_marks import SOFT, Point, area, curve, symbol, text, width_of

_LEFT, _TOP, _RIGHT, _BOTTOM = 78, 18, 24, 68
_LEGEND_ROW, _KEY = 22, 34


def figure_svg(figure: go.Figure, width: int = 860, height: int = 420) -> str:
    """The figure's curves, points, bars, bands or heat map with axes and legend. width, height: without the legend."""
    content = figure.to_plotly_json()
    layout, traces = content["layout"], content["data"]
    right = width - (110 if traces and traces[0]["type"] == "heatmap" else _RIGHT)
    x = Axis.of(layout["xaxis"], _along(traces, "x"), _LEFT, right)
    y = Axis.of(layout["yaxis"], _along(traces, "y"), height - _BOTTOM, _TOP)
    drawn = [heat_map(trace, x, y) if trace["type"] == "heatmap" else _scatter(trace, x, y) for trace in traces]
    legend, rows = _legend(traces, width, height)
    whole = height + _LEGEND_ROW * rows + (8 if rows else 0)
    inside = f'<clipPath id="inside"><rect x="{_LEFT}" y="{_TOP - 4}" width="{right - _LEFT}" '
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {whole}" width="{width}" height="{whole}" '
        'font-family="system-ui, sans-serif"><rect width="100%" height="100%" fill="#fff"/>',
        f'{inside}height="{height - _BOTTOM - _TOP + 8}"/></clipPath>',
        *_axes(layout, x, y),
        f'<g clip-path="url(#inside)">{"".join(drawn)}</g>',
        *(colour_bar(trace, right + 16, y) for trace in traces if trace["type"] == "heatmap"),
        *legend,
        "</svg>\n",
    ]
    return "\n".join(parts)


def _along(traces: list[dict[str, Any]], axis: str) -> list[Any]:
    """All that is drawn along an axis, ends of bars included."""
    found: list[Any] = []
    for trace in traces:
        if trace["type"] == "heatmap":
            size = len(trace["z"])
            found += [-0.5, size - 0.5]
            continue
        found += list(trace[axis])
        if axis == "y" and "error_y" in trace:
            found += [end for ends in _bars(trace) for end in ends]
    return found


def _bars(trace: dict[str, Any]) -> list[tuple[float, float]]:
    above = trace["error_y"]["array"]
    below = trace["error_y"].get("arrayminus", above)
    return [(at - down, at + up) for at, down, up in zip(trace["y"], below, above, strict=True)]


def _axes(layout: dict[str, Any], x: Axis, y: Axis) -> list[str]:
    found = []
    grid = layout["yaxis"].get("showgrid", True)
    for value, label in y.ticks:
        at = y.place(value)
        if grid:
            found.append(curve([(x.start, at), (x.end, at)], layout["yaxis"]["gridcolor"], 1))
        found.append(text(label, (x.start - 9, at + 4), "end", colour=SOFT))
    places = [x.place(value) for value, _ in x.ticks]
    widths = [width_of(label) + 8 for _, label in x.ticks]
    crowded = any(abs(b - a) < (v + w) / 2 for a, b, v, w in zip(places, places[1:], widths, widths[1:], strict=False))
    for number, (at, (_, label)) in enumerate(zip(places, x.ticks, strict=True)):
        lower = 15 if crowded and number % 2 else 0
        found.append(curve([(at, y.start), (at, y.start + 5 + lower)], SOFT, 1))
        found.append(text(label, (at, y.start + 20 + lower), "middle", colour=SOFT))
    found.append(curve([(x.start, y.end), (x.start, y.start), (x.end, y.start)], SOFT, 1))
    if layout["yaxis"].get("zeroline"):
        found.append(curve([(x.start, y.place(0)), (x.end, y.place(0))], SOFT, 1))
    found.append(text(layout["xaxis"]["title"]["text"], ((x.start + x.end) / 2, y.start + 54), "middle", 14))
    found.append(text(layout["yaxis"]["title"]["text"], (20, (y.start + y.end) / 2), "middle", 14, upright=True))
    return found


def _scatter(trace: dict[str, Any], x: Axis, y: Axis) -> str:
    points: list[Point] = [(x.place(a), y.place(b)) for a, b in zip(trace["x"], trace["y"], strict=True)]
    if trace.get("fill"):
        return area(points, trace["fillcolor"])
    found = []
    if "lines" in trace["mode"]:
        found.append(_curve(trace, points))
    if "error_y" in trace:
        for (at, _), (low, high) in zip(points, _bars(trace), strict=True):
            found.append(curve([(at, y.place(low)), (at, y.place(high))], trace["marker"]["color"], 1.2))
    if "markers" in trace["mode"]:
        found += [_symbol(trace, point) for point in points]
    return "".join(found)


def _curve(trace: dict[str, Any], points: list[Point]) -> str:
    line = trace["line"]
    return curve(points, line["color"], line["width"], line.get("dash", "solid"))


def _symbol(trace: dict[str, Any], at: Point) -> str:
    colour = trace["marker"].get("color") or trace["line"]["color"]
    return symbol(trace["marker"]["symbol"], at, trace["marker"]["size"], colour)


def _legend(traces: list[dict[str, Any]], width: int, top: int) -> tuple[list[str], int]:
    """The named traces in as many rows as they need, and the number of rows."""
    found: list[str] = []
    at, row = float(_LEFT), 0
    for trace in traces:
        if "name" not in trace or trace.get("showlegend") is False:
            continue
        needed = _KEY + 8 + width_of(trace["name"]) + 18
        if at + needed > width and at > _LEFT:
            at, row = float(_LEFT), row + 1
        middle = top + 8 + _LEGEND_ROW * row
        if "lines" in trace["mode"]:
            found.append(_curve(trace, [(at, middle), (at + _KEY, middle)]))
        if "markers" in trace["mode"]:
            found.append(_symbol(trace, (at + _KEY / 2, middle)))
        found.append(text(trace["name"], (at + _KEY + 8, middle + 4.5)))
        at += needed
    return found, row + 1 if found else 0
