"""Lines from bare depth images: cones seen by a camera, where every pixel's line is known, and the real frame."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.datasets.kitti.calibration import read_raw_calibration
from lidarsel.datasets.kitti.rig import nominal_calibration
from lidarsel.datasets.parts.files import read_depth
from lidarsel.frame import Calibration
from lidarsel.geometry.png_lines import DepthPixels, LineModel, fit_lines, line_numbers_in
from lidarsel.geometry.projection import project

SIZE = (375, 1242)
CAMERA = np.array([[721.5, 0, 609.6, 44.9], [0, 721.5, 172.9, 0.2], [0, 0, 1, 0.003]])
HDL_64E_DEG = np.concatenate([np.linspace(2, -8.5, 32), np.linspace(-9.0, -24.8, 32)])


def mounting(roll: float = 0.0, pitch: float = 0.0) -> NDArray[np.float64]:
    axes = np.array([[0.0, -1, 0, 0], [0, 0, -1, -0.08], [1, 0, 0, -0.27], [0, 0, 0, 1]])
    tilt = np.eye(4)
    tilt[:3, :3] = np.array([[1, 0, pitch], [0, 1, roll], [-pitch, -roll, 1]])
    return axes @ tilt


def cones(
    calibration: Calibration,
    elevations_deg: NDArray[np.float64] = HDL_64E_DEG,
    apex_m: float = 0.2,
    speed_mps: float = 0.0,
    seed: int = 0,
) -> tuple[DepthPixels, NDArray[np.int64]]:
    """Pixels of lines on cones about the lidar's axis, up to random surfaces, and the true line of each pixel."""
    random = np.random.default_rng(seed)
    azimuth = np.radians(np.arange(-42, 42, 0.17))
    points, lines = [], []
    walls = np.repeat(random.uniform(5, 60, 43), 12)[: len(azimuth)]  # objects some degrees wide
    for number, elevation in enumerate(np.radians(elevations_deg)):
        distance = walls
        if elevation < 0:  # the road before them
            distance = np.minimum(distance, 1.9 / -np.tan(elevation))
        distance = distance + random.normal(0, 0.02, len(azimuth))
        points.append(
            np.stack([distance * np.cos(azimuth), distance * np.sin(azimuth), apex_m + distance * np.tan(elevation)], 1)
        )
        lines.append(np.full(len(azimuth), number))
    xyz, line = np.concatenate(points), np.concatenate(lines)
    time = -np.arctan2(xyz[:, 1], xyz[:, 0]) / (2 * np.pi) * 0.1
    xyz[:, 0] += speed_mps * time
    seen = project(xyz, calibration, SIZE)
    order = np.argsort(seen.depth_m)
    _, first = np.unique(seen.row[order] * SIZE[1] + seen.column[order], return_index=True)
    kept = order[first]
    depth = np.floor(seen.depth_m[kept] * 256 + 0.5) / 256
    return DepthPixels(seen.row[kept], seen.column[kept], depth), line[seen.index[kept]]


@pytest.mark.parametrize(("apex_m", "speed_mps"), [(0.0, 0.0), (0.2, 0.0), (0.2, 13.0), (0.1, 25.0)])
def test_lines_of_cones(apex_m: float, speed_mps: float) -> None:
    calibration = Calibration(mounting(), CAMERA)
    pixels, line = cones(calibration, apex_m=apex_m, speed_mps=speed_mps)
    model = fit_lines([pixels], calibration)
    found = model.lines_of(pixels)
    assert model.n_lines == line.max() + 1
    assert (found == line).mean() >= 0.97
    assert ((found != line) & (found >= 0)).mean() < 0.005  # rather unknown than wrong
    assert (np.diff(model.elevation_deg) < 0).sum() >= model.n_lines - 3


def test_a_mounting_known_only_roughly() -> None:
    pixels, line = cones(Calibration(mounting(roll=0.011, pitch=-0.008), CAMERA), speed_mps=9.0)
    model = fit_lines([pixels], Calibration(mounting(), CAMERA), mounting_known=False)
    assert (model.lines_of(pixels) == line).mean() >= 0.97
    assert model.roll_rad == pytest.approx(0.011, abs=0.003)


