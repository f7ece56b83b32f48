"""Two measurements of one thing that do not agree: another unit is refused, a wrong calibration is told."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io
from scipy.spatial.transform import Rotation

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.parts.agreement import Agreement, compare, require_plausible
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import write_depth_tree, write_raw_tree
from tests.support.street_table import CAMERA_FROM_LIDAR, StreetTable, write_u16

STREET = StreetTable()


@pytest.mark.parametrize("column", ["depth", "ground_truth"])
@pytest.mark.parametrize(
    ("units", "told"),
    [(1000, r"3\.91 times .* as millimetres read as metres \* 256"), (100, r"0\.39\d? times .* as centimetres")],
)
def test_another_unit_is_refused_and_can_be_given(tmp_path: Path, column: str, units: float, told: str) -> None:
    folder = STREET.write(tmp_path, units_per_m={column: units})
    with pytest.raises(BadInputError, match=rf"{column}\.png: its depths are {told}.* --depth-scale {units}\b"):
        open_dataset(folder)
    data = open_dataset(folder, ReadOptions(depth_scale=units))
    assert data.doubts == []
    frame = data.frame(0)
    truth = frame.ground_truth_m
    assert truth is not None
    np.testing.assert_allclose(truth[truth > 0], STREET.depth_m()[truth > 0], atol=0.6 / units)


def test_whole_metres_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="as metres read as metres"):
        open_dataset(STREET.write(tmp_path, units_per_m={"ground_truth": 1}))


def test_a_unit_beside_a_usual_one_is_told_as_it_is(tmp_path: Path) -> None:
    """512 was told as 500, and then taken at that: all depths 2.4 % off."""
    with pytest.raises(BadInputError, match=r"2 times .* give --depth-scale 512\b"):
        open_dataset(STREET.write(tmp_path, units_per_m={"ground_truth": 512}))


def test_a_unit_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """Right as they are, given another scale."""
    folder = STREET.write(tmp_path, units_per_m={"ground_truth": 256})
    with pytest.raises(BadInputError, match=r"0\.256 times .*metres \* 256 read as millimetres.* --depth-scale 256\b"):
        open_dataset(folder, ReadOptions(depth_scale=1000))


def test_commands_refuse_and_take_the_option(tmp_path: Path) -> None:
    folder = STREET.write(tmp_path / "log", units_per_m={"ground_truth": 1000})
    few = ("--network", "nearest", "--evaluations", "60", "-o", tmp_path / "values.json")
    assert_refused(lidarsel("shapley", folder, *few), "ground_truth.png", "--depth-scale 1000")
    assert not (tmp_path / "values.json").exists()
    succeeded(lidarsel("shapley", folder, *few, "--depth-scale", "1000"))
    assert_refused(lidarsel("inspect", folder, "--depth-scale", "0"), "--depth-scale is 0")


def turned(axis: str, degrees: float) -> np.ndarray:
    """The calibration as a mistake of mounting has it, about an axis of the camera."""
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    return turn @ CAMERA_FROM_LIDAR


@pytest.mark.parametrize("column", ["depth", "ground_truth"])
@pytest.mark.parametrize(("axis", "degrees"), [("x", 3), ("x", -3), ("y", 5)])
def test_a_calibration_that_is_off_is_told(tmp_path: Path, column: str, axis: str, degrees: float) -> None:
    folder = STREET.write(tmp_path / "log", units_per_m={column: 256}, camera_from_lidar=turned(axis, degrees))
    (doubt,) = open_dataset(folder).doubts
    assert "the calibration may be wrong" in doubt
    assert "lidarsel inspect DATA --plot lines.png" in doubt


def test_a_doubt_is_on_stderr_and_in_the_notes(tmp_path: Path) -> None:
    folder = STREET.write(tmp_path / "log", units_per_m={"ground_truth": 256}, camera_from_lidar=turned("x", 3))
    ended = lidarsel("inspect", folder)
    assert ended.returncode == 0
    assert "lidarsel: warning: The ground truth and the projected scan agree" in ended.stderr
    assert "note: The ground truth and the projected scan agree" in ended.stdout


@pytest.mark.parametrize("column", [None, "depth", "ground_truth"])
def test_a_calibration_that_shows_no_point_is_refused(tmp_path: Path, column: str | None) -> None:
    """A camera that looks straight up."""
    units = {} if column is None else {column: 256.0}
    folder = STREET.write(tmp_path, units_per_m=units, camera_from_lidar=turned("x", -90))
    with pytest.raises(BadInputError, match="falls in the camera's image"):
        open_dataset(folder)


@pytest.mark.parametrize("wrong", [np.linalg.inv(CAMERA_FROM_LIDAR), turned("z", 90), turned("z", 180)])
def test_a_calibration_whose_lines_lie_anyhow_is_told(tmp_path: Path, wrong: np.ndarray) -> None:
    """They show points, and there is no depth to compare these with: given back to front, on its side, on its head."""
    (doubt,) = open_dataset(STREET.write(tmp_path, camera_from_lidar=wrong)).doubts
    assert doubt.startswith("Lower lines do not lie lower in the image")


def test_ground_truth_that_agrees_nowhere_is_refused(tmp_path: Path) -> None:
    folder = STREET.write(tmp_path, units_per_m={"ground_truth": 256})
    farther = np.where(STREET.depth_m() > 0, STREET.depth_m() + 30, 0)
    write_u16(folder / "ground_truth.png", 256 * farther)
    with pytest.raises(BadInputError, match=r"agrees with the projected scan .* at [01]% of"):
        open_dataset(folder)


def test_ground_truth_without_a_value_is_refused(tmp_path: Path) -> None:
    folder = STREET.write(tmp_path, units_per_m={"ground_truth": 256})
    write_u16(folder / "ground_truth.png", np.zeros(STREET.size))
    with pytest.raises(BadInputError, match="has no pixel with depth"):
        open_dataset(folder)


def test_a_lens_that_no_camera_has_is_refused(tmp_path: Path) -> None:
    folder = STREET.write(tmp_path, distortion="distortion: [50, 900, 3, 3, 7]\n")
    with pytest.raises(BadInputError, match=r"would keep \d+% of its image"):
        open_dataset(folder)


def test_scans_of_a_single_line_are_refused(tmp_path: Path) -> None:
    folder = StreetTable(elevations_deg=np.array([-2.0])).write(tmp_path)
    with pytest.raises(BadInputError, match="scans of a single line, of which none can be left out"):
        open_dataset(folder)


def test_clouds_with_z_down_are_told(tmp_path: Path) -> None:
    """x ahead, y right, z down, beside a calibration for z up: lines and image are upside down alike."""
    folder = STREET.write(tmp_path)
    for path in folder.glob("*.bin"):
        points = np.fromfile(path, "<f4").reshape(-1, 4) * np.array([1, -1, -1, 1], np.float32)
        points.tofile(path)
    (doubt,) = open_dataset(folder).doubts
    assert "z may point down" in doubt


def test_depth_images_of_kittis_layout_in_millimetres(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, frames=3)
    folder = write_depth_tree(tmp_path, frames=3)
    for path in folder.glob("velodyne_raw/image_02/*.png"):
        stored = io.decode_image_png_u16(path.read_bytes(), (90, 300), "mono").reshape(90, 300)
        write_u16(path, stored / 256 * 1000)
    with pytest.raises(BadInputError, match="as millimetres read as metres"):
        open_dataset(tmp_path)


def test_depth_image_and_ground_truth_without_a_scan(tmp_path: Path) -> None:
    """Whichever of the two is in another unit."""
    for depth, truth in ((256.0, 1000.0), (1000.0, 256.0)):
        folder = STREET.write(tmp_path / f"{depth:g}", units_per_m={"depth": depth, "ground_truth": truth})
        table = (folder / "frames.csv").read_text().splitlines()
        (folder / "frames.csv").write_text("\n".join(line.split(",", 1)[1] for line in table) + "\n")
        with pytest.raises(BadInputError, match=r"times those of the depth image.* millimetres"):
            open_dataset(folder)


def test_real_frames_agree(shared_data: Path, tmp_path: Path) -> None:
    shutil.copytree(shared_data / "kitti_raw", tmp_path / "kitti_raw", ignore=shutil.ignore_patterns("*9999*"))
    shutil.copytree(shared_data / "kitti_depth", tmp_path / "kitti_depth")
    data: Dataset = open_dataset(tmp_path / "kitti_depth")
    assert data.doubts == []
    wrongly = tmp_path / "wrongly"  # calibration files are read once in a process
    (tmp_path / "kitti_raw").rename(wrongly)
    calibration = next(wrongly.glob("*/calib_velo_to_cam.txt"))
    lines = calibration.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("R:"))
    own = np.array(lines[at].split()[1:], float).reshape(3, 3)
    wrong = Rotation.from_euler("x", 0.5, degrees=True).as_matrix() @ own
    lines[at] = "R: " + " ".join(map(repr, wrong.ravel().tolist()))
    calibration.chmod(0o644)
    calibration.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInputError, match="do not fit the depth images"):
        open_dataset(tmp_path / "kitti_depth", ReadOptions(raw=wrongly))
    data = open_dataset(tmp_path / "kitti_depth")
    assert any("do not fit the depth images" in doubt for doubt in data.doubts)


def test_values_beside_points_count_where_pixels_are_not_shared() -> None:
    depth = np.zeros((40, 60), np.float32)
    depth[1::3, 1::3] = 7
    row, column = (grid.ravel() for grid in np.mgrid[0:40:3, 0:60:3])
    found = compare(row, column, np.full(len(row), 14.0), depth)
    assert len(found) == len(row)
    assert found.median == 0.5
    assert (found.agreeing, found.concentrated) == (0, 1)


def test_of_few_pixels_nothing_is_said() -> None:
    few = Agreement(np.full(5, 3.9), np.full(5, 30.0))
    assert require_plausible(Path("depth.png"), "the depth image", "the projected scan", [few]) == []
