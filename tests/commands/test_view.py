"""The 3-D picture of lines: where points fall, what covers what, the words, and the command."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io

from lidarsel.choices import VIEWPOINTS, ElevationKind
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.report.pictures.line_view import CHOSEN_RGB, DROPPED_RGB, LineView, draw_view
from lidarsel.report.pictures.panels import LADDER_WIDTH
from lidarsel.report.pictures.perspective import BACKGROUND_RGB, Eye, draw_points
from lidarsel.report.pictures.viewpoints import RING_RGB
from lidarsel.workflow.viewing import has_display, open_view
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import ELEVATIONS_DEG, Street, write_depth_tree, write_raw_tree

RED, GREEN = (255, 0, 0), (0, 255, 0)

KINDS: tuple[ElevationKind, ...] = ("cone", "apparent")


def drawn(xyz: list[list[float]], rgb: list[tuple[int, int, int]], radius: list[int], eye: Eye) -> np.ndarray:
    return draw_points(np.array(xyz), np.array(rgb, np.uint8), np.array(radius), (101, 201), eye)


def test_points_fall_where_the_pinhole_camera_puts_them() -> None:
    eye = Eye(position_m=(-10.0, 0.0, 0.0), target_m=(0.0, 0.0, 0.0), width_deg=90.0)
    # focal length 100.5 pixels: 2.5 m to the right and 1 m up at 10 m are 25.1 columns and 10.05 rows off the middle
    picture = drawn([[0, -2.5, 1.0], [-20, 0, 0]], [RED, GREEN], [0, 0], eye)
    row, column = np.nonzero((picture != BACKGROUND_RGB).any(axis=2))
    assert (row.tolist(), column.tolist()) == ([40], [125])  # the point behind the eye is not drawn
    assert tuple(picture[40, 125]) == RED


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("near_radius", [0, 2])
def test_near_points_cover_far_ones(order: list[int], near_radius: int) -> None:
    eye = Eye(position_m=(-10.0, 0.0, 0.0), target_m=(0.0, 0.0, 0.0), width_deg=62.0)
    points = [([0.0, 0, 0], RED, near_radius), ([50.0, 0, 0], GREEN, 1)]
    xyz, rgb, radius = zip(*(points[i] for i in order), strict=True)
    picture = drawn(list(xyz), list(rgb), list(radius), eye)
    red, green = ((picture == colour).all(axis=2) for colour in (RED, GREEN))
    assert red.sum() == (2 * near_radius + 1) ** 2
    assert green.sum() == (8 if near_radius == 0 else 0)


def seen_grey(rgb: tuple[int, int, int]) -> float:
    """Relative luminance (ITU-R BT.709, linearised as sRGB)."""
    linear = [(c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in rgb]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_kept_and_dropped_lines_differ_in_lightness_for_any_eye() -> None:
    kept, dropped, ground = (seen_grey(rgb) + 0.05 for rgb in (CHOSEN_RGB, DROPPED_RGB, BACKGROUND_RGB))
    assert kept / dropped > 3  # WCAG 2.2, contrast of graphical objects
    assert dropped / ground > 2


def colours_of(picture: np.ndarray, rgb: tuple[int, int, int]) -> int:
    return int((picture == rgb).all(axis=2).sum())


def test_the_picture_shows_kept_lines_and_the_ladder() -> None:
    xyz, line = Street().scan(0)
    view = LineView("frame", "sensor", xyz, line, ELEVATIONS_DEG, "cone", [4, 5, 11], "interval")
    picture = draw_view(view)
    ladder = picture[-860:, 24 - LADDER_WIDTH]  # through the rungs, not the words
    changes = np.flatnonzero(np.diff((ladder == CHOSEN_RGB).all(axis=1)))
    assert len(changes) == 6  # lines 4, 5 and 11, each with an end
    assert colours_of(picture, CHOSEN_RGB) > 5000
    assert colours_of(picture, DROPPED_RGB) > 5000
    assert (draw_view(view) == picture).all()
    everything = draw_view(LineView("frame", "sensor", xyz, line, ELEVATIONS_DEG, "cone"))
    assert colours_of(everything, DROPPED_RGB) == 0
    assert colours_of(picture, RING_RGB) > 2000
    assert "3 of 16 lines kept (interval)" in view.caption()[1]


def test_the_ladder_calls_apparent_elevations_so() -> None:
    xyz, line = Street().scan(0)
    own, apparent = (draw_view(LineView("frame", "sensor", xyz, line, ELEVATIONS_DEG, kind)) for kind in KINDS)
    differ = np.argwhere((own != apparent).any(axis=2))
    assert len(differ)
    assert differ[:, 1].min() >= own.shape[1] - LADDER_WIDTH


def run_without_display(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "lidarsel", "view", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment, timeout=120)


def test_without_a_display_a_png_is_written(tmp_path: Path) -> None:
    write_raw_tree(tmp_path / "raw", frames=2)
    lines = write_lines(tmp_path / "lines.yaml", [0, 7], ELEVATIONS_DEG.tolist())
    done = run_without_display(tmp_path / "raw", "--lines", lines, "--frame", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 of 16 lines kept" in done.stdout
    assert "view.png" in done.stdout
    picture = io.read_image_png_u8(str(tmp_path / "view.png"), "rgb")
    assert picture.shape[1] == 1600
    assert colours_of(picture, CHOSEN_RGB) > 1000


def test_each_viewpoint_is_another_picture_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    write_raw_tree(tmp_path / "raw", frames=1)
    seen = open_view(tmp_path / "raw", None, "0", None)
    pictures = {viewpoint: draw_view(seen, viewpoint).tobytes() for viewpoint in VIEWPOINTS}
    assert len(set(pictures.values())) == len(VIEWPOINTS)
    out = tmp_path / "bird.png"
    succeeded(lidarsel("view", tmp_path / "raw", "--viewpoint", "bird", "-o", out))
    assert io.read_image_png_u8(str(out), "rgb").tobytes() == pictures["bird"]
    refused = lidarsel("view", tmp_path / "raw", "--viewpoint", "brid", "-o", tmp_path / "x.png")
    assert_refused(refused, "--viewpoint 'brid'", "behind, bird, driver, side", "the nearest is bird")
    assert not (tmp_path / "x.png").exists()


def test_an_unreachable_display_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9713")
    if sys.platform == "linux":
        assert not has_display()


def test_frames_by_number_and_by_name(tmp_path: Path) -> None:
    write_raw_tree(tmp_path / "raw", frames=3)
    names = open_dataset(tmp_path / "raw").frame_ids
    by_name = open_view(tmp_path / "raw", None, names[2], None)
    by_number = open_view(tmp_path / "raw", None, "2", None)
    assert by_name.frame_id == by_number.frame_id == names[2]
    np.testing.assert_array_equal(by_name.xyz_m, Street().scan(2)[0].astype(np.float32))
    np.testing.assert_array_equal(by_name.line, Street().scan(2)[1])
    assert_refused(lidarsel("view", tmp_path / "raw", "--frame", "3", "-o", tmp_path / "x.png"), "--frame 3", names[0])
    lines = write_lines(tmp_path / "lines.yaml", [0], [1.0, 0.0])
    assert_refused(lidarsel("view", tmp_path / "raw", "--lines", lines, "-o", tmp_path / "x.png"), lines, "2 lines")
    assert not (tmp_path / "x.png").exists()


def test_depth_images_are_put_back_into_space(tmp_path: Path) -> None:
    whole = tmp_path / "a/b/whole"
    write_depth_tree(whole, frames=2)
    drive = write_raw_tree(whole, frames=1)
    for file in drive.rglob("*.*"):
        file.unlink()
    drive.rename(whole / "kept_away")
    view = open_view(whole, None, "0", None)
    assert open_dataset(whole, ReadOptions("scan")).scan(0) is None
    street = Street()
    height, depth = view.xyz_m[:, 2], view.xyz_m[:, 0]
    assert np.abs(height[depth < 12] + 1.7).min() < 0.05  # some of it is the road
    assert depth.max() < street.end_m + 1
