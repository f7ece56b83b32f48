"""The simulated lidar and camera against closed forms, each other, and an independent line counter."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lidarsel.datasets.parts.semantic_kitti import SemanticLabel
from lidarsel.frame import Frame
from lidarsel.geometry.placed_scans import Depth
from lidarsel.simulation.drive import Drive, unroll
from lidarsel.simulation.frames import simulate_frames, simulate_with_exact_depth
from lidarsel.simulation.sensing.raycast import RayScene
from lidarsel.simulation.sensing.rig import make_rig, rotation, transform
from lidarsel.simulation.sensing.sensor import aim, make_lidar, scan
from lidarsel.simulation.sensing.trajectory import EgoState
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.streets.mesh import Material, MeshBuilder, Surface

SMALL = SimulateSettings(
    seed=5, frames=2, frames_per_scene=1, image_height=94, image_width=310, azimuth_step_deg=0.5, range_noise_m=0.01
)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Frame, Depth]]:
    return list(simulate_with_exact_depth(SMALL))


@pytest.fixture(scope="module")
def frames(pairs: list[tuple[Frame, Depth]]) -> list[Frame]:
    return [frame for frame, _ in pairs]


def lines_by_wraps(xyz_m: np.ndarray) -> np.ndarray:
    """The line of each point by the rule of the data's README: a new line where the azimuth falls back."""
    azimuth = np.mod(np.arctan2(xyz_m[:, 1], xyz_m[:, 0]), 2 * np.pi)
    return np.concatenate([[0], np.cumsum(np.diff(azimuth) < -np.pi)])


@pytest.mark.parametrize("n_lines", [16, 32, 64, 100])
@pytest.mark.parametrize("seed", [0, 1])
def test_azimuth_wraps_give_the_true_lines(n_lines: int, seed: int) -> None:
    drive = Drive(SimulateSettings(seed=seed, n_lines=n_lines, azimuth_step_deg=0.8), 0, 1.0)
    points = drive.scan_at(0, 0.3).scan
    np.testing.assert_array_equal(lines_by_wraps(points.xyz_m), points.line)
    assert points.line[-1] == n_lines - 1
    assert points.xyz_m.dtype == np.float32
    assert points.line.dtype == np.int16


def test_elevations_are_those_of_the_hdl_64e_and_descend() -> None:
    for seed in range(20):
        elevation = make_lidar(np.random.default_rng(seed), SimulateSettings()).elevation_deg
        assert (np.diff(elevation) < 0).all()
        data_sheet = np.concatenate([np.linspace(2, -8.33, 32), np.linspace(-8.83, -24.33, 32)])
        np.testing.assert_allclose(elevation, data_sheet, atol=0.2)


def test_points_lie_on_their_lines_elevation() -> None:
    drive = Drive(SMALL, 0, 1.0)
    points = drive.scan_at(0, 0.0).scan
    elevation = np.degrees(np.arctan2(points.xyz_m[:, 2], np.hypot(points.xyz_m[:, 0], points.xyz_m[:, 1])))
    # files keep millimetres: 0.5 mm at half a metre is 0.06 degrees
    np.testing.assert_allclose(elevation, drive.lidar.elevation_deg[points.line], atol=0.08)


def test_lidar_points_lie_on_the_exact_depth(pairs: list[tuple[Frame, Depth]]) -> None:
    full_size = SimulateSettings(seed=6, frames=1, azimuth_step_deg=0.5, range_noise_m=0.0)
    large = next(simulate_with_exact_depth(full_size))
    for (frame, exact_m), median_m in ((pairs[0], 0.12), (pairs[1], 0.12), (large, 0.03)):
        p = frame.points
        exact = exact_m[p.row, p.column]
        error = np.abs(exact - p.depth_m)[exact > 0]
        # a pixel's centre is not where the point is, the less so the larger the pixel
        assert np.median(error) < median_m
        assert (error < 0.1 + 0.1 * exact[exact > 0]).mean() > 0.93


def test_frames_have_the_promised_shapes(frames: list[Frame], pairs: list[tuple[Frame, Depth]]) -> None:
    assert len(frames) == 2
    assert len({f.frame_id for f in frames}) == 2
    for frame in frames:
        assert frame.size == (94, 310)
        assert frame.image is not None
        assert frame.image.shape == (94, 310, 3)
        assert frame.image.dtype == np.uint8
        assert frame.ground_truth_m is not None
        assert frame.ground_truth_m.dtype == np.float32
        assert np.isfinite(frame.ground_truth_m).all()
        assert 0.05 < (frame.ground_truth_m > 0).mean() < 0.5
        assert frame.ground_truth_m.max() <= SMALL.max_range_m * 1.1
        assert 40 <= np.count_nonzero(frame.points.count_by_line(64)) <= 52
    assert np.abs(frames[0].image.astype(int) - frames[1].image).mean() > 5  # type: ignore[union-attr]
    for _, exact_m in pairs:
        assert exact_m.dtype == np.float32
        assert 0.5 < (exact_m > 0).mean() <= 1
        assert exact_m.max() <= SMALL.max_range_m


