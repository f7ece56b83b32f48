"""Carriageways and what drives on them: lanes lie side by side, and in a lane nothing runs into anything."""

import itertools

import numpy as np
import pytest

from lidarsel.simulation.streets.mesh import Material, MeshBuilder, Surface
from lidarsel.simulation.streets.road import Road
from lidarsel.simulation.streets.traffic import Mover, clear_of_lanes, draw_carriageway, standing, traffic
from lidarsel.simulation.streets.vehicles import ON_MOTORWAYS, ON_STREETS, PARKED

SEEDS = range(60)


def drawn(seed: int) -> tuple[np.random.Generator, float, tuple[Mover, ...]]:
    rng = np.random.default_rng(seed)
    ways = draw_carriageway(rng)
    lane_d = float(rng.choice(ways.ours))
    return rng, lane_d, traffic(rng, ways, lane_d, 40.0, 9.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_lanes_lie_side_by_side_on_the_carriageway(seed: int) -> None:
    ways = draw_carriageway(np.random.default_rng(seed))
    lanes = sorted((*ways.ours, *ways.oncoming))
    assert all(b - a > 2.6 for a, b in itertools.pairwise(lanes))
    assert max(abs(d) for d in lanes) + 0.9 < ways.half_width_m
    assert all(d > 0 for d in ways.oncoming)
    assert all(abs(d) >= ways.median_m / 2 + 1.4 for d in lanes if ways.median_m)
    assert clear_of_lanes(ways) >= max(abs(d) for d in lanes) + 2.3


def test_every_kind_of_carriageway_is_drawn() -> None:
    ways = [draw_carriageway(np.random.default_rng(seed)) for seed in range(200)]
    assert 0.08 < np.mean([way.is_motorway for way in ways]) < 0.25
    assert {len(way.ours) for way in ways} == {1, 2, 3}
    assert any(not way.oncoming for way in ways)


@pytest.mark.parametrize("seed", SEEDS)
def test_vehicles_of_a_lane_never_overlap(seed: int) -> None:
    *_, movers = drawn(seed)
    by_lane = itertools.groupby(sorted(movers, key=lambda m: round(m.d_m)), key=lambda m: round(m.d_m))
    for _, lane in by_lane:
        there = list(lane)
        for time_s in (0.0, 3.0):
            spans = sorted(_span(mover, time_s) for mover in there)
            assert all(end <= start + 1e-6 for (_, end), (start, _) in itertools.pairwise(spans))


def _span(mover: Mover, time_s: float) -> tuple[float, float]:
    x = mover.mesh.vertex_m[:, 0] * np.sign(mover.speed_m_per_s)
    s = mover.s_m + mover.speed_m_per_s * time_s
    return float(s + x.min()), float(s + x.max())


@pytest.mark.slow
def test_some_stand_beside_the_ego_vehicle_and_high_ones_among_them() -> None:
    beside, high = 0, 0
    for seed in range(200):
        _, lane_d, movers = drawn(seed)
        near = [m for m in movers if abs(m.d_m - lane_d) < 4.5 and abs(m.d_m - lane_d) > 2 and abs(m.s_m) < 15]
        beside += bool(near)
        high += any(m.mesh.vertex_m[:, 2].max() > 2.4 for m in near)
    assert beside > 40
    assert high > 20


def test_only_what_may_drive_there_drives() -> None:
    """Two-wheelers keep off motorways, and trailers, which nothing tows here, off every lane."""
    assert "bike" not in ON_MOTORWAYS
    assert not {"trailer"} & {*ON_MOTORWAYS, *ON_STREETS}
    assert "trailer" in PARKED
    narrow: dict[bool, int] = {True: 0, False: 0}
    for seed in range(120):
        rng = np.random.default_rng(seed)
        ways = draw_carriageway(rng)
        movers = traffic(rng, ways, float(rng.choice(ways.ours)), 40.0, 9.0)
        narrow[ways.is_motorway] += sum(bool(np.ptp(m.mesh.vertex_m[:, 1]) < 1.2) for m in movers)
    assert narrow[True] == 0
    assert narrow[False] > 10


@pytest.mark.parametrize("turn_rad", [0.0, np.pi])
@pytest.mark.parametrize("seed", range(5))
def test_a_long_vehicle_stands_on_a_sloping_road_with_both_ends(turn_rad: float, seed: int) -> None:
    """Twelve metres upright on a slope of one in ten would hover by half a metre; what is left is the road's bend."""
    road = Road(np.random.default_rng(seed), 60.0, 4.0, (0.0, 0.0))
    build = MeshBuilder()
    build.box((0.0, 0.0), (0.0, 3.0), (12.0, 2.5), Surface(Material.PAINT, (0.5, 0.5, 0.5)))
    s_m = float(np.argmax(np.abs(road.slope(np.arange(60.0)))))
    floor_m = standing(build.mesh(), road, s_m, 0.0, turn_rad).vertex_m
    size_m = np.ptp(build.mesh().vertex_m, axis=0)
    floor_m = floor_m[np.isclose(build.mesh().vertex_m[:, 2], 0.0)]
    ground_m = np.array([_ground_below(road, point_m) for point_m in floor_m])
    assert np.abs(floor_m[:, 2] - ground_m).max() < 0.15
    assert np.isclose(np.linalg.norm(floor_m[0] - floor_m, axis=1).max(), np.hypot(size_m[0], size_m[1]), atol=1e-4)


def _ground_below(road: Road, point_m: np.ndarray) -> float:
    """Height of the ground under a point near the road, by the nearest of many road coordinates."""
    s, d = np.meshgrid(np.arange(-20.0, 80.0, 0.1), np.linspace(-2, 2, 21), indexing="ij")
    ground = road.point_m(s, d).reshape(-1, 3)
    return float(ground[np.argmin(np.hypot(*(ground[:, :2] - point_m[:2]).T)), 2])
