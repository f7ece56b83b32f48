"""Lines of a picture are named where they meet its edges, without a name over another, and all by elevation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.frame import Frame, ImagePoints
from lidarsel.report.pictures.line_names import draw_named_lines, edge_names
from lidarsel.report.pictures.lines_on_image import line_rgb
from lidarsel.report.pictures.panels import LADDER_WIDTH, ladder, named_rungs

ELEVATIONS_DEG = np.linspace(2.0, -24.8, 16)


def points(line: list[int], row: list[int], column: list[int]) -> ImagePoints:
    return ImagePoints(
        np.array(row, np.int32), np.array(column, np.int32), np.full(len(row), 9, np.float32), np.array(line, np.int16)
    )


def across(lines: dict[int, int], width: int = 100) -> ImagePoints:
    """Lines of one row each, from edge to edge, by line and row."""
    columns = list(range(0, width, 3))
    return points(
        [line for line in lines for _ in columns],
        [row for row in lines.values() for _ in columns],
        [column for _ in lines for column in columns],
    )


def test_a_name_stands_at_the_row_where_its_line_meets_the_edge() -> None:
    # line 0 falls from row 10 at the left to row 40 at the right; line 1 ends in the middle of the picture
    sloping = points([0, 0, 0, 1, 1], [10, 25, 40, 60, 61], [1, 50, 99, 0, 50])
    assert edge_names(sloping, (80, 100), 5, left=True) == [(0, 10), (1, 60)]
    assert edge_names(sloping, (80, 100), 5, left=False) == [(0, 40)]


def test_the_ends_and_every_fifth_line_are_named_first() -> None:
    everywhere = across({line: 10 + 3 * line for line in range(23)})
    assert [line for line, _ in edge_names(everywhere, (100, 100), 3, True)] == list(range(23))
    assert [line for line, _ in edge_names(everywhere, (100, 100), 10, True)] == [0, 5, 10, 15, 22]
    assert [line for line, _ in edge_names(everywhere, (100, 100), 90, True)] == [0]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.integers(0, 63), st.integers(0, 99), min_size=1, max_size=30),
    st.floats(1, 40),
    st.booleans(),
)
def test_names_never_overlap_and_stay_in_the_picture(lines: dict[int, int], room: float, left: bool) -> None:
    found = edge_names(across(lines), (100, 100), room, left)
    assert found
    stand = sorted(min(max(row, room / 2), 100 - room / 2) for _, row in found)
    assert all(below - above >= room for above, below in pairwise(stand))
    assert all(lines[line] == row for line, row in found)


def test_points_of_unknown_line_have_no_name() -> None:
    assert edge_names(points([-1, 3], [10, 30], [0, 0]), (50, 50), 5, True) == [(3, 30)]
    assert edge_names(points([], [], []), (50, 50), 5, True) == []


def frame(height: int, width: int, lines: dict[int, int]) -> Frame:
    return Frame("drive/0001", (height, width), 16, across(lines, width), np.full((height, width, 3), 90, np.uint8))


def colour_at(picture: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """Rows and columns of all pixels of a colour."""
    return np.argwhere((picture == rgb).all(axis=2))


def test_the_picture_has_a_tick_of_each_named_line_at_both_edges_and_a_rung_of_every_line() -> None:
    shown = frame(100, 1000, {2: 20, 7: 60})
    picture = draw_named_lines(shown, "sensor", ELEVATIONS_DEG, "cone")
    colours = line_rgb(shown.points.line, 16)
    image_left, image_width = 54, 2000
    for line in (2, 7):
        columns = colour_at(picture, colours[line])[:, 1]
        assert (columns < image_left).any()
        assert ((columns >= image_left) & (columns < image_left + image_width)).any()
        beyond = columns[columns >= image_left + image_width]
        assert (beyond < image_left + image_width + 12).any()
        assert (beyond > picture.shape[1] - LADDER_WIDTH).any()
    # at the same height as the line itself: twice its row, below the words
    above = picture.shape[0] - 24 - 400
    ticks = colour_at(picture[:, :image_left], colours[7])
    assert set(ticks[:, 0] - above) <= {119, 120, 121}


def test_the_legend_tells_absent_lines_and_apparent_elevations() -> None:
    shown = frame(100, 1000, {2: 20, 7: 60})
    own, apparent = (draw_named_lines(shown, "sensor", ELEVATIONS_DEG, kind) for kind in ("cone", "apparent"))
    differ = np.argwhere((own != apparent).any(axis=2))
    assert len(differ)
    assert differ[:, 1].min() >= own.shape[1] - LADDER_WIDTH
    everywhere = frame(100, 1000, {line: 5 * line for line in range(16)})
    absent = np.array((66, 70, 80))
    assert len(colour_at(own, absent)) > 5000
    # the edges of letters have a few such pixels
    assert len(colour_at(draw_named_lines(everywhere, "sensor", ELEVATIONS_DEG, "cone"), absent)) < 100


@pytest.mark.parametrize("size", [(20, 30), (900, 1600), (64, 2048), (3, 5)])
def test_small_images_are_enlarged_and_large_ones_are_not(size: tuple[int, int]) -> None:
    picture = draw_named_lines(frame(*size, {2: 1}), "sensor", ELEVATIONS_DEG, "cone")
    times = {(20, 30): 8, (900, 1600): 1, (64, 2048): 1, (3, 5): 8}[size]
    assert picture.shape[1] == size[1] * times + 2 * 54 + LADDER_WIDTH


def test_a_picture_without_a_point_and_without_an_image() -> None:
    empty = Frame("x", (20, 30), 16, points([], [], []))
    assert draw_named_lines(empty, "sensor", ELEVATIONS_DEG, "cone").shape[2] == 3


@given(n_lines=st.integers(1, 256), height=st.integers(30, 2000))
def test_named_rungs_are_far_enough_apart(n_lines: int, height: int) -> None:
    named = named_rungs(n_lines, height)
    assert named[-1] == n_lines - 1
    apart = [(below - above) * height / n_lines for above, below in pairwise(named)]
    assert all(room >= 26 for room in apart)


def test_a_ladder_has_a_rung_of_each_line_in_order() -> None:
    colours = np.random.default_rng(0).integers(0, 255, (128, 3)).astype(np.uint8)
    drawn = ladder(colours, np.linspace(15, -25, 128), "cone", 860)
    assert drawn.shape == (860, LADDER_WIDTH, 3)
    first = [colour_at(drawn[:, 40:42], rgb)[:, 0].min() for rgb in colours]
    assert first == sorted(first)
