"""The raw layout: a closed-form street as oracle, the real drives' verified facts, and what is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.datasets.kitti.real_drives import SCAN, link_real, scan_file
from tests.support.kitti_trees import (
    DAY,
    DRIVE,
    ELEVATIONS_DEG,
    SIZE,
    Street,
    draw,
    still_scan,
    write_raw_tree,
)


def test_what_the_street_gives(tree: Path) -> None:
    data = open_dataset(tree)
    assert isinstance(data, Dataset)
    assert (data.layout, data.n_lines, data.ground_truth, len(data)) == ("kitti_raw", 16, "accumulated", 9)
    np.testing.assert_allclose(data.elevation_deg, ELEVATIONS_DEG, atol=1e-3)
    assert data.frame_ids[3] == f"{DRIVE}/image_02/0000000003"
    assert set(data.drives) == {DRIVE}
    assert not data.problems
    assert "oxts" in " ".join(data.notes)
    street = Street()
    frame, scan = data.frame(4), data.scan(4)
    assert scan is not None
    np.testing.assert_array_equal(scan.line, street.scan(4)[1])
    assert frame.size == SIZE
    assert frame.image is not None
    assert frame.image.shape == (*SIZE, 3)
    # de-skewed with oxts: the points lie where a lidar that stood still would have seen them
    expected = draw(still_scan(street, 4))
    drawn = frame.points.draw(*SIZE)
    both = (drawn > 0) & (expected > 0)
    assert both.sum() >= 0.995 * (expected > 0).sum()
    np.testing.assert_allclose(drawn[both], expected[both], atol=1e-3)


def test_accumulated_ground_truth_is_exact_depth(tree: Path) -> None:
    frame = open_dataset(tree).frame(4)
    assert frame.ground_truth_m is not None
    exact = Street().depth(4)
    there = (frame.ground_truth_m > 0) & (exact > 0)
    own = (frame.points.draw(*SIZE) > 0).sum()
    assert there.sum() > 3 * own
    error = np.abs(frame.ground_truth_m - exact)[there] / exact[there]
    assert (error < 0.03).mean() > 0.97
    assert np.median(error) < 0.005


@pytest.mark.parametrize("inside", ["", DAY, f"{DAY}/{DRIVE}"])
def test_root_date_or_drive_are_the_same_data(tree: Path, inside: str) -> None:
    data = open_dataset(tree / inside, SCAN)
    assert data.frame_ids[0] == f"{DRIVE}/image_02/0000000000"
    assert len(data) == 9


def test_scan_as_ground_truth(tree: Path) -> None:
    data = open_dataset(tree, SCAN)
    frame = data.frame(0)
    assert data.ground_truth == "scan"
    np.testing.assert_array_equal(frame.ground_truth_m, frame.points.draw(*SIZE))
    assert "own full scan" in data.notes[0]


def test_frames_without_neighbours_are_left_out_by_name(copy: Path) -> None:
    for frame in (4, 5, 6, 7):
        scan_file(copy, frame).unlink()
    lonely = scan_file(copy, 50)
    shutil.copy(scan_file(copy, 0), lonely)
    shutil.copy(
        copy / DAY / DRIVE / "image_02/data/0000000000.png", copy / DAY / DRIVE / "image_02/data/0000000050.png"
    )
    shutil.copy(copy / DAY / DRIVE / "oxts/data/0000000008.txt", copy / DAY / DRIVE / "oxts/data/0000000050.txt")
    data = open_dataset(copy)
    assert [name[-2:] for name in data.frame_ids] == ["00", "01", "02", "03"]  # 8 sees 3 only, 50 none
    assert "0000000050" in data.notes[-1]
    assert "0000000008" in data.notes[-1]
    assert not data.problems


def test_a_single_frame_falls_back_to_its_scan(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, frames=1)
    assert open_dataset(tmp_path).ground_truth == "scan"
    with pytest.raises(BadInputError, match=r"no frame has two neighbouring scans.*--ground-truth scan"):
        open_dataset(tmp_path, ReadOptions(ground_truth="accumulated"))


@pytest.mark.parametrize("wanted", ["official", "dense"])
def test_ground_truth_the_layout_has_not(tree: Path, wanted: str) -> None:
    with pytest.raises(BadInputError, match=f"no {wanted} ground truth"):
        open_dataset(tree, ReadOptions(ground_truth=wanted))  # type: ignore[arg-type]


def test_no_images_at_all(copy: Path) -> None:
    shutil.rmtree(copy / DAY / DRIVE / "image_02")
    data = open_dataset(copy)
    assert len(data) == 9
    assert data.frame(0).image is None
    assert data.frame(0).size == SIZE


def test_unpaired_scans_and_images_are_noted(copy: Path) -> None:
    (copy / DAY / DRIVE / "image_02/data/0000000008.png").unlink()
    data = open_dataset(copy)
    assert len(data) == 8
    assert "9 scans and 8 images, of which 8 pair up" in data.notes[0]


def test_fingerprint_tells_data_and_reading_apart(copy: Path, tree: Path) -> None:
    before = open_dataset(copy, SCAN).fingerprint
    assert before == open_dataset(tree, SCAN).fingerprint  # wherever it lies
    assert before != open_dataset(tree).fingerprint
    calibration = copy / DAY / "calib_velo_to_cam.txt"
    text = calibration.read_text()
    calibration.write_text(text.replace("e-02", "e-03", 1))
    assert open_dataset(copy, SCAN).fingerprint != before
    calibration.write_text(text)
    assert open_dataset(copy, SCAN).fingerprint == before
    points = np.fromfile(scan_file(copy, 5), "<f4")
    points[0] += 0.5
    points.tofile(scan_file(copy, 5))
    assert open_dataset(copy, SCAN).fingerprint != before


def test_real_drives(shared_data: Path) -> None:
    data = open_dataset(shared_data / "kitti_raw", SCAN)
    assert (len(data), data.n_lines, data.sensor) == (33, 64, "Velodyne HDL-64E")
    assert not data.problems
    frame, scan = data.frame(0), data.scan(0)
    assert frame.frame_id == "2011_09_26_drive_0001_sync/image_02/0000000005"
    assert scan is not None
    assert len(scan.xyz_m) == 121_948
    assert np.flatnonzero(frame.points.count_by_line(64)).tolist() == list(range(46))
    assert frame.size == (375, 1242)
    assert 0.039 < (frame.points.draw(*frame.size) > 0).mean() < 0.0425


def test_a_real_drive_without_oxts_is_accumulated_by_kiss_icp(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("kiss_icp")
    source = shared_data / "kitti_raw/2011_09_26"
    link_real(source, tmp_path, range(11, 20))
    data = open_dataset(tmp_path, ReadOptions(follow_links=True))
    assert data.ground_truth == "accumulated"
    assert "KISS-ICP" in data.notes[0]
    truth = data.frame(4).ground_truth_m
    assert truth is not None
    assert (truth > 0).mean() >= 0.15
