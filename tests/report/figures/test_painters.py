"""Both libraries draw the same data: read back from Plotly's JSON and from matplotlib's artists, in pixels too."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from plotly import graph_objects

from lidarsel.drawing import style
from lidarsel.report.figures.band_map import added_errors, band_map
from lidarsel.report.figures.chart import Axis, Chart, HeatMap, Series
from lidarsel.report.figures.error_chart import error_chart
from lidarsel.report.figures.line_charts import importance_chart, value_chart
from lidarsel.report.figures.matplotlib_painter import matplotlib_figure, svg_figure
from lidarsel.report.figures.plotly_painter import plotly_json
from lidarsel.report.figures.style import CHOSEN, LOOKS, look_of
from tests.support.report_samples import ELEVATION_DEG, METHODS, insights, report, row, values

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<a href="https://example.org">$x_1$</a>&amp;'
MODEL, IMPORTANCE = insights()
CHARTS = {
    "error": error_chart(report()),
    "one budget": error_chart(report((32,))),
    "values": value_chart(values(), [0, 9, 12]),
    "importance": importance_chart(IMPORTANCE, ELEVATION_DEG, "cone", [9, 12]),
    "named points": Chart(
        Axis("Price"),
        Axis("RMSE"),
        [Series("sensors", CHOSEN, [1, 2], [5, 4], [4, 3], [6, 5], ["one", "two"], labels=["A & B", HOSTILE])],
    ),
}


def of_plotly(content: Chart | HeatMap) -> dict[str, Any]:
    return dict(json.loads(plotly_json(content)))


def named(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in figure["data"] if trace.get("name")}


@pytest.fixture
def in_style() -> Iterator[None]:
    with style():
        yield


def points_of(figure: Figure) -> list[np.ndarray]:
    """(n, 2) data of each series, in the order of drawing."""
    lines = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "", None)]
    return [np.asarray(line.get_xydata()) for line in lines]


@pytest.mark.parametrize("key", CHARTS)
def test_both_draw_every_point_and_interval(key: str, in_style: None) -> None:
    chart = CHARTS[key]
    traces = named(of_plotly(chart))
    drawn = points_of(matplotlib_figure(chart))
    assert len(drawn) == len(chart.series)
    for series, points in zip(chart.series, drawn, strict=True):
        np.testing.assert_array_equal(points, np.transpose([series.x, series.y]))
        trace = traces[series.name]
        assert (trace["x"], trace["y"]) == (list(series.x), list(series.y))
        if not series.joined and not series.intervals():
            assert "error_y" not in trace, "it would be drawn as a bar of no length"
        elif not series.joined:
            bars = trace["error_y"]
            for y, above, below, low, high in zip(
                series.y, bars["array"], bars["arrayminus"], series.low, series.high, strict=True
            ):
                assert (low is None, high is None) == (below is None, above is None)
                assert low is None or (y - below, y + above) == pytest.approx((low, high))
    for level in chart.levels:
        assert set(traces[level.name]["y"]) == {level.y}


@pytest.mark.parametrize("content", [*CHARTS.values(), band_map(MODEL, ELEVATION_DEG, "rmse")])
def test_plotly_knows_every_property_and_symbol(content: Chart | HeatMap) -> None:
    figure = of_plotly(content)
    read = json.loads(graph_objects.Figure(figure, skip_invalid=False).to_json())
    assert [{"type": "scatter"} | trace for trace in figure["data"]] == read["data"]


def test_both_draw_the_band_of_the_chosen_method_alone(in_style: None) -> None:
    """With few drives intervals are wide, and bands of eight methods hid each other and the curves."""
    chart = CHARTS["error"]
    banded = [series for series in chart.series if series.name.endswith("(chosen)")]
    assert len(chart.series) == len(METHODS)
    bands = [trace for trace in of_plotly(chart)["data"] if trace.get("fill")]
    drawn = matplotlib_figure(chart).axes[0].collections
    assert len(bands) == len(drawn) == len(banded) == 1
    for series, band, area in zip(banded, bands, drawn, strict=True):
        corners = {*zip(series.x, series.low, strict=True), *zip(series.x, series.high, strict=True)}
        assert set(zip(band["x"], band["y"], strict=True)) == corners
        assert set(map(tuple, np.asarray(area.get_paths()[0].vertices).tolist())) == corners


def test_bars_of_matplotlib_are_the_intervals(in_style: None) -> None:
    chart = CHARTS["values"]
    for series, bars in zip(chart.series, matplotlib_figure(chart).axes[0].collections, strict=True):
        ends = [np.asarray(path.vertices).tolist() for path in bars.get_paths()]
        assert ends == [[[at, low], [at, high]] for at, low, high in series.intervals()]
        assert bool(ends) == (not series.name.startswith("never in the image"))


@pytest.mark.parametrize("key", CHARTS)
def test_both_have_the_same_axes(key: str, in_style: None) -> None:
    chart = CHARTS[key]
    layout, axes = of_plotly(chart)["layout"], matplotlib_figure(chart).axes[0]
    for name, axis in (("x", chart.x), ("y", chart.y)):
        of_page, of_file = layout[f"{name}axis"], getattr(axes, f"{name}axis")
        assert of_page["title"]["text"] == of_file.get_label_text() == axis.title
        assert (of_page["type"] == "log") == (of_file.get_scale() == "log") == axis.log
        if axis.ends is not None:
            ends = [10**end for end in of_page["range"]] if axis.log else of_page["range"]
            assert ends == pytest.approx(axis.ends)
            assert getattr(axes, f"get_{name}lim")() == pytest.approx(axis.ends)
        if axis.ticks is not None:
            assert [label.get_text().replace("\n", "<br>") for label in of_file.get_ticklabels()] == of_page["ticktext"]
            assert of_file.get_ticklocs().tolist() == of_page["tickvals"] == [value for value, _ in axis.ticks]


def test_both_have_a_symbol_and_a_dash_for_every_look(in_style: None) -> None:
    series = [
        Series(name, look_of(name), [1, 2], [3, 4], [2, 3], [4, 5], ["", ""], joined=True)
        for name in (*LOOKS, *(f"by hand {number}" for number in range(30)))
    ]
    chart = Chart(Axis("x"), Axis("y"), series)
    graph_objects.Figure(of_plotly(chart))  # raises where it does not know a symbol
    traces, figure = named(of_plotly(chart)), matplotlib_figure(chart)
    handles = {line.get_label(): line for line in figure.axes[0].lines}
    for each in series:
        assert traces[each.name]["marker"]["symbol"] == each.look.marker
        assert traces[each.name]["line"]["color"] == handles[each.name].get_color() == each.look.colour
    assert len({traces[name]["line"]["dash"] for name in LOOKS}) == 3
    assert len(set(re.findall(r"stroke-dasharray: ([0-9.,]+)", svg_figure(chart)))) == 2, "beside those drawn through"


def test_both_name_curves_at_their_ends_at_the_same_height(in_style: None) -> None:
    chart = CHARTS["error"]
    layout, axes = of_plotly(chart)["layout"], matplotlib_figure(chart).axes[0]
    of_page = {note["text"].removeprefix("<b>").removesuffix("</b>"): note["y"] for note in layout["annotations"]}
    of_file = {text.get_text(): text.xy for text in axes.texts if isinstance(text, Annotation)}
    assert of_page == {label.text: label.y for label in chart.labels}
    assert of_file == {text: (axes.get_xlim()[1], y) for text, y in of_page.items()}
    assert len(of_page) == len(METHODS)
    leads = {(line["x0"], line["y0"], line["y1"]) for line in layout["shapes"]}
    assert leads == {(*label.end, label.y) for label in chart.labels if label.end is not None}
    longest = max(len(text) for text in of_page)
    assert layout["margin"]["r"] > 7 * longest


def test_the_strong_series_alone_is_thick(in_style: None) -> None:
    chart = CHARTS["error"]
    lines = matplotlib_figure(chart).axes[0].lines
    widths = {str(line.get_label()).removeprefix("_"): line.get_linewidth() for line in lines}
    traces = named(of_plotly(chart))
    of_page = {name: trace["line"]["width"] for name, trace in traces.items()}
    for of in (widths, of_page):
        assert [name for name, width in of.items() if width == max(of.values())] == ["sas-region (chosen)"]


def test_a_heat_map_has_a_cell_for_every_band_and_brighter_ones_for_costlier(in_style: None) -> None:
    content = band_map(MODEL, ELEVATION_DEG, "rmse")
    added, m = added_errors(MODEL), len(MODEL.players)
    trace = of_plotly(content)["data"][0]
    assert trace["z"][9][3] == pytest.approx(np.log10(max(added[3, 9], np.nanmax(added) / 1000)))
    assert trace["z"][3][9] is None
    assert trace["zmax"] == pytest.approx(np.log10(np.nanmax(added)))
    axes, bar = matplotlib_figure(content).axes
    (image,) = axes.images
    cells: Any = np.ma.masked_invalid(np.ma.filled(np.ma.asarray(image.get_array()), np.nan))
    assert cells.count() == m * (m + 1) // 2
    assert image.origin == "lower"
    light = image.to_rgba(cells)[..., :2].sum(axis=2)
    order = np.argsort(cells[~cells.mask])
    assert (np.diff(light[~cells.mask][order]) > -0.02).all()
    assert cells[m - 1, 0] == np.nanmax(added), "all lines left out: the upper left corner"
    assert bar.get_ylabel() == trace["colorbar"]["title"]["text"] == "RMSE added, mm"


def test_a_model_without_cost_or_of_one_line_is_drawn() -> None:
    free = MODEL.__class__(MODEL.players, np.zeros_like(MODEL.cost), MODEL.constant, MODEL.unit, MODEL.fit)
    single = MODEL.__class__(MODEL.players[:1], MODEL.cost[:2, :2], MODEL.constant, MODEL.unit, MODEL.fit)
    for each in (free, single):
        content = band_map(each, ELEVATION_DEG, "imae")
        assert plotly_json(content)
        assert svg_figure(content)


def test_an_error_of_nothing_has_no_logarithm_but_a_figure() -> None:
    rows = [row("all", 64, 0.0), row("sas-region", 32, 0.0), row("spaced", 32, 10.0)]
    chart = error_chart(report(rows=rows))
    assert plotly_json(chart)
    assert "NaN" not in svg_figure(chart)


def test_names_bring_no_markup() -> None:
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), row(HOSTILE, 32, 1310.0), row(HOSTILE, 16, 1400.0)]
    chart = error_chart(report(rows=rows))
    assert '&lt;a href="https://example.org"&gt;$x_1$&lt;/a&gt;&amp;amp;' in named(of_plotly(chart))
    assert HOSTILE in words_of(svg_figure(chart))


def test_both_write_names_beside_points_and_the_page_what_hovers() -> None:
    trace = named(of_plotly(CHARTS["named points"]))["sensors"]
    assert trace["text"][0] == "A &amp; B"
    assert "<a" not in trace["text"][1]
    assert (trace["mode"], trace["hovertext"]) == ("markers+text", ["one", "two"])
    assert {"A & B", HOSTILE} <= set(words_of(svg_figure(CHARTS["named points"])))


def words_of(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_files_name_every_method_in_text() -> None:
    said = words_of(svg_figure(CHARTS["error"]))
    assert all(any(text.startswith(method) for text in said) for method in METHODS)
    assert {*METHODS, "sas-region (chosen)"} - {"sas-region"} <= set(words_of(svg_figure(CHARTS["one budget"])))


def test_elevations_fall_to_the_right() -> None:
    texts = list(ElementTree.fromstring(svg_figure(CHARTS["values"])).iter(f"{SVG}text"))
    degrees = [e for e in texts if re.fullmatch("−?[0-9.]+", e.text or "") and "middle" in e.attrib["style"]]
    numbers = [float((e.text or "").replace("−", "-")) for e in sorted(degrees, key=lambda e: float(e.attrib["x"]))]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) >= 4


def many_methods(n: int) -> Chart:
    names = [f"method-number-{number}" for number in range(n)]
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), *(row(name, 32, 1310.0) for name in names)]
    return error_chart(report(rows=rows))


@pytest.mark.parametrize("chart", [many_methods(2), many_methods(9), CHARTS["values"], CHARTS["error"]])
def test_nothing_written_runs_into_another_or_out_of_the_picture(chart: Chart, in_style: None) -> None:
    figure = matplotlib_figure(chart)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    below = [label for label in axes.get_xticklabels() if label.get_rotation() == 0]
    boxes = sorted((label.get_window_extent() for label in below), key=lambda box: box.x0)
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    (legend,) = figure.legends
    outer, inner = legend.get_window_extent(), axes.get_tightbbox()
    assert inner is not None
    assert outer.y1 <= inner.y0, "the legend is below the axes"
    assert 0 <= outer.x0 < outer.x1 <= figure.bbox.width
    assert outer.y0 >= 0
    assert 0 <= inner.x0 < inner.x1 <= figure.bbox.width
    assert [text.get_text() for text in legend.get_texts()] == [
        *(series.name for series in chart.series if series.in_legend),
        *(level.name for level in chart.levels),
    ]


def test_a_users_matplotlibrc_changes_nothing_and_is_left_as_it_was() -> None:
    before = svg_figure(CHARTS["error"])
    with mpl.rc_context({"font.size": 40, "axes.facecolor": "black", "svg.fonttype": "path"}):
        assert svg_figure(CHARTS["error"]) == before
        assert mpl.rcParams["font.size"] == 40
