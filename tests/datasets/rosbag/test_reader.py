"""ROS bags: of both generations beside the same frames in KITTI's layout, pairing by stamps, and what is refused."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lidarsel.contracts import read_contract
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.parts.pairing import pair
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.drive_motion import RegisteredMotion
from lidarsel.datasets.scans.scan_dataset import ScanDataset
from lidarsel.errors import BadInputError
from lidarsel.geometry.unordered import LaserCones
from lidarsel.sensor_file import SensorFile
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import SIZE, Street, write_yaml_calibration

pytest.importorskip("rosbags", reason="needs the extra 'ros'")
from tests.datasets.rosbag.bags import KINDS, MS, SCAN, assert_same_frames, place, storage
from tests.support.ros_bags import BagPlan, Kind, image_of, in_firing_order, write_bag


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_frames_as_in_kittis_layout(bags: Path, kitti: Dataset, kind: Kind) -> None:
    data = open_dataset(bags / kind, SCAN)
    assert isinstance(data, Dataset)
    assert (data.layout, data.ground_truth, data.sensor) == ("rosbag", "scan", "16-line lidar")
    name = place(bags, kind).name
    assert list(data.frame_ids) == [f"{name}/{i:06d}" for i in range(3)]
    assert set(data.drives) == {name}
    assert not data.problems
    assert_same_frames(data, kitti)
    for i in (2, 0, 1):  # in any order
        frame = data.frame(i)
        assert frame.image is not None
        np.testing.assert_array_equal(frame.image, image_of(i))


@pytest.mark.parametrize("kind", KINDS)
def test_a_bag_is_read_by_its_own_name_too(bags: Path, kind: Kind) -> None:
    names = [bags / kind, place(bags / kind, kind), storage(bags / kind, kind)]
    assert [len(open_dataset(name, SCAN)) for name in names] == [3, 3, 3]


def test_a_folder_of_bags_is_a_data_set_of_drives(bags: Path, tmp_path: Path) -> None:
    shutil.copyfile(storage(bags / "ros1", "ros1"), tmp_path / "a.bag")
    shutil.copytree(place(bags / "mcap", "mcap"), tmp_path / "b")
    data = open_dataset(tmp_path, SCAN)
    assert list(data.drives) == ["a.bag"] * 3 + ["b"] * 3
    assert len(set(data.frame_ids)) == 6


@pytest.mark.parametrize("kind", ["ros1", "sqlite3"])
@pytest.mark.parametrize(("ring_type", "big_endian"), [(2, True), (4, True), (6, True), (2, False), (5, False)])
def test_points_of_either_byte_order_and_any_ring_type(
    tmp_path: Path, kitti: Dataset, kind: Kind, ring_type: int, big_endian: bool
) -> None:
    write_bag(place(tmp_path, kind), kind, BagPlan(ring_type=ring_type, big_endian=big_endian))
    assert_same_frames(open_dataset(tmp_path, SCAN), kitti)


@pytest.mark.parametrize("kind", ["ros1", "mcap"])
def test_points_without_ring_are_numbered_by_the_sensors_calibration(tmp_path: Path, kind: Kind) -> None:
    made = BagPlan(without_ring=True)
    bag = write_bag(place(tmp_path, kind), kind, made)
    assert_refused(lidarsel("inspect", bag), "without ring", "lidarsel calibrate", "--sensor")
    assert "16 lines" in succeeded(lidarsel("calibrate", bag, "-o", tmp_path / "sensor.yaml"))
    cones = read_contract(tmp_path / "sensor.yaml", SensorFile).cones()
    data = open_dataset(bag, ReadOptions("scan", sensor=cones))
    assert data.sensor == "16-line lidar"
    for number in range(made.frames):
        xyz, line = in_firing_order(made, number)
        scan = data.scan(number)
        assert scan is not None
        np.testing.assert_allclose(scan.xyz_m, xyz, atol=1e-4)
        assert np.array_equal(scan.line, line)
    other = LaserCones(cones.elevation_deg + 0.5, cones.height_m, cones.tolerance_deg)
    with pytest.raises(BadInputError, match=r"/lidar/points at 1600000000.* does not fit the sensor file"):
        open_dataset(bag, ReadOptions("scan", sensor=other))


@pytest.mark.parametrize("encoding", ["bgr8", "mono8", "jpeg", "png"])
def test_images_of_every_encoding(tmp_path: Path, encoding: str) -> None:
    write_bag(tmp_path / "log.bag", "ros1", BagPlan(encoding=encoding))
    image = open_dataset(tmp_path, SCAN).frame(2).image
    assert image is not None
    wanted = image_of(2)
    if encoding == "mono8":
        wanted = np.repeat(wanted[..., :1], 3, axis=2)
    apart = np.abs(image.astype(int) - wanted)
    assert apart.mean() < 2 if encoding == "jpeg" else not apart.any()


@dataclass
class Elsewhere(Street):
    """Every frame is of another street, and looks another way along it."""

    def scan(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        xyz, line = Street(end_m=12.0 + 9 * (frame % 2), half_width_m=4.0 + 3 * (frame % 3)).scan(0)
        turn = Rotation.from_euler("z", 65 * frame, degrees=True).as_matrix()
        return xyz @ turn.T, line


def test_scans_that_do_not_follow_each_other_are_not_accumulated(tmp_path: Path) -> None:
    pytest.importorskip("kiss_icp")
    write_bag(tmp_path / "log.bag", "ros1", BagPlan(frames=6, street=Elsewhere()))
    data = open_dataset(tmp_path)
    assert (data.ground_truth, len(data)) == ("scan", 6)
    assert "do not follow each other" in " ".join(data.notes)
    assert "Scans are accumulated" not in " ".join(data.notes)


def test_accumulated_ground_truth_has_the_poses_of_all_scans(tmp_path: Path) -> None:
    """Those that KISS-ICP gives for the street's own points; a scan without image takes part, but is no frame."""
    pytest.importorskip("kiss_icp")
    made = BagPlan(frames=5, without_image=(1,), street=Street(azimuth_step_deg=0.4, end_m=12.0))
    write_bag(tmp_path / "log.bag", "ros1", made)
    data = open_dataset(tmp_path)
    assert isinstance(data, ScanDataset)
    assert (data.ground_truth, len(data)) == ("accumulated", 4)
    assert "KISS-ICP" in " ".join(data.notes)
    truth, own = data.frame(1).ground_truth_m, data.frame(1).points.draw(*SIZE)
    assert truth is not None
    assert (truth[own == 0] > 0).any()
    oracle = RegisteredMotion(
        tmp_path, range(5), lambda n: in_firing_order(made, n)[0].astype(np.float32), deskewed=True
    )
    (motion,) = {shot.drive.motion for shot in data.shots}
    assert motion is not None
    for other in (0, 1, 4):
        np.testing.assert_array_equal(motion.pose_between(2, other), oracle.pose_between(2, other))


