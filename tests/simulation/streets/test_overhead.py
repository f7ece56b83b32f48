"""Bridges, gantries and underpasses: high enough over every lane, standing on the ground, the same from one seed."""

from collections.abc import Callable

import numpy as np
import pytest

from lidarsel.simulation.sensing.raycast import RayScene
from lidarsel.simulation.streets.mesh import Mesh
from lidarsel.simulation.streets.overhead import HEADROOM_M, bridge, gantry, underpass
from lidarsel.simulation.streets.road import Road

Make = Callable[[np.random.Generator, Road], Mesh]
THINGS: dict[str, Make] = {
    "bridge": lambda rng, road: bridge(rng, road, 30.0, 0.0),
    "bridge over a median": lambda rng, road: bridge(rng, road, 30.0, 3.0),
    "gantry": lambda rng, road: gantry(rng, road, 30.0),
    "underpass": lambda rng, road: underpass(rng, road, (15.0, 45.0)),
}


def road_of(seed: int) -> Road:
    return Road(np.random.default_rng(seed), 60.0, 7.0, (1.5, 1.5))


@pytest.mark.parametrize("name", THINGS)
@pytest.mark.parametrize("seed", range(5))
def test_it_is_over_the_road_and_leaves_its_headroom(name: str, seed: int) -> None:
    road = road_of(seed)
    scene = RayScene.of(THINGS[name](np.random.default_rng(seed), road))
    s, d = np.meshgrid(np.arange(0, 60, 0.25), [-5.0, -2.0, 2.0, 5.0])
    start = road.point_m(s.ravel(), d.ravel(), 0.02).astype(np.float32)
    up = np.broadcast_to(np.array([0, 0, 1], np.float32), start.shape)
    above_m = scene.cast(start, up).distance
    assert np.isfinite(above_m).any()
    assert above_m.min() > HEADROOM_M[0] - 0.2


@pytest.mark.parametrize("name", THINGS)
def test_it_stands_in_the_ground_on_both_sides(name: str) -> None:
    road = road_of(3)
    mesh = THINGS[name](np.random.default_rng(3), road)
    feet = mesh.vertex_m[mesh.vertex_m[:, 2] < road.point_m(30.0, 0.0)[2] - 0.2]
    left_of = (feet[:, :2] - road.point_m(30.0, 0.0)[:2]) @ np.array(
        [-np.sin(road.heading_rad(30.0)), np.cos(road.heading_rad(30.0))]
    )
    assert left_of.min() < -7
    assert left_of.max() > 7


@pytest.mark.parametrize("name", THINGS)
def test_one_seed_gives_the_same_and_another_does_not(name: str) -> None:
    first, same, other = (THINGS[name](np.random.default_rng(seed), road_of(0)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.vertex_m, same.vertex_m)
    assert first.vertex_m.shape != other.vertex_m.shape or (first.vertex_m != other.vertex_m).any()


def test_an_underpass_has_walls_and_a_lid_all_along() -> None:
    road = road_of(1)
    scene = RayScene.of(underpass(np.random.default_rng(1), road, (15.0, 45.0)))
    s = np.arange(16.0, 44.0, 0.5)
    start = road.point_m(s, 0.0, 1.5).astype(np.float32)
    heading = road.heading_rad(s)
    for side in (-1, 1):
        across = np.stack([-np.sin(heading) * side, np.cos(heading) * side, 0 * s], 1).astype(np.float32)
        distance = scene.cast(start, across).distance
        np.testing.assert_allclose(distance, 7.0 + 1.5 + 0.4, atol=0.4)
