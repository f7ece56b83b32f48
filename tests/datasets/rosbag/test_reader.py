"""ROS bags: of both generations beside the same frames in KITTI's layout, pairing by stamps, and what is refused."""

import contextlib
import json
import multiprocessing
import shutil
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.contracts import SensorFile, read_contract
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.rosbag.log import pair
from lidarsel.datasets.scans.drive_motion import RegisteredMotion
from lidarsel.datasets.scans.scan_dataset import ScanDataset
from lidarsel.errors import BadInputError
from lidarsel.geometry.unordered import LaserCones
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX, SIZE, Street, write_raw_tree

pytest.importorskip("rosbags", reason="needs the extra 'ros'")
from tests.support.ros_bags import FRAME_NS, Kind, Made, image_of, in_firing_order, write_bag

SCAN = ReadOptions(ground_truth="scan")
KINDS: tuple[Kind, ...] = ("ros1", "sqlite3", "mcap")
MS = 1_000_000


def place(root: Path, kind: Kind) -> Path:
    return root / ("log.bag" if kind == "ros1" else "log")


def storage(root: Path, kind: Kind) -> Path:
    suffix = {"ros1": "log.bag", "sqlite3": "log/log.db3", "mcap": "log/log.mcap"}
    return root / suffix[kind]


@pytest.fixture(scope="module")
def kitti(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("kitti")
    write_raw_tree(root, frames=3, oxts=False)
    return open_dataset(root, SCAN)


@pytest.fixture(scope="module")
def bags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bag of each kind in a folder of its own."""
    root = tmp_path_factory.mktemp("bags")
    for kind in KINDS:
        write_bag(place(root / kind, kind), kind)
    return root


def assert_same_frames(ours: Dataset, kitti: Dataset) -> None:
    assert (ours.n_lines, len(ours)) == (kitti.n_lines, len(kitti))
    np.testing.assert_allclose(ours.elevation_deg, kitti.elevation_deg, atol=1e-4)
    for i in range(len(kitti)):
        mine, other = ours.frame(i).points, kitti.frame(i).points
        assert len(mine) == len(other)
        by = [np.lexsort((p.depth_m, p.line, p.row, p.column)) for p in (mine, other)]
        same = np.all([getattr(mine, k)[by[0]] == getattr(other, k)[by[1]] for k in ("row", "column", "line")], axis=0)
        assert same.mean() > 0.999  # two ways to the same matrix round differently at the edge of a pixel
        np.testing.assert_allclose(mine.depth_m[by[0]][same], other.depth_m[by[1]][same], rtol=1e-4)


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
    write_bag(place(tmp_path, kind), kind, Made(ring_type=ring_type, big_endian=big_endian))
    assert_same_frames(open_dataset(tmp_path, SCAN), kitti)


@pytest.mark.parametrize("kind", ["ros1", "mcap"])
def test_points_without_ring_are_numbered_by_the_sensors_calibration(tmp_path: Path, kind: Kind) -> None:
    made = Made(without_ring=True)
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
    write_bag(tmp_path / "log.bag", "ros1", Made(encoding=encoding))
    image = open_dataset(tmp_path, SCAN).frame(2).image
    assert image is not None
    wanted = image_of(2)
    if encoding == "mono8":
        wanted = np.repeat(wanted[..., :1], 3, axis=2)
    apart = np.abs(image.astype(int) - wanted)
    assert apart.mean() < 2 if encoding == "jpeg" else not apart.any()


def test_accumulated_ground_truth_has_the_poses_of_all_scans(tmp_path: Path) -> None:
    """Those that KISS-ICP gives for the street's own points; a scan without image takes part, but is no frame."""
    pytest.importorskip("kiss_icp")
    made = Made(frames=5, without_image=(1,), street=Street(azimuth_step_deg=0.4, end_m=12.0))
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
    write_bag(tmp_path / "log.bag", "ros1", Made(frames=5, late_ns={1: 70 * MS, 2: -20 * MS}, without_image=(3,)))
    data = open_dataset(tmp_path, SCAN)
    assert list(data.frame_ids) == [f"log.bag/{i:06d}" for i in (0, 2, 4)]
    assert "2 of 5 scans are left out as frames" in " ".join(data.notes)
    image = data.frame(1).image
    assert image is not None
    np.testing.assert_array_equal(image, image_of(2))


def test_two_clocks_that_never_meet_are_refused(tmp_path: Path) -> None:
    write_bag(tmp_path / "log.bag", "ros1", Made(late_ns=dict.fromkeys(range(3), 3_600_000 * MS)))
    with pytest.raises(BadInputError, match="3 scans and 3 images, of which no two are within 50 ms"):
        open_dataset(tmp_path)


def test_headers_without_time_fall_back_on_recording_and_say_so(tmp_path: Path) -> None:
    write_bag(tmp_path / "log", "sqlite3", Made(stamped=False))
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
    write_bag(tmp_path / "log.bag", "ros1", Made(more_image_topics=("/rear/image_rect",)))
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
    write_bag(place(tmp_path, kind), kind, Made(tf=False))
    with pytest.raises(BadInputError, match=r"does not link 'lidar' with 'camera' in /tf_static; write .*calibration"):
        open_dataset(tmp_path, SCAN)
    content = {
        "camera_matrix": CAMERA_MATRIX.tolist(),
        "camera_from_lidar": CAMERA_FROM_LIDAR.tolist(),
        "image_size": list(SIZE),
    }
    (tmp_path / "calibration.yaml").write_text(yaml.safe_dump(content))
    assert_same_frames(open_dataset(tmp_path, SCAN), kitti)


@pytest.mark.parametrize(("topic", "told"), [("/front/image_raw", True), ("/front/image_rect", False)])
def test_distorted_images_are_told(tmp_path: Path, topic: str, told: bool) -> None:
    write_bag(tmp_path / "log.bag", "ros1", Made(image_topic=topic, distortion=-0.3))
    assert ("lens distortion" in " ".join(open_dataset(tmp_path, SCAN).notes)) == told


@pytest.mark.parametrize(
    ("kind", "compression"),
    [("ros1", "LZ4"), ("ros1", "BZ2"), ("sqlite3", "FILE"), ("sqlite3", "MESSAGE"), ("mcap", "STORAGE")],
)
def test_compressed_bags(tmp_path: Path, kitti: Dataset, kind: Kind, compression: str) -> None:
    write_bag(place(tmp_path, kind), kind, Made(compression=compression))
    assert_same_frames(open_dataset(tmp_path, SCAN), kitti)


def test_a_bag_without_definitions(tmp_path: Path, kitti: Dataset) -> None:
    """As ROS 2 Humble writes it: schema 3, no definitions of messages, no hashes of types."""
    write_bag(tmp_path / "log", "sqlite3")
    with contextlib.closing(sqlite3.connect(tmp_path / "log/log.db3")) as database:
        database.executescript(
            "UPDATE schema SET schema_version = 3; DROP TABLE message_definitions;"
            "ALTER TABLE topics DROP COLUMN type_description_hash;"
        )
    path = tmp_path / "log/metadata.yaml"
    facts = yaml.safe_load(path.read_text())
    for topic in facts["rosbag2_bagfile_information"]["topics_with_message_count"]:
        del topic["topic_metadata"]["type_description_hash"]
    path.write_text(yaml.safe_dump(facts))
    assert_same_frames(open_dataset(tmp_path, SCAN), kitti)


def test_a_split_bag_of_ros_2_is_one_drive(tmp_path: Path, kitti: Dataset) -> None:
    write_bag(tmp_path / "first", "sqlite3", Made(frames=1))
    write_bag(tmp_path / "second", "sqlite3", Made(first=1, frames=2))
    whole = tmp_path / "whole"
    whole.mkdir()
    parts = [yaml.safe_load((tmp_path / n / "metadata.yaml").read_text()) for n in ("first", "second")]
    facts, more = (part["rosbag2_bagfile_information"] for part in parts)
    for name in ("first", "second"):
        shutil.move(tmp_path / name / f"{name}.db3", whole)
        shutil.rmtree(tmp_path / name)
    facts["relative_file_paths"] += more["relative_file_paths"]
    facts["files"] += more["files"]
    facts["duration"]["nanoseconds"] += more["duration"]["nanoseconds"] + FRAME_NS
    facts["message_count"] += more["message_count"]
    (whole / "metadata.yaml").write_text(yaml.safe_dump(parts[0]))
    data = open_dataset(tmp_path, SCAN)
    assert_same_frames(data, kitti)
    before = data.fingerprint
    path = whole / "second.db3"
    path.write_bytes(path.read_bytes() + bytes(4096))
    assert open_dataset(tmp_path, SCAN).fingerprint != before


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork")
@pytest.mark.parametrize("kind", ["ros1", "mcap"])
def test_forked_processes_read_at_once(bags: Path, kind: Kind) -> None:
    """As the training's loaders do: the data set is opened before the fork."""
    data = open_dataset(bags / kind, SCAN)
    wanted = [float(data.frame(i % 3).points.depth_m.sum()) for i in range(12)]
    _shared[:] = [data]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(_depth_of, range(12), chunksize=1) == wanted


_shared: list[Dataset] = []


def _depth_of(index: int) -> float:
    return float(_shared[0].frame(index % 3).points.depth_m.sum())


def test_inspect_tells_what_is_there(bags: Path) -> None:
    done = lidarsel("inspect", place(bags / "sqlite3", "sqlite3"), "--ground-truth", "scan", "--json")
    facts = json.loads(succeeded(done))
    assert (facts["layout"], facts["n_lines"], facts["n_frames"]) == ("rosbag", 16, 3)


def test_a_bag_cut_short_is_one_line(bags: Path, tmp_path: Path) -> None:
    whole = (bags / "ros1/log.bag").read_bytes()
    (tmp_path / "log.bag").write_bytes(whole[: len(whole) * 6 // 10])
    assert_refused(lidarsel("inspect", tmp_path), tmp_path / "log.bag", "cannot be read as a ROS bag")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.6, 0.999])
def test_wherever_a_bag_is_cut_it_is_named(bags: Path, tmp_path: Path, kind: Kind, share: float) -> None:
    shutil.copytree(bags / kind, tmp_path, dirs_exist_ok=True)
    path = storage(tmp_path, kind)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(BadInputError, match="log"):
        open_dataset(tmp_path, SCAN).frame(2)


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (Made(without_ring=True), "/lidar/points at 1600000000.0.* s has points without ring"),
        (Made(encoding="bayer_rggb8"), "/front/image_rect at .* has an image of encoding 'bayer_rggb8'"),
    ],
)
def test_messages_that_cannot_be_used_are_named(tmp_path: Path, made: Made, complaint: str) -> None:
    write_bag(tmp_path / "log.bag", "ros1", made)
    with pytest.raises(BadInputError, match=complaint):
        open_dataset(tmp_path, SCAN)


def test_without_rosbags_the_extra_is_named(bags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rosbags", None)
    with pytest.raises(BadInputError, match=r"pip install 'lidarsel\[ros\]'"):
        open_dataset(bags / "ros1")
