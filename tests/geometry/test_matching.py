"""Matching pixels with a scan, against trying every pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.geometry.matching import match_pixels
from lidarsel.geometry.projection import Projection


def projection(row: np.ndarray, column: np.ndarray, depth: np.ndarray) -> Projection:
    index = np.arange(len(row))[::-1].copy()  # points of the scan come in another order than those in the image
    return Projection(index, row.astype(np.int32), column.astype(np.int32), depth.astype(np.float32))


Pixel = tuple[int, int, float]


def every_pair(pixel: Pixel, points: list[Pixel], reach: float) -> tuple[int, bool]:
    """Index of the point that should be taken, -1 for none, and whether it is an exact hit."""
    on = [(abs(p[2] - pixel[2]), i) for i, p in enumerate(points) if p[:2] == pixel[:2]]
    on = [hit for hit in on if hit[0] < 0.3]
    if on:
        return min(on)[1], True
    near = []
    for i, p in enumerate(points):
        away = ((p[0] - pixel[0]) ** 2 + (p[1] - pixel[1]) ** 2 + ((p[2] - pixel[2]) * reach / 0.3) ** 2) ** 0.5
        if away < reach:
            near.append((away, i))
    return (min(near)[1], False) if near else (-1, False)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 60), st.integers(0, 60), st.sampled_from([1.5, 3.0]))
def test_against_every_pair(seed: int, n_points: int, n_pixels: int, reach: float) -> None:
    random = np.random.default_rng(seed)

    def anywhere() -> Pixel:
        row, column = random.integers(0, 14, 2)
        return int(row), int(column), float(np.float32(random.uniform(5, 6)))

    points = [anywhere() for _ in range(n_points)]
    pixels = [anywhere() for _ in range(n_pixels)]
    line = np.arange(n_points).astype(np.int16)
    where = np.array(points).reshape(-1, 3).T
    asked = np.array(pixels).reshape(-1, 3).T
    found = match_pixels(
        asked[0].astype(int),
        asked[1].astype(int),
        asked[2].astype(np.float32),
        projection(*where),
        line,
        reach,
    )
    for k, pixel in enumerate(pixels):
        point, exact = every_pair(pixel, points, reach)
        expected = -1 if point < 0 else n_points - 1 - point
        assert (found.line[k], found.exact[k]) == (expected, exact)
        if exact:
            assert found.difference_m[k] == pytest.approx(points[point][2] - pixel[2], abs=1e-6)
        else:
            assert np.isnan(found.difference_m[k])
