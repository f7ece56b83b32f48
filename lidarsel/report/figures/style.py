"""How the report's figures (Plotly) look: colours, one look for each method, axes.

Colours are Okabe & Ito's (2008), told apart by readers with any common colour vision, the blue a little lighter so
that it stands on dark paper too. Backgrounds are transparent and greys stand on light and dark alike: the page sets
the text colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

import plotly.graph_objects as go

ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = "#E69F00", "#56B4E9", "#009E73", "#1A7FC1", "#D55E00", "#CC79A7"
GREY, GRID = "#8a8f98", "rgba(128,132,140,0.25)"
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY)
_DASHES = ("solid", "9px,3px", "2px,2px")
_MARKERS = (
    "square",
    "diamond",
    "triangle-up",
    "triangle-down",
    "x",
    "cross",
    "star",
    "triangle-left",
    "triangle-right",
    "hourglass",
)


@dataclass(frozen=True)
class Look:
    """How a method is drawn: its colour, the dashes of its curve and the symbol of its points."""

    colour: str
    dash: str
    marker: str


def looks(methods: Sequence[str], chosen: str) -> dict[str, Look]:
    """A look for each method: vermillion, solid and round for the chosen one alone; no two of 15 others are alike.

    Of ten others no two have the same symbol, so that they are told apart without colour too.
    """
    found = {chosen: Look(VERMILLION, "solid", "circle")}
    for number, method in enumerate(other for other in methods if other != chosen):
        round_, place = divmod(number, len(_COLOURS))
        found[method] = Look(_COLOURS[place], _DASHES[round_ % len(_DASHES)], _MARKERS[number % len(_MARKERS)])
    return found


def round_ticks(low: float, high: float) -> list[float]:
    """At most seven round numbers on a logarithmic axis, whatever part of a decade it spans."""
    decades = [10.0**power for power in range(-4, 8)]
    for steps in (
        *([number / parts for number in range(parts, 10 * parts)] for parts in (100, 50, 20, 10, 5)),
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


def log_axis(low: float, high: float) -> dict[str, list[float] | list[str]]:
    """Range and round ticks of a logarithmic axis a little wider than low to high."""
    low, high = max(low, high / 1e4) / 1.06, high * 1.06  # an error of 0 has no logarithm
    ticks = round_ticks(low, high)
    return {"range": [log10(low), log10(high)], "tickvals": ticks, "ticktext": [f"{tick:.10g}" for tick in ticks]}


def layout() -> go.Layout:
    """An empty figure's layout, its legend below."""
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
