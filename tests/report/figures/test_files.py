"""The pictures beside the page: well-formed SVG that shows the report's figures at their places, and whole PNGs."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import open3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.errors import OutputError
from lidarsel.report.figures.error_figure import error_figure
from lidarsel.report.figures.files import write_figures
from lidarsel.report.figures.interaction import added_errors, interaction_figure
from lidarsel.report.figures.line_figures import value_figure
from lidarsel.report.figures.svg import figure_svg
from lidarsel.report.figures.svg_axis import Axis
from lidarsel.report.figures.svg_marks import symbol
from tests.support.report_samples import BUDGETS, ELEVATION_DEG, METHODS, learned, pictures, report, row, values

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {
    *("lines.jpg", "camera.jpg", "truth.png", "sparse-chosen.png", "sparse-all.png"),
    *("completion-chosen.png", "completion-all.png", "error-chosen.png", "error-all.png"),
}


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def words_of(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def corners(element: ElementTree.Element) -> np.ndarray:
    return np.array([[float(part) for part in pair.split(",")] for pair in element.attrib["points"].split()])


def test_a_run_has_a_picture_of_every_figure(tmp_path):
    write_figures(tmp_path / "figures", report(), values(), pictures(), learned())
    found = {path.name for path in (tmp_path / "figures").iterdir()}
    assert found == {*PICTURES, "error.svg", "value.svg", "importance.svg", "interaction.svg"}
    for name in PICTURES - {"lines.jpg", "camera.jpg"}:
        image = np.asarray(open3d.io.read_image(str(tmp_path / "figures" / name)))
        assert image.shape == (120, 400, 3)
    for path in (tmp_path / "figures").glob("*.svg"):
        root = parsed(path.read_text())
        paper = root.find(f"{SVG}rect")
        assert paper is not None
        assert (paper.attrib["width"], paper.attrib["fill"]) == ("100%", "#fff"), "readable on a dark page"
        assert "NaN" not in path.read_text()
        assert "nan" not in path.read_text()


def test_what_an_unfinished_run_left_is_gone_and_nothing_is_drawn_that_was_not_learned(tmp_path):
    (tmp_path / ".error.svg.17.part").write_text("half")
    write_figures(tmp_path, report(), values(), pictures())
    assert {path.name for path in tmp_path.iterdir()} == {*PICTURES, "error.svg", "value.svg"}


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_figures(tmp_path / "file" / "figures", report(), values(), pictures())


def test_errors_lie_where_their_logarithms_say():
    """Heights in the picture are an affine function of log RMSE, by curves and by the labels of the axis alike."""
    content = report()
    root = parsed(figure_svg(error_figure(content)))
    curves = [corners(element) for element in root.iter(f"{SVG}polyline") if len(corners(element)) == len(BUDGETS)]
    assert len(curves) == len(METHODS) + 1, "and the frame of the axes"
    rmse = {m: [content.row(m, budget).rmse_mm for budget in sorted(BUDGETS)] for m in METHODS}
    drawn = np.array([curve[:, 1] for curve in curves[-len(METHODS) :]])
    logs = np.log([rmse[method] for method in METHODS])
    slope, offset = np.polyfit(logs.ravel(), drawn.ravel(), 1)
    np.testing.assert_allclose(slope * logs + offset, drawn, atol=0.06)
    assert slope < 0, "greater errors are higher up"
    for element in root.iter(f"{SVG}text"):
        if element.attrib["text-anchor"] == "end":
            at = slope * math.log(float(element.text)) + offset
            assert float(element.attrib["y"]) - 4 == pytest.approx(at, abs=0.2)


def test_every_method_is_named_and_markup_stays_text():
    said = words_of(parsed(figure_svg(error_figure(report()))))
    assert all(any(text.startswith(method) for text in said) for method in METHODS)
    hostile = "<b>&amp;</b>"
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), row(hostile, 32, 1310.0), row(hostile, 16, 1400.0)]
    assert any("<b>" in text for text in words_of(parsed(figure_svg(error_figure(report(rows=rows))))))


def test_one_budget_names_its_methods_below_and_values_their_elevations():
    said = words_of(parsed(figure_svg(error_figure(report((32,))))))
    assert {*METHODS, "sas-region (chosen)"} - {"sas-region"} <= set(said)
    content = values()
    root = parsed(figure_svg(value_figure(content, [9, 12])))
    assert "Elevation in degrees" in words_of(root)
    degrees = [element for element in root.iter(f"{SVG}text") if re.fullmatch("−?[0-9.]+", element.text or "")]
    below = sorted((e for e in degrees if e.attrib["text-anchor"] == "middle"), key=lambda e: float(e.attrib["x"]))
    numbers = [float(element.text.replace("−", "-")) for element in below]
    assert numbers == sorted(numbers, reverse=True), "topmost lines on the left"
    assert len(numbers) >= 4


def test_labels_of_many_methods_do_not_run_into_each_other():
    names = [f"method-number-{number}" for number in range(9)]
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), *(row(name, 32, 1310.0) for name in names)]
    figures = {"error": error_figure(report(rows=rows)), "value": value_figure(values(), [9])}
    heights = {}
    for key, figure in figures.items():
        root = parsed(figure_svg(figure))
        wanted = names if key == "error" else [f"−{5 * number}" for number in range(1, 6)]
        labels = [element for element in root.iter(f"{SVG}text") if element.text in wanted]
        assert len(labels) == len(wanted)
        heights[key] = {element.attrib["y"] for element in labels}
        for height in heights[key]:
            row_ = sorted((float(e.attrib["x"]), len(e.text)) for e in labels if e.attrib["y"] == height)
            for (left, before), (right, after) in pairwise(row_):
                assert right - left > 7 * (before + after) / 2
    assert (len(heights["error"]), len(heights["value"])) == (2, 1)


def test_a_heat_map_has_a_cell_for_every_band_and_brighter_ones_for_costlier():
    model = learned().model
    root = parsed(figure_svg(interaction_figure(model, ELEVATION_DEG, "rmse"), 700, 600))
    paths = [element for group in root.iter(f"{SVG}g") for element in group.findall(f"{SVG}path")]
    m = len(model.lines)
    assert sum(path.attrib["d"].count("z") for path in paths) == m * (m + 1) // 2
    whole = added_errors(model)[0, m - 1]
    assert whole == np.nanmax(added_errors(model))
    brightest = max(paths, key=lambda path: sum(bytes.fromhex(path.attrib["fill"][1:])[:2]))
    assert "M78.0,18.0H" in brightest.attrib["d"], "all lines left out: the upper left corner"


@given(
    low=st.floats(-1e4, 1e4, allow_subnormal=False),
    span=st.floats(1e-3, 1e5),
)
@settings(max_examples=200, deadline=None)
def test_ticks_of_a_linear_axis_are_round_and_inside(low, span):
    axis = Axis.of({}, [low, low + span], 0, 100)
    assert 3 <= len(axis.ticks) <= 12
    for value, label in axis.ticks:
        assert -0.01 <= axis.place(value) <= 100.01
        assert float(label.replace("−", "-")) == pytest.approx(value, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize(
    "name", ["circle", "square", "diamond", "cross", "x", "star", "triangle-up", "triangle-down", "hourglass"]
)
def test_symbols_are_as_large_as_asked_and_in_their_place(name):
    found = corners(parsed(symbol(name, (50, 40), 10, "#000")))
    assert np.abs(found - [50, 40]).max() <= 6.1
    assert np.abs(found - [50, 40]).max() >= 4
    np.testing.assert_allclose(found[:, 0].min() + found[:, 0].max(), 100, atol=0.25)
