"""Figures by matplotlib that are the same bytes every time: on white paper, in its own letters, with no date.

Nothing here touches pyplot, and no user's matplotlibrc changes what is drawn.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

# Okabe & Ito (2008): told apart by readers with any common colour vision; the blue a little lighter, for dark paper.
ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = "#E69F00", "#56B4E9", "#009E73", "#1A7FC1", "#D55E00", "#CC79A7"
INK, GREY, GRID = "#1b1e24", "#8a8f98", "#80848c40"
POINTS_PER_PIXEL = 0.75
_PIXELS_PER_INCH = 96
_LEGEND_ROW, _LEGEND_MARGIN = 22, 14  # pixels
_STYLE: dict[Any, object] = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 14 * POINTS_PER_PIXEL,
    "axes.linewidth": 0.8,
    "axes.titlesize": 14 * POINTS_PER_PIXEL,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": _PIXELS_PER_INCH,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 13 * POINTS_PER_PIXEL,
    "grid.color": GRID,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "lines.scale_dashes": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "lidarsel",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}


@contextmanager
def style() -> Iterator[None]:
    """Within it figures are made and saved in lidarsel's style, which is then put back as it was."""
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing")  # a frame's name may hold any letter
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def new_figure(width: int, height: int) -> Figure:
    """An empty figure of so many pixels, whose axes are laid out when it is drawn."""
    return Figure((width / _PIXELS_PER_INCH, height / _PIXELS_PER_INCH), layout="constrained")


def legend_below(figure: Figure, axes: Axes) -> None:
    """Name what is drawn below the axes, in as many columns as fit; the figure grows by the rows."""
    handles, names = axes.get_legend_handles_labels()
    if not handles:
        return
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(handles, names, loc="outside lower left", ncols=columns)
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width - _LEGEND_MARGIN:
            break
        legend.remove()
    rows = -(-len(handles) // columns)
    height = figure.bbox.height + _LEGEND_ROW * rows + _LEGEND_MARGIN
    figure.set_size_inches(figure.get_figwidth(), height / _PIXELS_PER_INCH)


def svg_of(figure: Figure) -> str:
    """The figure as an SVG element whose text is text; it stands in a file as well as in a page."""
    content = io.StringIO()
    figure.savefig(content, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return content.getvalue().partition("<svg")[2].join(("<svg", ""))


def ramp(name: str, first: float, n: int) -> list[str]:
    """``n`` colours (#rrggbb) of one of matplotlib's scales, from a place on it, 0 to 1, to its end."""
    return [mpl.colors.to_hex(colour) for colour in mpl.colormaps[name](np.linspace(first, 1, n))]


def rgb_of(colours: Sequence[str]) -> NDArray[np.uint8]:
    """uint8 (n, 3) of colours as #rrggbb."""
    return np.array([tuple(bytes.fromhex(colour[1:])) for colour in colours], np.uint8).reshape(-1, 3)
