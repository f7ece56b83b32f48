"""A figure's data drawn by matplotlib, for files: on white paper, readable in a README or on a slide."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import MarkerType

from lidarsel.drawing import GREY, POINTS_PER_PIXEL, legend_below, new_figure, ramp, style, svg_of
from lidarsel.report.figures.chart import Axis, Chart, EndLabel, HeatMap, Series
from lidarsel.report.figures.style import BAND_SHADE, Dash

_CHART_PIXELS, _HEAT_MAP_PIXELS = (860, 420), (700, 600)
_PAPER = "#ffffff"
_MARKERS: dict[str, tuple[MarkerType, float]] = {
    "circle": ("o", 1.0),
    "square": ("s", 0.95),
    "diamond": ("D", 0.95),
    "triangle-up": ("^", 1.15),
    "triangle-down": ("v", 1.15),
    "triangle-left": ("<", 1.15),
    "triangle-right": (">", 1.15),
    "pentagon": ("p", 1.2),
    "hourglass": ([(-1, -1), (1, -1), (-1, 1), (1, 1), (-1, -1)], 1.1),
    "cross": ("P", 1.25),
    "x": ("X", 1.25),
    "star": ("*", 1.6),
    "x-thin": ("x", 1.0),
}
"""Of Plotly's names: the marker, and how much larger it is drawn so that all look alike large."""


def svg_figure(content: Chart | HeatMap) -> str:
    """The figure as an SVG element, its legend below the chart."""
    with style():
        return svg_of(matplotlib_figure(content))


def matplotlib_figure(content: Chart | HeatMap) -> Figure:
    """The figure, laid out. To be called and drawn within ``drawing.style``."""
    figure = new_figure(*(_HEAT_MAP_PIXELS if isinstance(content, HeatMap) else _CHART_PIXELS))
    axes = figure.add_subplot()
    if isinstance(content, HeatMap):
        _draw_heat_map(figure, axes, content)
    else:
        draw_chart(axes, content)
        legend_below(figure, axes)
        _turn_crowded_labels(figure, axes)
    return figure


def draw_chart(axes: Axes, chart: Chart) -> None:
    """Draw a chart's axes, series and levels, named for a legend."""
    _draw_axes(axes, chart.x, chart.y)
    axes.grid(True, axis="y")
    for number, series in enumerate(chart.series):
        _draw_series(axes, series, 3 + number / 100)
    for level in chart.levels:
        axes.axhline(level.y, color=GREY, lw=2 * POINTS_PER_PIXEL, ls=_dash(level.dash), label=level.name, zorder=2.5)
    for label in chart.labels:
        _draw_end_label(axes, label)
    if chart.from_zero:
        axes.axhline(0, color=GREY, linewidth=0.8, zorder=1.5)


def _draw_series(axes: Axes, series: Series, order: float) -> None:
    look, strong = series.look, series.strong
    hollow = look.marker.endswith("-open")
    marker, larger = _MARKERS[look.marker.removesuffix("-open")]
    intervals = series.intervals()
    at, low, high = zip(*intervals, strict=True) if intervals else ((), (), ())
    if series.has_band:
        axes.fill_between(at, low, high, color=look.colour, alpha=BAND_SHADE, lw=0, zorder=2)
    elif not series.joined:
        axes.vlines(at, low, high, colors=look.colour, linewidth=1.0, zorder=order)
    axes.plot(
        series.x,
        series.y,
        color=look.colour,
        linestyle=_dash(look.dash) if series.joined else "none",
        linewidth=(3.5 if strong else 1.8) * POINTS_PER_PIXEL,
        marker=marker,
        markersize=(11 if strong else 8) * larger * POINTS_PER_PIXEL,
        markerfacecolor=_PAPER if hollow else look.colour,
        markeredgewidth=1.0 if hollow or look.marker == "x-thin" else 0.0,
        label=series.name if series.in_legend else f"_{series.name}",
        zorder=4 if strong else order,
    )
    for x, y, label in zip(series.x, series.y, series.labels, strict=False):
        axes.annotate(label, (x, y), (4, 4), textcoords="offset points", zorder=5)


def _draw_end_label(axes: Axes, label: EndLabel) -> None:
    """The name of a curve right of the axes, with a thin line from the curve's end."""
    edge = axes.get_xlim()[1]
    if label.end is not None:
        axes.add_line(Line2D([label.end[0], edge], [label.end[1], label.y], color=label.look.colour, linewidth=0.8))
    weight = "bold" if label.strong else "normal"
    axes.annotate(
        label.text,
        (edge, label.y),
        (4, 0),
        textcoords="offset points",
        annotation_clip=False,
        verticalalignment="center",
        fontweight=weight,
    )


def _draw_heat_map(figure: Figure, axes: Axes, heat_map: HeatMap) -> None:
    _draw_axes(axes, heat_map.x, heat_map.y)
    scale = heat_map.scale
    assert scale.ends is not None
    colours = ListedColormap(ramp("viridis", 0.1, 64))
    drawn = axes.imshow(heat_map.cells, cmap=colours, norm=LogNorm(*scale.ends), origin="lower", interpolation="none")
    bar = figure.colorbar(drawn, ax=axes, aspect=28, pad=0.03)
    bar.outline.set_visible(False)
    bar.set_label(scale.title)
    _set_ticks(bar.ax, "y", scale)


def _draw_axes(axes: Axes, x: Axis, y: Axis) -> None:
    for name, axis in (("x", x), ("y", y)):
        axes.set(**{f"{name}label": axis.title})
        if axis.log:
            axes.set(**{f"{name}scale": "log"})
        if axis.ends is not None:
            axes.set(**{f"{name}lim": axis.ends})
        _set_ticks(axes, name, axis)


def _set_ticks(axes: Axes, name: str, axis: Axis) -> None:
    drawn = axes.xaxis if name == "x" else axes.yaxis
    if axis.ticks is not None:
        drawn.set_ticks([value for value, _ in axis.ticks], [label for _, label in axis.ticks])
        drawn.set_ticks([], minor=True)


def _turn_crowded_labels(figure: Figure, axes: Axes) -> None:
    """Labels below the chart that would run into each other are written aslant."""
    figure.draw_without_rendering()
    boxes = sorted((label.get_window_extent() for label in axes.get_xticklabels()), key=lambda box: box.x0)
    if any(left.x1 + 4 > right.x0 for left, right in pairwise(boxes)):
        axes.tick_params(axis="x", labelrotation=25)
        for label in axes.get_xticklabels():
            label.set(horizontalalignment="right", rotation_mode="anchor")


def _dash(dash: Dash) -> tuple[float, tuple[float, ...]] | str:
    return (0, tuple(length * POINTS_PER_PIXEL for length in dash)) if dash else "solid"