def test_frames_are_pooled_but_have_their_own_speed() -> None:
    calibration = Calibration(mounting(), CAMERA)
    frames = [cones(calibration, speed_mps=v, seed=v) for v in (0, 8, 17)]
    model = fit_lines([pixels for pixels, _ in frames], calibration)
    for pixels, line in frames:
        assert (model.lines_of(pixels) == line).mean() >= 0.97


def test_other_sensors_need_not_have_64_lines() -> None:
    calibration = Calibration(mounting(), CAMERA)
    pixels, line = cones(calibration, np.linspace(3, -12, 16), apex_m=0.0)
    model = fit_lines([pixels], calibration)
    assert model.n_lines == 16
    assert (model.lines_of(pixels) == line).mean() >= 0.97


def test_pixels_that_form_no_lines_are_refused() -> None:
    random = np.random.default_rng(0)
    n = 15_000
    noise = DepthPixels(random.integers(130, 375, n), random.integers(0, 1242, n), random.uniform(3, 60, n))
    with pytest.raises(ValueError, match="form no lines"):
        fit_lines([noise], Calibration(mounting(), CAMERA))
    with pytest.raises(ValueError, match="no pixel"):
        fit_lines([], Calibration(mounting(), CAMERA))


def test_a_pixel_between_lines_is_unknown() -> None:
    calibration = Calibration(mounting(), CAMERA)
    comb = np.array([1.0, 0.0, -1.0, -2.0])
    model = LineModel(calibration, comb, 0.0, 0.0, 0.0, 0.04, comb)
    ahead = np.stack([np.full(5, 20.0), np.zeros(5), 20 * np.tan(np.radians([1, 0.5, -0.1, -1.9, -2.6]))], 1)
    seen = project(ahead, calibration, SIZE)
    line = model.lines_of(DepthPixels(seen.row, seen.column, seen.depth_m))
    assert line.tolist() == [0, -1, 1, 3, -1]


def test_lines_of_another_rig_are_numbered_alike() -> None:
    calibration = Calibration(mounting(), CAMERA)
    comb = np.sort(np.cumsum(np.random.default_rng(3).uniform(0.28, 0.6, 40)))[::-1] - 14

    def model(slope_deg: NDArray[np.float64]) -> LineModel:
        return LineModel(calibration, slope_deg, 0.0, 0.0, 0.0, 0.04, slope_deg)

    tilted = np.delete(comb + 0.7, [0, 1, 17])
    assert line_numbers_in(model(tilted), model(comb)).tolist() == np.delete(np.arange(40), [0, 1, 17]).tolist()


@pytest.mark.parametrize("mounting_known", [True, False])
def test_the_real_frame_against_lines_from_its_scan(shared_data: Path, mounting_known: bool) -> None:
    from lidarsel.datasets.base import ReadOptions
    from lidarsel.datasets.registry import open_dataset

    truth = open_dataset(shared_data / "kitti_depth", ReadOptions(raw=shared_data / "kitti_raw")).frame(0).points
    sparse = read_depth(
        shared_data / "kitti_depth/train/2011_09_26_drive_0001_sync/proj_depth/velodyne_raw/image_02/0000000005.png"
    )
    row, column = np.nonzero(sparse)
    np.testing.assert_array_equal(row, truth.row)
    if mounting_known:
        calibration, _ = read_raw_calibration(shared_data / "kitti_raw/2011_09_26", "02")
    else:
        nominal = nominal_calibration("2011_09_26", "02")
        assert nominal is not None
        calibration = nominal[0]
    pixels = DepthPixels(row, column, sparse[row, column])
    model = fit_lines([pixels], calibration, mounting_known)
    known = truth.line >= 0
    assert model.n_lines == 46
    assert (model.lines_of(pixels) == truth.line)[known].mean() >= 0.999
