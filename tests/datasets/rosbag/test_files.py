"""Bags as files: compressed, split, without definitions, cut short, read by several processes."""

import contextlib
import multiprocessing
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
import yaml

from lidarsel.datasets.base import Dataset
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel

pytest.importorskip("rosbags", reason="needs the extra 'ros'")
from tests.datasets.rosbag.bags import KINDS, SCAN, assert_same_frames, place, storage
from tests.support.ros_bags import FRAME_NS, BagPlan, Kind, write_bag

_shared: list[Dataset] = []


@pytest.mark.parametrize(
    ("kind", "compression"),
    [("ros1", "LZ4"), ("ros1", "BZ2"), ("sqlite3", "FILE"), ("sqlite3", "MESSAGE"), ("mcap", "STORAGE")],
)
def test_compressed_bags(tmp_path: Path, kitti: Dataset, kind: Kind, compression: str) -> None:
    write_bag(place(tmp_path, kind), kind, BagPlan(compression=compression))
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
    write_bag(tmp_path / "first", "sqlite3", BagPlan(frames=1))
    write_bag(tmp_path / "second", "sqlite3", BagPlan(first=1, frames=2))
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


def _depth_of(index: int) -> float:
    return float(_shared[0].frame(index % 3).points.depth_m.sum())


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
        (BagPlan(without_ring=True), "/lidar/points at 1600000000.0.* s has points without ring"),
        (BagPlan(encoding="bayer_rggb8"), "/front/image_rect at .* has an image of encoding 'bayer_rggb8'"),
    ],
)
def test_messages_that_cannot_be_used_are_named(tmp_path: Path, made: BagPlan, complaint: str) -> None:
    write_bag(tmp_path / "log.bag", "ros1", made)
    with pytest.raises(BadInputError, match=complaint):
        open_dataset(tmp_path, SCAN)


def test_without_rosbags_the_extra_is_named(bags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rosbags", None)
    with pytest.raises(BadInputError, match=r"pip install 'lidarsel\[ros\]'"):
        open_dataset(bags / "ros1")
