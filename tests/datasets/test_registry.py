"""Layouts are recognised by looking; what is none is refused with what was looked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import READERS, open_dataset
from lidarsel.errors import BadInputError


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nowhere: does not exist"):
        open_dataset(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError, match="file: is no folder"):
        open_dataset(tmp_path / "file")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is empty"):
        open_dataset(tmp_path)


def test_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("sun")
    with pytest.raises(BadInputError, match=r"no data set in a known layout \(looked for .*proj_depth") as refused:
        open_dataset(tmp_path)
    for looked_for in ("velodyne_points", "sequences", "training"):
        assert looked_for in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_of_data_sets_names_them(shared_data: Path) -> None:
    with pytest.raises(BadInputError, match=r"give one of its folders .*kitti_depth, .*kitti_raw"):
        open_dataset(shared_data)


def test_a_raw_folder_is_for_depth_completion_only(shared_data: Path) -> None:
    with pytest.raises(BadInputError, match="takes no raw folder; leave --raw out"):
        open_dataset(shared_data / "kitti_object", ReadOptions(raw=shared_data / "kitti_raw"))


def test_a_raw_drive_without_scans(tmp_path: Path) -> None:
    (tmp_path / "2011_09_26/2011_09_26_drive_0001_sync/velodyne_points/data").mkdir(parents=True)
    with pytest.raises(BadInputError, match="holds no scan"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("module", READERS.values())
def test_readers_load_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print({{'torch', 'open3d', 'kornia', 'kiss_icp'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "set()"
