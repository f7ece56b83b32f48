"""Columns of a frame: against plain loops, and blind to what should not matter."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lidarsel.frame import UNKNOWN_LINE, Frame, ImagePoints
from lidarsel.profiles.columns import BANDS, COLUMNS, FIGURES, ROWS, columns

HEIGHT, WIDTH, LINES = 40, 144, 32


def frame(seed: int = 0, points: int = 600) -> Frame:
    """Every point in a pixel of its own, so that the order along a line is plain."""
    rng = np.random.default_rng(seed)
    place = rng.choice(LINES * WIDTH, points, replace=False)
    line, column = np.divmod(place, WIDTH)
    depth_m = rng.uniform(2, 60, points).astype(np.float32)
    image = rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    told = ImagePoints(line.astype(np.int32), column.astype(np.int32), depth_m, line.astype(np.int16))
    return Frame("f", (HEIGHT, WIDTH), LINES, told, image)


def own_part(found: np.ndarray) -> np.ndarray:
    """(COLUMNS, FIGURES / 3): of each column alone."""
    size = FIGURES // 3
    return found[:, size : 2 * size] * math.sqrt(FIGURES)


def test_columns_by_plain_loops() -> None:
    given = frame()
    found = own_part(columns(given))
    logs: dict[tuple[int, int], list[float]] = {}
    bends: dict[tuple[int, int], list[float]] = {}
    by_line: dict[int, list[tuple[int, float]]] = {}
    for line, column, depth in zip(given.points.line, given.points.column, given.points.depth_m, strict=True):
        logs.setdefault((column * COLUMNS // WIDTH, line * BANDS // LINES), []).append(math.log(depth / 12) / 0.8)
        by_line.setdefault(int(line), []).append((int(column), float(depth)))
    for line, along in by_line.items():
        along.sort()
        for (_, a), (column, b), (_, c) in zip(along, along[1:], along[2:], strict=False):
            cell = (column * COLUMNS // WIDTH, line * BANDS // LINES)
            bends.setdefault(cell, []).append((math.log(abs(a - 2 * b + c) + 0.005) + 3) / 1.5)
    full = np.percentile([len(values) for values in logs.values()], 95)
    for column in range(COLUMNS):
        for band in range(BANDS):
            here, bent = logs.get((column, band), []), bends.get((column, band), [])
            far, density, rough = found[column, band], found[column, BANDS + band], found[column, 2 * BANDS + band]
            assert far == pytest.approx(np.mean(here) if here else 0.0, abs=1e-5)
            assert density == pytest.approx(min(len(here) / full, 1.5) - 0.5 if here else 0.0)
            assert rough == pytest.approx(np.mean(bent) if bent else 0.0, abs=1e-3)
    assert given.image is not None
    for column in (0, 17, COLUMNS - 1):
        for row in range(ROWS):
            pixels = given.image[row * 5 : row * 5 + 5, column * 3 : column * 3 + 3] / 255
            told = found[column, 3 * BANDS + 4 * row : 3 * BANDS + 4 * row + 4]
            assert told[:3] == pytest.approx((pixels.mean((0, 1)) - 0.4) * 2, abs=1e-5)
            assert told[3] == pytest.approx(pixels.mean(-1).std() * 5 - 0.5, abs=1e-4)


def test_a_column_stands_between_its_neighbours() -> None:
    found, size = columns(frame()), FIGURES // 3
    assert np.array_equal(found[1:, :size], found[:-1, size : 2 * size])
    assert np.array_equal(found[:-1, 2 * size :], found[1:, size : 2 * size])
    assert np.array_equal(found[0, :size], found[0, size : 2 * size])


def test_the_order_of_points_and_points_of_unknown_lines_make_no_difference() -> None:
    given = frame()
    points = given.points
    order = np.random.default_rng(1).permutation(len(points))
    shuffled = ImagePoints(points.row[order], points.column[order], points.depth_m[order], points.line[order])
    assert columns(replace(given, points=shuffled)) == pytest.approx(columns(given), abs=1e-12)
    twice = np.append(np.arange(len(points)), 0)
    line = points.line[twice]
    line[-1] = UNKNOWN_LINE
    more = ImagePoints(points.row[twice], points.column[twice], points.depth_m[twice], line)
    assert np.array_equal(columns(replace(given, points=more)), columns(given))


@pytest.mark.parametrize("points", [0, 1, 2])
def test_frames_without_image_or_points_are_embedded_too(points: int) -> None:
    bare = columns(replace(frame(points=points), image=None))
    assert np.isfinite(bare).all()
    assert (np.abs(bare).max() > 0) == (points > 0)
