"""Viewpoints, rings of range and the scale, by geometry done by hand."""

from math import hypot, radians, tan

import numpy as np
import pytest

from lidarsel.choices import VIEWPOINTS, Viewpoint
from lidarsel.report.pictures.perspective import Eye, place
from lidarsel.report.pictures.viewpoints import (
    AHEAD,
    EYES,
    SCALE_AT,
    ground_height_m,
    ring,
    ring_names,
    ring_radii_m,
    view_scale,
)

SIZE = (860, 1376)


def flat(height_m: float, reach_m: float = 50.0) -> np.ndarray:
    """A flat ground, with a wall ahead that reaches above the lidar."""
    rng = np.random.default_rng(0)
    radius, turn = rng.uniform(3, reach_m, 5000), rng.uniform(0, 2 * np.pi, 5000)
    ground = np.column_stack([radius * np.cos(turn), radius * np.sin(turn), rng.normal(height_m, 0.03, 5000)])
    wall = np.column_stack([np.full(800, 12.0), rng.uniform(-5, 5, 800), rng.uniform(height_m, 3.0, 800)])
    return np.vstack([ground, wall])


@pytest.mark.parametrize("height_m", [-1.73, -0.6, -2.4])
def test_the_ground_is_where_most_points_below_lie(height_m: float) -> None:
    assert ground_height_m(flat(height_m)) == pytest.approx(height_m, abs=0.11)


def test_without_a_ground_the_rings_are_at_the_lidars_height() -> None:
    assert ground_height_m(np.zeros((0, 3))) == 0
    assert ground_height_m(np.random.default_rng(0).uniform(-20, 20, (5000, 3))) == 0


def test_the_largest_ring_is_the_last_doubling_within_reach() -> None:
    assert ring_radii_m(flat(-1.7, 95.0)) == [10, 20, 40, 80]
    assert ring_radii_m(flat(-1.7, 50.0)) == [5, 10, 20, 40]
    assert ring_radii_m(0.1 * flat(-1.7, 50.0))[-1] == 2.5
    assert ring_radii_m(np.zeros((0, 3))) == [10]


def test_a_ring_is_a_circle_about_the_lidar() -> None:
    circle = ring(20.0, -1.7)
    np.testing.assert_allclose(np.hypot(circle[:, 0], circle[:, 1]), 20.0)
    assert set(circle[:, 2]) == {-1.7}
    assert np.linalg.norm(circle[0] - circle[-1]) < 0.02


def seen(viewpoint: Viewpoint, *xyz: tuple[float, float, float]) -> list[tuple[float, float]]:
    """Row and column of points."""
    rows, columns, _ = place(np.array(xyz), EYES[viewpoint], SIZE)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def test_from_every_side_things_are_where_its_name_says() -> None:
    lidar, ahead, left, above = (0.0, 0.0, -1.0), (15.0, 0.0, -1.0), (0.0, 5.0, -1.0), (0.0, 0.0, 1.0)
    origin, far, sideways, high = seen("behind", lidar, ahead, left, above)
    assert far[0] < origin[0]  # ahead is up the picture
    assert sideways[1] < origin[1]
    assert high[0] < origin[0]
    origin, far, sideways, _ = seen("bird", lidar, ahead, left, above)
    assert far[0] < origin[0]
    assert far[1] == pytest.approx(origin[1])
    assert sideways[0] == pytest.approx(origin[0])
    assert sideways[1] < origin[1]
    origin, far, _, high = seen("side", lidar, ahead, left, above)
    assert far[1] > origin[1]  # ahead is to the right
    assert high[0] < origin[0]
    straight, to_the_left = seen("driver", (20.0, 0.0, -1.0), (20.0, 4.0, -1.0))
    assert straight[1] == SIZE[1] / 2
    assert to_the_left[1] < straight[1]


def test_the_lidar_is_in_the_picture_wherever_it_has_a_mark() -> None:
    assert set(EYES) == set(SCALE_AT) == set(VIEWPOINTS)
    for viewpoint in VIEWPOINTS:
        rows, columns, _ = place(np.zeros((1, 3)), EYES[viewpoint], SIZE)
        inside = 0 <= rows[0] < SIZE[0] and 0 <= columns[0] < SIZE[1]  # NaN is not
        assert inside == (viewpoint in AHEAD)


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
def test_the_bar_is_as_long_as_it_says_where_it_says(viewpoint: Viewpoint) -> None:
    said, pixels = view_scale(viewpoint, -1.7, SIZE[1])
    metres, eye = float(said.split()[0]), EYES[viewpoint]
    at = np.array([SCALE_AT[viewpoint][0], 0.0, -1.7])
    ends = at + np.array([[-0.5], [0.5]]) * metres * eye.axes()[0]
    _, columns, _ = place(ends, eye, SIZE)
    assert columns[1] - columns[0] == pytest.approx(pixels, abs=1)
    assert 60 < pixels <= 225


def test_a_bars_pixels_by_hand() -> None:
    # from 140 m above the ground less 1.7 m: 1376 pixels over 2 * 141.7 * tan(24 degrees) metres
    said, pixels = view_scale("bird", -1.7, 1376)
    assert said == "20 m (on the ground)"
    assert pixels == round(20 * 1376 / (2 * 141.7 * tan(radians(24))))


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
def test_names_stand_on_their_rings_and_apart(viewpoint: Viewpoint) -> None:
    radii = [5.0, 10.0, 20.0, 40.0]
    names = ring_names(radii, -1.7, EYES[viewpoint], SIZE)
    assert [name.text for name in names] == [
        f"{radius:g} m" for radius in radii if f"{radius:g} m" in [name.text for name in names]
    ]
    assert len(names) >= 3
    for name in names:
        rows, columns, _ = place(ring(float(name.text.split()[0]), -1.7), EYES[viewpoint], SIZE)
        off = np.hypot(rows - name.row, columns - name.column)
        assert np.nanmin(off) < 60
    places = [(name.row, name.column) for name in names]
    assert all(
        hypot(one[0] - other[0], one[1] - other[1]) > 15 for one in places for other in places if one is not other
    )


def test_a_ring_behind_the_eye_has_no_name() -> None:
    away = Eye((0.0, 0.0, 50.0), (0.0, 0.0, 100.0), 60.0, up=(1.0, 0.0, 0.0))
    assert ring_names([10.0], -1.7, away, SIZE) == []
