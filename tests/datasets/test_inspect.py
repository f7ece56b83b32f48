"""What inspect tells, and the picture of the lines."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.inspect import inspect_dataset
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.frame import Frame, ImagePoints
from lidarsel.report.pictures.lines_on_image import draw_lines_on_image
from tests.support.kitti_trees import (
    DAY,
    DRIVE,
    ELEVATIONS_DEG,
    SIZE,
    Street,
    draw,
    project,
    still_scan,
    write_raw_tree,
)


def test_summary_of_the_street(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, frames=4)
    seen: list[tuple[int, int]] = []
    data = open_dataset(tmp_path, ReadOptions(ground_truth="scan"))
    summary = inspect_dataset(data, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (summary.n_frames, summary.n_looked_at, summary.frames_of_drive) == (4, 4, {DRIVE: 4})
    assert (summary.image_sizes, summary.has_images) == ([SIZE], True)
    assert (summary.n_lines, summary.lines_per_frame) == (16, (16, 16))
    np.testing.assert_allclose(summary.elevation_deg, ELEVATIONS_DEG, atol=1e-3)
    counts, density = np.zeros(16), 0.0
    for frame in range(4):
        xyz = still_scan(Street(), frame).astype(np.float32).astype(float)
        *_, inside = project(xyz)
        counts += np.bincount(Street().scan(frame)[1][inside], minlength=16) / 4
        density += (draw(xyz) > 0).mean() / 4
    np.testing.assert_allclose(summary.points_per_line, counts, atol=1)
    assert summary.lines_in_image == np.flatnonzero(counts).tolist()
    assert summary.density == pytest.approx(density, rel=0.01)
    assert summary.ground_truth_coverage == summary.density
    assert summary.unknown_share == 0
    assert not summary.problems


def test_damaged_frames_are_told_and_the_others_summed_up(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, frames=4)
    path = tmp_path / DAY / DRIVE / "velodyne_points/data/0000000001.bin"
    path.write_bytes(b"x" * 20)
    for skip_bad in (False, True):
        summary = inspect_dataset(open_dataset(tmp_path, ReadOptions(ground_truth="scan", skip_bad=skip_bad)))
        assert summary.n_looked_at == 3
        assert [p.path for p in summary.problems] == [path]


def test_frames_may_be_chosen(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, frames=4)
    data = open_dataset(tmp_path, ReadOptions(ground_truth="scan"))
    assert inspect_dataset(data, frames=[0, 3]).n_looked_at == 2
    (tmp_path / DAY / DRIVE / "image_02/data/0000000002.png").write_bytes(b"")
    with pytest.raises(BadInputError, match="no frame can be read"):
        inspect_dataset(data, frames=[2])


def test_the_real_frame(shared_data: Path) -> None:
    summary = inspect_dataset(open_dataset(shared_data / "kitti_depth"))
    assert summary.lines_in_image == list(range(46))
    assert summary.density == pytest.approx(0.0411, abs=1e-4)
    assert summary.ground_truth_coverage == pytest.approx(0.195, abs=1e-3)
    assert summary.unknown_share < 0.001


def frame(line: list[int], row: list[int], column: list[int], image: bool = True) -> Frame:
    points = ImagePoints(
        np.array(row, np.int32),
        np.array(column, np.int32),
        np.linspace(5, 9, len(row)).astype(np.float32),
        np.array(line, np.int16),
    )
    grey = np.full((20, 30, 3), 100, np.uint8) if image else None
    return Frame("x", (20, 30), 8, points, grey)


def test_points_are_coloured_by_line_over_the_dimmed_image() -> None:
    picture = draw_lines_on_image(frame([0, 0, 5, -1], [2, 2, 10, 15], [3, 9, 4, 5]))
    assert picture.dtype == np.uint8
    assert picture.shape == (20, 30, 3)
    np.testing.assert_array_equal(picture[2, 3], picture[2, 9])
    assert (picture[2, 3] != picture[10, 4]).any()
    assert picture[15, 5].tolist() == [255, 255, 255]
    rest = np.ones((20, 30), bool)
    rest[[2, 2, 10, 15], [3, 9, 4, 5]] = False
    assert (picture[rest] == 45).all()


def test_without_an_image_points_are_on_black() -> None:
    picture = draw_lines_on_image(frame([0, 5], [2, 10], [3, 4], image=False))
    assert picture[2, 3].any()
    assert picture[0, 0].tolist() == [0, 0, 0]


def test_the_nearer_point_is_drawn_over_the_farther() -> None:
    both = draw_lines_on_image(frame([0, 5], [2, 2], [3, 3]))
    alone = draw_lines_on_image(frame([0, 5], [2, 12], [3, 3]))
    np.testing.assert_array_equal(both[2, 3], alone[2, 3])


def test_no_points_at_all() -> None:
    assert (draw_lines_on_image(frame([], [], [])) == 45).all()