def test_scan_and_image_pair_by_their_stamps(tmp_path: Path) -> None:
    """Image 1 is 70 ms late, nearer to the next scan, which has a nearer one; image 3 is lost."""
    write_bag(tmp_path / "log.bag", "ros1", BagPlan(frames=5, late_ns={1: 70 * MS, 2: -20 * MS}, without_image=(3,)))
    data = open_dataset(tmp_path, SCAN)
    assert list(data.frame_ids) == [f"log.bag/{i:06d}" for i in (0, 2, 4)]
    assert "2 of 5 scans are left out as frames" in " ".join(data.notes)
    image = data.frame(1).image
    assert image is not None
    np.testing.assert_array_equal(image, image_of(2))


def test_two_clocks_that_never_meet_are_refused(tmp_path: Path) -> None:
    write_bag(tmp_path / "log.bag", "ros1", BagPlan(late_ns=dict.fromkeys(range(3), 3_600_000 * MS)))
    with pytest.raises(BadInputError, match="3 scans and 3 images, of which no two are within 50 ms"):
        open_dataset(tmp_path)


def test_headers_without_time_fall_back_on_recording_and_say_so(tmp_path: Path) -> None:
    write_bag(tmp_path / "log", "sqlite3", BagPlan(stamped=False))
    data = open_dataset(tmp_path, SCAN)
    assert len(data) == 3
    assert "times of recording are taken" in " ".join(data.notes)


