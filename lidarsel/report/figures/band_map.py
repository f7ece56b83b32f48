"""How neighbouring lines stand in for each other: what leaving out each band of them costs, by the interval model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.report.figures.chart import Axis, HeatMap, round_ticks
from lidarsel.report.metric_words import error_text, metric_name, unit_of
from lidarsel.report.words import count
from lidarsel.selection.interval_model import IntervalModel

_DECADES = 3
"""Of the colour scale, below the costliest band."""
_TICKS = 6
_BAND = 4
"""Lines of the bands that the words are about."""
_TRUSTED = 0.9
"""The least R² of a model that a single cell may be leant on."""


def added_errors(model: IntervalModel) -> NDArray[np.float64]:
    """float64 (m, m): what leaving out lines[a] to lines[b], and no other, adds to the error of all lines, at [a, b].

    In the unit of the errors that were fitted; NaN where b < a. A gap of no line costs nothing, so with one gap the
    model (``interval_model``) is error^p = unit^p * (c0 + cost of that gap).
    """
    whole, power = max(model.constant, 0.0), 1 / model.fit.power
    added = model.unit * ((whole + model.cost[:-1, 1:]) ** power - whole**power)
    return np.where(np.tri(len(model.players), k=-1, dtype=bool), np.nan, added)


def band_map(model: IntervalModel, elevation_deg: Sequence[float], metric: str) -> HeatMap:
    """``added_errors``, the first line left out across, the last upwards."""
    added, alone = added_errors(model), _one_by_one(model)
    top = float(np.nanmax(added)) or 1.0
    low = top / 10**_DECADES
    lines, unit = [int(line) for line in model.players], unit_of(metric)

    def hover(first: int, last: int) -> str:
        if last < first:
            return ""
        said = (
            f"without {_band(lines[first], lines[last], elevation_deg)}:\n"
            f"{metric_name(metric)} {error_text(added[first, last], metric)} {unit} greater"
        )
        return said + (f"\none by one, in sum: {error_text(alone[first, last], metric)} {unit}" if last > first else "")

    places = range(len(lines))
    ends = (-0.5, len(lines) - 0.5)
    shown = [
        (float(place), f"{lines[place]}\n{_degrees(elevation_deg[lines[place]])}")
        for place in places[:: max(1, -(-len(lines) // _TICKS))]
    ]
    ticks = [(low, f"≤ {low:.2g}"), *((tick, f"{tick:g}") for tick in round_ticks(1.5 * low, top))]
    return HeatMap(
        Axis("First line left out, and its elevation", ends, shown),
        Axis("Last line left out, and its elevation", ends, shown),
        cells=np.clip(added.T, low, None),
        hover=[[hover(first, last) for first in places] for last in places],
        scale=Axis(f"{metric_name(metric)} added, {unit}", (low, top), ticks, log=True),
    )


def bands_found(model: IntervalModel, elevation_deg: Sequence[float], metric: str) -> str:
    """What the figure shows for this run, in a sentence: which neighbours cost most together, and which least."""
    added, lines = added_errors(model), [int(line) for line in model.players]
    width = min(_BAND, len(lines))
    costs = np.diagonal(added, width - 1)
    most, least = int(costs.argmax()), int(costs.argmin())
    unit = unit_of(metric)

    def told(first: int) -> str:
        return _band(lines[first], lines[first + width - 1], elevation_deg)

    if len(costs) == 1 or costs[most] == costs[least]:
        return f"Leaving out any {count(width, 'line')} in a row adds {error_text(costs[most], metric)} {unit}."
    neighbours = f"{width} neighbouring lines" if width > 1 else "a line"
    doubt = "" if model.fit.r2 >= _TRUSTED else ", as far as a model that fits this poorly can tell"
    return (
        f"Leaving out {neighbours} costs most at {told(most)}, which adds {error_text(costs[most], metric)} {unit} of "
        f"{metric_name(metric)} to that of all lines, and least at {told(least)}, "
        f"{error_text(costs[least], metric)} {unit}{doubt}."
    )


def bands_explained(model: IntervalModel, metric: str) -> str:
    """How to read the figure, what it says of neighbours, and how far its model can be trusted."""
    added, alone = added_errors(model), _one_by_one(model)
    name, unit, fit = metric_name(metric), unit_of(metric), model.fit
    said = (
        f"The colour says how much greater {name} becomes than with all of these lines when one band of neighbours is "
        "left out, from the first line (across) to the last (upwards), on a logarithmic scale. Single lines lie on "
        "the diagonal, wide bands far above it. "
    )
    width = min(_BAND, len(model.players))
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
        f"{fit.wrong_by} (root mean square)"
    )
    return said + ("." if fit.r2 >= _TRUSTED else ": too much to lean on any one cell.")


def _one_by_one(model: IntervalModel) -> NDArray[np.float64]:
    """float64 (m, m): what lines[a] to lines[b] add, each left out alone, in sum, at [a, b]."""
    before = np.concatenate([[0.0], np.cumsum(np.diagonal(added_errors(model)))])
    added: NDArray[np.float64] = before[None, 1:] - before[:-1, None]
    return added


def _band(first: int, last: int, elevation_deg: Sequence[float]) -> str:
    if first == last:
        return f"line {first} ({_degrees(elevation_deg[first])})"
    return f"lines {first} to {last} ({_degrees(elevation_deg[first])} to {_degrees(elevation_deg[last])})"


def _degrees(angle: float) -> str:
    return f"{angle:.1f}°".replace("-", "−")
