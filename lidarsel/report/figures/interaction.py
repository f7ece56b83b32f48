"""How neighbouring lines stand in for each other: what leaving out each band of them costs, by the interval model."""

from collections.abc import Sequence

import numpy as np
import plotly.colors
import plotly.graph_objects as go
from numpy.typing import NDArray

from lidarsel.contracts import UNIT, Metric
from lidarsel.report.figures.style import layout, round_ticks
from lidarsel.report.words import METRIC_NAMES, error_text
from lidarsel.selection.interval_model import IntervalModel

_COLOURS = plotly.colors.make_colorscale(plotly.colors.sample_colorscale("Viridis", [0.1 + 0.1 * i for i in range(10)]))
"""Without its darkest part, which could be taken for dark paper."""
_DECADES = 3
"""Of the colour scale, below the costliest band."""
_BAND = 4
"""Lines of the bands that the explanation compares with lines left out one at a time."""


def added_errors(model: IntervalModel) -> NDArray[np.float64]:
    """float64 (m, m): what leaving out lines[a] to lines[b], and no other, adds to the error of all lines, at [a, b].

    In the unit of the errors that were fitted; NaN where b < a. A gap of no line costs nothing, so with one gap the
    model (``interval_model``) is error^p = unit^p * (c0 + cost of that gap).
    """
    whole, power = max(model.constant, 0.0), 1 / model.fit.power
    added = model.unit * ((whole + model.cost[:-1, 1:]) ** power - whole**power)
    return np.where(np.tri(len(model.lines), k=-1, dtype=bool), np.nan, added)


def interaction_figure(model: IntervalModel, elevation_deg: Sequence[float], metric: Metric) -> go.Figure:
    """Heat map of ``added_errors``, on a logarithmic scale of colours (Viridis: for any common colour vision)."""
    added, alone = added_errors(model), _one_by_one(model)
    top = float(np.nanmax(added)) or 1.0
    low = top / 10**_DECADES
    ticks = round_ticks(1.5 * low, top)
    lines, unit = [int(line) for line in model.lines], UNIT[metric]
    hover = [
        [
            None
            if last < first
            else f"without {_band(lines[first], lines[last], elevation_deg)}:<br>"
            f"{METRIC_NAMES[metric]} {error_text(added[first, last], metric)} {unit} greater"
            + (f"<br>one by one, in sum: {error_text(alone[first, last], metric)} {unit}" if last > first else "")
            for first in range(len(lines))
        ]
        for last in range(len(lines))
    ]
    figure = go.Figure(layout=layout())
    figure.add_heatmap(
        z=[[None if np.isnan(each) else float(np.log10(max(each, low))) for each in row] for row in added.T],
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
        colorscale=_COLOURS,
        zmin=float(np.log10(low)),
        zmax=float(np.log10(top)),
        colorbar={
            "title": {"text": f"{METRIC_NAMES[metric]} added, {unit}", "side": "right", "font": {"size": 14}},
            "tickvals": [float(np.log10(low)), *(float(np.log10(tick)) for tick in ticks)],
            "ticktext": [f"≤ {low:.2g}", *(f"{tick:g}" for tick in ticks)],
            "thickness": 14,
            "outlinewidth": 0,
        },
    )
    shown = list(range(0, len(lines), max(1, len(lines) // 8)))
    ends = [-0.5, len(lines) - 0.5]
    labelled = {"tickvals": shown, "ticktext": [str(lines[place]) for place in shown], "range": ends}
    figure.update_xaxes(title_text="First line left out", constrain="domain", **labelled)
    figure.update_yaxes(
        title_text="Last line left out", scaleanchor="x", constrain="domain", showgrid=False, **labelled
    )
    return figure


def interaction_explained(model: IntervalModel, metric: Metric) -> str:
    """How to read the figure, what it says of neighbours, and how far its model can be trusted."""
    added, alone = added_errors(model), _one_by_one(model)
    name, unit, fit = METRIC_NAMES[metric], UNIT[metric], model.fit
    said = (
        f"The colour says how much greater {name} becomes than with all of these lines when one band of neighbours is "
        "left out, from the first line (across) to the last (upwards), on a logarithmic scale. Single lines lie on "
        "the diagonal, wide bands far above it. "
    )
    width = min(_BAND, len(model.lines))
    if width > 1:
        together, apart = (float(np.diagonal(each, width - 1).mean()) for each in (added, alone))
        said += (
            f"Neighbours stand in for each other: {width} neighbouring lines left out together add "
            f"{error_text(together, metric)} {unit} in the mean, left out one at a time {error_text(apart, metric)} "
            f"{unit} in sum. "
        )
    said += (
        f"These are figures of a model, fitted to {fit.n_coalitions} evaluated sets of lines: on sets kept from the "
        f"fit it explains {100 * max(fit.r2, 0):.1f} % of the relative variance of errors (R²), and is wrong by "
        f"{100 * fit.relative_rms:.2g} % (root mean square)"
    )
    return said + ("." if fit.r2 >= 0.9 else ": too much to lean on any one cell.")


def _one_by_one(model: IntervalModel) -> NDArray[np.float64]:
    """float64 (m, m): what lines[a] to lines[b] add, each left out alone, in sum, at [a, b]."""
    before = np.concatenate([[0.0], np.cumsum(np.diagonal(added_errors(model)))])
    return before[None, 1:] - before[:-1, None]


def _band(first: int, last: int, elevation_deg: Sequence[float]) -> str:
    if first == last:
        return f"line {first} ({elevation_deg[first]:.1f}°)"
    return f"lines {first} to {last} ({elevation_deg[first]:.1f}° to {elevation_deg[last]:.1f}°)"