@given(
    position=st.tuples(*[st.floats(-50, 50)] * 3),
    angles=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-3, 3)),
    velocity=st.tuples(st.floats(-20, 20), st.floats(-20, 20), st.floats(-2, 2)),
    turn=st.tuples(*[st.floats(-0.6, 0.6)] * 3),
    moving=st.booleans(),
)
@hypothesis_settings(max_examples=15, deadline=None)
def test_a_rolling_sweep_of_a_sphere_unrolls_onto_it(
    position: tuple[float, float, float],
    angles: tuple[float, float, float],
    velocity: tuple[float, float, float],
    turn: tuple[float, float, float],
    moving: bool,
) -> None:
    """All points, freed of the motion, have the sphere's radius from its centre, whatever the motion was."""
    radius = 20.0
    settings = SimulateSettings(
        n_lines=8,
        azimuth_step_deg=2.0,
        range_noise_m=0.0,
        drop_out=0.0,
        calibration_jitter_deg=2.0,
        rolling_sweep=moving,
    )
    build = MeshBuilder()
    grey = Surface(Material.CONCRETE, (0.9, 0.9, 0.9))
    build.blob(position, (radius,) * 3, grey, np.random.default_rng(0), bumps=0.0, fine=5)
    scene, rig = RayScene.of(build.mesh()), make_rig(np.random.default_rng(1), settings)
    ego = EgoState(np.array(position), *angles, np.array(velocity), np.array(turn))
    beams = aim(make_lidar(np.random.default_rng(2), settings), settings)
    points, label = scan(np.random.default_rng(3), scene, beams, rig, ego, settings)
    assert set(label.tolist()) == {SemanticLabel.OTHER_OBJECT}
    xyz = points.xyz_m.astype(np.float64)
    if moving:
        xyz = np.asarray(unroll(xyz, ego, rig, settings.frame_period_s), np.float64)
    in_imu = transform(np.asarray(np.linalg.inv(rig.lidar_from_imu), np.float64), xyz)
    in_world = in_imu @ rotation(*angles).T + np.array(position)
    distance = np.linalg.norm(in_world - np.array(position), axis=1)
    assert len(points.line) > 100
    # an icosphere of 20,480 triangles is at most 8 mm inside its sphere, points are kept to millimetres, and
    # a column of the sweep has one time, which is half a degree or 0.14 ms off for some of its lines
    assert distance.max() < radius + 0.006
    assert distance.min() > radius - 0.02


def test_depth_of_a_wall_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall at right angles to the camera's axis has one depth, and a pixel's ray obeys the projection."""
    settings = SimulateSettings(image_height=40, image_width=130, calibration_jitter_deg=1.0)
    drive = Drive(settings, 0, 1.0)
    ego = drive.trajectory.at(0.0)
    camera_from_world = (
        drive.rig.calibration.camera_from_lidar @ drive.rig.lidar_from_imu @ np.linalg.inv(ego.world_from_imu)
    )
    build = MeshBuilder()
    corners = np.array([[-90, -90, 7.5, 1], [90, -90, 7.5, 1], [90, 90, 7.5, 1], [-90, 90, 7.5, 1]], float)
    world = corners @ np.linalg.inv(camera_from_world).T
    build.quad(world[:, :3], Surface(Material.FACADE, (0.5, 0.5, 0.5), (3, 3, 0.5, 0.7)))
    monkeypatch.setattr(drive, "_rays", RayScene.of(build.mesh()))
    monkeypatch.setattr(drive, "scene", replace(drive.scene, movers=()))
    picture = drive.picture_at(0, 0.0)
    # the third row of P_rect adds its last number to z
    np.testing.assert_allclose(picture.depth_m, 7.5 + drive.rig.camera_matrix[2, 3], atol=1e-3)


def test_see_through_leaves_stop_some_rays_and_pass_others() -> None:
    build = MeshBuilder()
    leaf = Surface(Material.LEAF, (0.1, 0.3, 0.1), (0.5, 0.5, 0.3, 0))
    build.quad([(5, -5, -5), (5, 5, -5), (5, 5, 5), (5, -5, 5)], leaf)
    build.quad([(9, -20, -20), (9, 20, -20), (9, 20, 20), (9, -20, 20)], Surface(Material.CONCRETE, (0.5,) * 3))
    aim = np.random.default_rng(0).uniform(-0.8, 0.8, (5000, 3)).astype(np.float32)
    aim[:, 0] = 1
    hits = RayScene.of(build.mesh()).cast(np.zeros(3, np.float32), aim)
    near, far = np.isclose(hits.distance, 5, atol=1e-3), np.isclose(hits.distance, 9, atol=1e-3)
    assert (near | far).all()
    assert 0.2 < far.mean() < 0.8


def test_frames_of_one_seed_are_equal_and_of_another_differ() -> None:
    tiny = SimulateSettings(frames=1, image_height=30, image_width=100, azimuth_step_deg=3.0)
    one, same, other = (next(simulate_frames(replace(tiny, seed=seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.image, same.image)
    np.testing.assert_array_equal(one.points.depth_m, same.points.depth_m)
    assert not np.array_equal(one.image, other.image)  # type: ignore[arg-type]
