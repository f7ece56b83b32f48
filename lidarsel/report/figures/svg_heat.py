"""A heat map of a Plotly figure, and the bar that says its colours, as SVG."""

from typing import Any

import plotly.colors

from lidarsel.report.figures.svg_axis import Axis
from lidarsel.report.figures.svg_marks import SOFT, paint, text

_SHADES = 64


def heat_map(trace: dict[str, Any], x: Axis, y: Axis) -> str:
    """The cells of a heat map, joined by shade: a path for each."""
    low, high = trace["zmin"], trace["zmax"]
    cells: dict[int, list[str]] = {}
    for row, values in enumerate(trace["z"]):
        for column, value in enumerate(values):
            if value is not None:
                shade = round((_SHADES - 1) * (value - low) / (high - low))
                left, right = x.place(column - 0.5), x.place(column + 0.5)
                bottom, top = y.place(row - 0.5), y.place(row + 0.5)
                cells.setdefault(shade, []).append(f"M{left:.1f},{top:.1f}H{right:.1f}V{bottom:.1f}H{left:.1f}z")
    shades = _shades(trace["colorscale"])
    paths = "".join(f'<path d="{"".join(found)}" fill="{shades[shade]}"/>' for shade, found in sorted(cells.items()))
    return f'<g shape-rendering="crispEdges">{paths}</g>'


def colour_bar(trace: dict[str, Any], left: float, y: Axis) -> str:
    """The scale of a heat map's colours, as high as the map."""
    bar = trace["colorbar"]
    scale = Axis(y.start, y.end, trace["zmin"], trace["zmax"], False, (), ())
    step = (y.start - y.end) / _SHADES
    parts = [
        f'<rect x="{left:.1f}" y="{y.start - (shade + 1) * step:.1f}" width="14" height="{step + 0.5:.1f}" '
        f"{paint('fill', colour)}/>"
        for shade, colour in enumerate(_shades(trace["colorscale"]))
    ]
    for value, label in zip(bar["tickvals"], bar["ticktext"], strict=True):
        parts.append(text(label, (left + 19, scale.place(value) + 4), colour=SOFT, size=12))
    parts.append(text(bar["title"]["text"], (left + 74, (y.start + y.end) / 2), "middle", upright=True))
    return "".join(parts)


def _shades(colorscale: Any) -> list[str]:
    sampled = plotly.colors.sample_colorscale(colorscale, [shade / (_SHADES - 1) for shade in range(_SHADES)])
    parts = [plotly.colors.unlabel_rgb(colour) for colour in sampled]
    return ["#{:02x}{:02x}{:02x}".format(*(round(part) for part in each)) for each in parts]