STAMPS = st.lists(st.integers(0, 1000), max_size=12, unique=True).map(sorted)


@given(STAMPS, STAMPS)
def test_pairs_are_each_others_nearest(scans: list[int], images: list[int]) -> None:
    """Against every pair looked at; of two as near, the earlier one is nearest."""
    nearest_image = [min(range(len(images)), key=lambda i: abs(images[i] - s), default=None) for s in scans]
    nearest_scan = [min(range(len(scans)), key=lambda k: abs(scans[k] - i), default=None) for i in images]
    wanted = {
        s: i
        for s, i in enumerate(nearest_image)
        if i is not None and nearest_scan[i] == s and abs(images[i] - scans[s]) <= 50
    }
    assert pair([s * MS for s in scans], [i * MS for i in images]) == wanted


def test_several_topics_are_refused_by_name_until_one_is_named(tmp_path: Path) -> None:
    write_bag(tmp_path / "log.bag", "ros1", BagPlan(more_image_topics=("/rear/image_rect",)))
    assert_refused(lidarsel("inspect", tmp_path), "/front/image_rect, /rear/image_rect", tmp_path / "rosbag.yaml")
    (tmp_path / "rosbag.yaml").write_text("image: /front/image_rect\n")
    assert len(open_dataset(tmp_path, SCAN)) == 3
    (tmp_path / "rosbag.yaml").write_text("image: /side/image_rect\n")
    with pytest.raises(BadInputError, match=r"rosbag\.yaml: names image: /side/image_rect"):
        open_dataset(tmp_path, SCAN)
    (tmp_path / "rosbag.yaml").write_text("lidar: /lidar/points\n")
    with pytest.raises(BadInputError, match=r"rosbag\.yaml: .*unknown field `lidar`"):
        open_dataset(tmp_path, SCAN)


@pytest.mark.parametrize("kind", KINDS)
def test_calibration_yaml_stands_for_transforms(tmp_path: Path, kind: Kind, kitti: Dataset) -> None:
    write_bag(place(tmp_path, kind), kind, BagPlan(tf=False))
    with pytest.raises(BadInputError, match=r"does not link 'lidar' with 'camera' in /tf_static; write .*calibration"):
        open_dataset(tmp_path, SCAN)
    write_yaml_calibration(tmp_path)
    assert_same_frames(open_dataset(tmp_path, SCAN), kitti)


@pytest.mark.parametrize(("topic", "told"), [("/front/image_raw", True), ("/front/image_rect", False)])
def test_distorted_images_are_freed_and_told(tmp_path: Path, topic: str, told: bool) -> None:
    write_bag(tmp_path / "log.bag", "ros1", BagPlan(image_topic=topic, distortion=-0.3))
    data = open_dataset(tmp_path, SCAN)
    assert ("freed of their lens's distortion" in " ".join(data.notes)) == told
    image, calibration = data.frame(0).image, data.frame(0).calibration
    assert image is not None
    assert calibration is not None
    assert np.array_equal(image, image_of(0)) != told
    assert bool(calibration.camera_matrix[:, 3].any()) != told  # K has no baseline


def test_a_fisheye_lens_is_refused_by_name(tmp_path: Path) -> None:
    write_bag(
        tmp_path / "log.bag", "ros1", BagPlan(image_topic="/front/image_raw", distortion=-0.3, lens="equidistant")
    )
    with pytest.raises(BadInputError, match=r"distortion_model of its CameraInfo is equidistant, of a fisheye lens"):
        open_dataset(tmp_path, SCAN)


def test_inspect_tells_what_is_there(bags: Path) -> None:
    done = lidarsel("inspect", place(bags / "sqlite3", "sqlite3"), "--ground-truth", "scan", "--json")
    facts = json.loads(succeeded(done))
    assert (facts["layout"], facts["n_lines"], facts["n_frames"]) == ("rosbag", 16, 3)
