"""Raw trees whose files are damaged, missing or do not pair up: told by name, refused, or left out."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.datasets.kitti.real_drives import SCAN, link_real, scan_file
from tests.support.kitti_trees import (
    DAY,
    DRIVE,
    Street,
    write_image,
    write_scan,
)


def test_a_truncated_scan_is_a_problem_and_refused(copy: Path) -> None:
    path = scan_file(copy, 3)
    path.write_bytes(path.read_bytes()[: 16 * 4700])
    data = open_dataset(copy)
    assert [p.path for p in data.problems] == [path]
    assert "cut short" in data.problems[0].message
    with pytest.raises(BadInputError, match=r"0000000003\.bin: is cut short.*--skip-bad"):
        data.frame(3)
    with pytest.raises(BadInputError, match=r"0000000003\.bin"):
        data.frame(4)  # whose ground truth needs it
    skipped = open_dataset(copy, ReadOptions(skip_bad=True))
    assert len(skipped) == 8
    assert not any(name.endswith("3") for name in skipped.frame_ids)
    assert [p.path for p in skipped.problems] == [path]
    truth = skipped.frame(3).ground_truth_m
    assert truth is not None
    assert (truth > 0).any()


def test_a_scan_with_whole_lines_missing_is_a_problem(copy: Path) -> None:
    xyz, line = Street().scan(2)
    write_scan(scan_file(copy, 2), xyz[line < 11])
    data = open_dataset(copy, SCAN)
    assert [p.message for p in data.problems] == ["has 11 lines where the data set has 16"]
    with pytest.raises(BadInputError, match="has 11 lines where the data set has 16"):
        data.frame(2)


def test_the_real_damaged_scan_among_real_ones(shared_data: Path, tmp_path: Path) -> None:
    drive = link_real(shared_data / "kitti_raw/2011_09_26", tmp_path, range(4))
    damaged = drive / "velodyne_points/data/0000000002.bin"
    damaged.unlink()
    shutil.copy(shared_data / "edge_cases/kitti_raw_truncated_39_lines.bin", damaged)
    linked = replace(SCAN, follow_links=True)
    data = open_dataset(tmp_path, linked)
    assert data.n_lines == 64
    assert [(p.path.name, p.message) for p in data.problems] == [
        ("0000000002.bin", "is cut short: 39 lines, the last one not whole")
    ]
    assert len(open_dataset(tmp_path, replace(linked, skip_bad=True))) == 3


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda p: p.write_bytes(b""), "is empty"),
        (lambda p: p.write_bytes(p.read_bytes()[:-3]), "no multiple of 16"),
        (lambda p: p.write_bytes(bytes(1600)), "no point away from the lidar"),
        (
            lambda p: p.write_bytes(
                np.random.default_rng(0).permutation(np.fromfile(p, "<f4").reshape(-1, 4)).tobytes()
            ),
            "no scan order",
        ),
    ],
    ids=["empty", "odd size", "zeros", "shuffled"],
)
def test_damaged_scans(copy: Path, damage, said: str) -> None:  # type: ignore[no-untyped-def]
    path = scan_file(copy, 1)
    damage(path)
    data = open_dataset(copy, SCAN)
    assert [p.path for p in data.problems] == [path]
    assert said in data.problems[0].message
    with pytest.raises(BadInputError, match=said) as refused:
        data.frame(1)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_no_return_counts_nowhere(copy: Path, value: float) -> None:
    path = scan_file(copy, 1)
    whole = open_dataset(copy, SCAN).scan(1)
    points = np.fromfile(path, "<f4").reshape(-1, 4)
    gone = np.full((len(points) // 2, 4), value, "<f4")
    np.insert(points, np.arange(len(gone)) * 2, gone, axis=0).tofile(path)
    data = open_dataset(copy, SCAN)
    scan = data.scan(1)
    assert whole is not None
    assert scan is not None
    assert data.problems == []
    np.testing.assert_array_equal(scan.xyz_m, whole.xyz_m)
    np.testing.assert_array_equal(scan.line, whole.line)


@pytest.mark.parametrize("name", ["calib_cam_to_cam.txt", "calib_velo_to_cam.txt", "calib_imu_to_velo.txt"])
def test_a_missing_calibration_file_is_named(copy: Path, name: str) -> None:
    (copy / DAY / name).unlink()
    with pytest.raises(BadInputError, match=f"{name}: calibration file is missing"):
        open_dataset(copy)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("P_rect_02:", "P_rect_09:", "has no line 'P_rect_02:'"),
        ("R_rect_00:", "R_rect_00: x", "no number"),
        ("S_rect_02:", "S_rect_02: 1", "2 finite"),
    ],
)
def test_a_damaged_calibration_file_is_named(copy: Path, old: str, new: str, said: str) -> None:
    path = copy / DAY / "calib_cam_to_cam.txt"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadInputError, match=said):
        open_dataset(copy)


def test_an_image_of_another_size_is_refused(copy: Path) -> None:
    path = copy / DAY / DRIVE / "image_02/data/0000000002.png"
    write_image(path, 80, 300)
    data = open_dataset(copy, SCAN)
    assert [p.path for p in data.problems] == [path]
    with pytest.raises(BadInputError, match="is 300x80 pixels where the calibration is for 300x90"):
        data.frame(2)


def test_an_image_that_is_none_is_refused(copy: Path) -> None:
    path = copy / DAY / DRIVE / "image_02/data/0000000002.png"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(BadInputError, match=r"0000000002\.png: cannot be decoded"):
        open_dataset(copy, SCAN).frame(2)


def test_a_damaged_oxts_record_is_named(copy: Path) -> None:
    (copy / DAY / DRIVE / "oxts/data/0000000001.txt").write_text("1 2 3\n")
    with pytest.raises(BadInputError, match=r"0000000001\.txt: is no oxts record"):
        open_dataset(copy).frame(0)


def test_oxts_with_a_gap_are_not_used_and_noted(copy: Path) -> None:
    (copy / DAY / DRIVE / "oxts/data/0000000004.txt").unlink()
    data = open_dataset(copy, SCAN)
    assert "1 of 9 scans lack their oxts; none are used" in data.notes[0]


def test_every_frame_damaged(copy: Path) -> None:
    for frame in range(9):
        scan_file(copy, frame).write_bytes(b"123")
    with pytest.raises(BadInputError, match="no multiple of 16"):
        open_dataset(copy)
