"""What a figure shows, whichever library draws it: ``plotly_painter`` for the page, ``matplotlib_painter`` for files.

Texts are plain: a painter escapes what its library would read as markup.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from lidarsel.report.figures.style import Dash, Look


@dataclass(frozen=True)
class Axis:
    """One axis.

    ends: the values at its beginning and its end, the greater one first where it falls; None = what the data need.
    ticks: values and what stands there; None = round numbers. log: logarithmic.
    """

    title: str
    ends: tuple[float, float] | None = None
    ticks: Sequence[tuple[float, str]] | None = None
    log: bool = False


@dataclass(frozen=True)
class Series:
    """Points of one name, each with its interval.

    low, high: the ends of the intervals, None where there is none. hover: what the page says at each point, in lines.
    joined: the points by a curve; otherwise each interval is a bar. strong: the series that the figure is about.
    banded: whether a curve has its intervals as a band; bands of many lie over each other and hide what they say.
    in_legend: whether the legend names it. labels: what stands at each point, for points that go by names; none else.
    """

    name: str
    look: Look
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float | None]
    high: Sequence[float | None]
    hover: Sequence[str]
    joined: bool = False
    strong: bool = False
    banded: bool = False
    in_legend: bool = True
    labels: Sequence[str] = ()

    @property
    def has_band(self) -> bool:
        return self.joined and self.banded

    def intervals(self) -> list[tuple[float, float, float]]:
        """Where there is one: at which x, from what, to what."""
        ends = zip(self.x, self.low, self.high, strict=True)
        return [(at, low, high) for at, low, high in ends if low is not None and high is not None]


@dataclass(frozen=True)
class Level:
    """A line across the whole figure at one height."""

    name: str
    y: float
    dash: Dash
    hover: str


@dataclass(frozen=True)
class EndLabel:
    """The name of a curve, right of the axes.

    y: where it stands. end: the point of the curve that a thin line leads from; None = it is beyond the axes. strong:
    as of the series.
    """

    text: str
    y: float
    end: tuple[float, float] | None
    look: Look
    strong: bool = False


@dataclass(frozen=True)
class Chart:
    """Series of points on two axes.

    from_zero: a line at 0 is drawn, which values stand above and below. labels: of curves, where both axes have ends.
    """

    x: Axis
    y: Axis
    series: Sequence[Series]
    levels: Sequence[Level] = ()
    from_zero: bool = False
    labels: Sequence[EndLabel] = ()


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Cells in colours on a logarithmic scale.

    cells: float64 (rows, columns) > 0, the first row lowest; NaN = none. hover: of every cell, empty where there is
    none. scale: of the colours; its ends hold all cells.
    """

    x: Axis
    y: Axis
    cells: NDArray[np.float64]
    hover: Sequence[Sequence[str]]
    scale: Axis


def round_ticks(low: float, high: float) -> list[float]:
    """At most seven round numbers on a logarithmic axis, 0 < low <= high, whatever part of a decade it spans."""
    decades = [10.0**power for power in range(floor(log10(low)), floor(log10(high)) + 1)]
    for steps in (
        *([number / parts for number in range(parts, 10 * parts)] for parts in (100, 50, 20, 10, 5, 2)),
        (1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9),
        (1, 1.2, 1.5, 2, 2.5, 3, 4, 6, 8),
        (1, 1.5, 2, 3, 5, 7),
        (1, 2, 5),
        (1,),
    ):
        ticks = [step * decade for decade in decades for step in steps if low <= step * decade <= high]
        if len(ticks) <= 7:
            break
    return ticks


def error_axis(title: str, low: float, high: float) -> Axis:
    """An axis for errors from low to high, a little wider: logarithmic with round ticks, but linear from an error of 0,
    which has no logarithm."""
    if low <= 0:
        return Axis(title, (0.0, 1.06 * high or 1.0))
    return log_axis(title, max(low, high / 1e4) / 1.06, high * 1.06, lambda error: f"{error:.10g}")


def log_axis(title: str, low: float, high: float, told: Callable[[float], str]) -> Axis:
    """A logarithmic axis, 0 < low <= high, with round ticks and what stands there."""
    ticks = [(tick, told(tick)) for tick in round_ticks(low, high)]
    return Axis(f"{title} (logarithmic)", (low, high), ticks, log=True)
