"""How what a figure shows looks, in the page and in files: a method looks the same in every figure.

A method has a colour, a dash and a marker of its own, so that it is told apart without colour too. Related methods
share a colour.
"""

from dataclasses import dataclass
from zlib import crc32

from lidarsel.drawing import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION

Dash = tuple[float, ...]
"""Lengths in pixels of the strokes of a curve and the gaps between them; none = it is drawn through."""

SOLID: Dash = ()
DASHED: Dash = (9, 3)
DOTTED: Dash = (2, 2)
BAND_SHADE = 0.22
"""How opaque a band of intervals is."""


@dataclass(frozen=True)
class Look:
    """How a series is drawn.

    marker: Plotly's name of the symbol; ``matplotlib_painter`` has the same ones.
    """

    colour: str
    dash: Dash
    marker: str


LOOKS = {
    "random": Look(SKY, DOTTED, "x"),
    "spaced": Look(BLUE, SOLID, "square"),
    "densest": Look(SKY, DASHED, "diamond"),
    "shapley": Look(ORANGE, SOLID, "triangle-up"),
    "sas-region": Look(GREEN, DASHED, "triangle-left"),
    "sas-separation": Look(GREEN, DOTTED, "triangle-right"),
    "sas": Look(GREEN, SOLID, "pentagon"),
    "greedy": Look(PURPLE, SOLID, "triangle-down"),
    "greedy-backward": Look(PURPLE, DASHED, "hourglass"),
    "switch": Look(ORANGE, DASHED, "cross"),
    "interval": Look(VERMILLION, SOLID, "circle"),
    "exhaustive": Look(VERMILLION, DASHED, "star"),
}
"""Of every method that chooses, in the order of the selectors' registry."""

CHOSEN = Look(VERMILLION, SOLID, "circle")
NOT_CHOSEN = Look(BLUE, SOLID, "circle-open")
UNSEEN = Look(GREY, SOLID, "x-thin")

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION)
_MARKERS = tuple(f"{look.marker}-open" for look in LOOKS.values())


def look_of(method: str) -> Look:
    """The look of a method; of a name that lidarsel does not know, one that follows from the name alone."""
    if method in LOOKS:
        return LOOKS[method]
    rest, colour = divmod(crc32(method.encode()), len(_COLOURS))
    dash, marker = divmod(rest, len(_MARKERS))
    return Look(_COLOURS[colour], (SOLID, DASHED, DOTTED)[dash % 3], _MARKERS[marker])
