"""Simulated streets: the ego vehicle's lane is free, the ground is where it should be, scenes differ."""

import numpy as np
import pytest

from lidarsel.simulation.sensing.noise import cell_hash, noise_texture
from lidarsel.simulation.sensing.raycast import RayScene
from lidarsel.simulation.streets.mesh import Material, MeshBuilder, Surface
from lidarsel.simulation.streets.road import GROUND_HALF_WIDTH_M
from lidarsel.simulation.streets.scene import build_scene


@pytest.mark.parametrize("seed", range(6))
def test_nothing_stands_in_the_ego_vehicles_lane(seed: int) -> None:
    """A ray straight down from 2.4 m above the lane meets the ground there and nothing before it."""
    scene = build_scene(np.random.default_rng(seed), 40.0, 9.0, moving=True)
    s = np.arange(0, 40, 0.5)
    above = np.concatenate([scene.road.point_m(s, scene.lane_d_m + side, 2.4) for side in (-0.8, 0.0, 0.8)])
    down = np.broadcast_to(np.array([0, 0, -1], np.float32), above.shape)
    distance = RayScene.of(scene.static).cast(above.astype(np.float32), down).distance
    # the ground's mesh has a row of points every two metres
    np.testing.assert_allclose(distance, 2.4, atol=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_the_ground_has_no_holes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = build_scene(rng, 30.0, 9.0, moving=False)
    s, d = rng.uniform(-60, 90, 4000), rng.uniform(-GROUND_HALF_WIDTH_M, GROUND_HALF_WIDTH_M, 4000)
    edges = rng.choice([-1, 1], 4000) * rng.choice([0, 1, 2], 4000) * 1e-3
    above = [
        scene.road.point_m(s, d, 60.0),
        scene.road.point_m(s, np.sign(edges) * scene.road.half_width_m + edges, 60.0),
    ]
    for points in above:
        down = np.broadcast_to(np.array([0, 0, -1], np.float32), points.shape)
        assert np.isfinite(RayScene.of(scene.static).cast(points.astype(np.float32), down).distance).all()


def test_movers_keep_their_speed_and_never_reach_the_ego_vehicle() -> None:
    speed = 9.0
    for seed in range(12):
        scene = build_scene(np.random.default_rng(seed), 60.0, speed, moving=True)
        for mover in scene.movers:
            half = np.abs(mover.mesh.vertex_m[:, 0]).max()
            same_lane = abs(mover.d_m - scene.lane_d_m) < 1.0
            if same_lane:
                assert mover.speed_m_per_s >= speed
                assert mover.s_m + mover.mesh.vertex_m[:, 0].min() > 4.0
            else:
                assert abs(mover.d_m - scene.lane_d_m) > 2.5
            assert half < 12


def test_scenes_differ_in_much() -> None:
    scenes = [build_scene(np.random.default_rng(seed), 20.0, 9.0, moving=True) for seed in range(12)]
    assert np.ptp([s.road.half_width_m for s in scenes]) > 3
    assert np.ptp([len(s.static.triangle) for s in scenes]) > 30_000
    assert np.ptp([s.light.haze_m for s in scenes]) > 300
    slopes = [s.road.ground_m(0.0, 30.0) - s.road.ground_m(0.0, -30.0) for s in scenes]
    assert np.ptp(slopes) > 1


def test_noise_is_normal_repeats_after_a_tile_and_fades_with_the_footprint() -> None:
    rng = np.random.default_rng(0)
    u, v = rng.uniform(0, 10, (2, 20_000)).astype(np.float32)
    for kind in ("fractal", "grain", "blotch"):
        noise = noise_texture(kind)
        sharp = noise(u, v, 10.0, np.zeros_like(u))
        assert abs(sharp.mean()) < 0.05
        assert sharp.std() == pytest.approx(1, abs=0.05)
        cells = (np.arange(64) + 0.5).astype(np.float32) * np.float32(10 / 512)
        still = np.zeros_like(cells)
        np.testing.assert_array_equal(noise(cells, cells, 10.0, still), noise(cells + 10, cells - 20, 10.0, still))
        assert noise(u, v, 10.0, np.full_like(u, 5.0)).std() < 0.8 * sharp.std()


def test_cell_hash_is_even_and_equal_within_a_cell() -> None:
    u, v = np.meshgrid(np.arange(-100, 100, dtype=np.float32), np.arange(-100, 100, dtype=np.float32))
    value = cell_hash(u, v)
    np.testing.assert_array_equal(value, cell_hash(u + 0.7, v + 0.2))
    counts = np.histogram(value, 20, (0, 1))[0] / value.size
    np.testing.assert_allclose(counts, 0.05, atol=0.006)


def test_a_ball_is_round_and_closed() -> None:
    build = MeshBuilder()
    build.blob((1, 2, 3), (2, 2, 2), Surface(Material.PAINT, (1, 1, 1)), np.random.default_rng(0), bumps=0.0, fine=3)
    mesh = build.mesh()
    assert len(mesh.triangle) == 20 * 4**3
    np.testing.assert_allclose(np.linalg.norm(mesh.vertex_m - (1, 2, 3), axis=1), 2, atol=1e-5)
    edges = np.sort(
        np.concatenate([mesh.triangle[:, [0, 1]], mesh.triangle[:, [1, 2]], mesh.triangle[:, [2, 0]]]), axis=1
    )
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
