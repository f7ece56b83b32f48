"""Pictures are decoded again by an independent reader (Open3D's) and compared with what they must show."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import open3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.report.page.frame_browser import frame_browser
from lidarsel.report.pictures.encode import map_png, photograph, png, shrink
from lidarsel.report.pictures.frame_maps import Scales, maps_of_frame
from lidarsel.report.pictures.judged_frame import CHOSEN_RGB, EMPTY_RGB, JudgedFrame, lines_over_image, picture_of_lines
from tests.support.report_samples import frame, report

AMPLE = 1_000_000


def maps_of(content: JudgedFrame) -> dict:
    return {picture.key: picture for picture in maps_of_frame(content, Scales.of([content]), AMPLE, "rmse")}


def read_png(content: bytes, tmp_path: Path) -> np.ndarray:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    return np.asarray(open3d.io.read_image(path))


@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_png_is_read_back_exactly(tmp_path_factory: pytest.TempPathFactory, height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (97, 3)).astype(np.uint8)
    levels = rng.integers(0, 97, (height, width)).astype(np.uint8)
    found = read_png(png(levels, palette), tmp_path_factory.mktemp("png"))
    np.testing.assert_array_equal(found, palette[levels])


def test_pictures_are_made_to_fit() -> None:
    noise = np.random.default_rng(0).integers(0, 97, (400, 1200)).astype(np.uint8)
    palette = np.zeros((97, 3), np.uint8)
    assert len(map_png(noise, palette, 50_000)) <= 50_000
    noise = np.random.default_rng(0).integers(0, 256, (400, 1200, 3)).astype(np.uint8)
    assert len(photograph(noise, 60_000)) <= 60_000


def test_shrink_takes_the_mean_of_blocks() -> None:
    image = np.arange(2 * 5 * 3, dtype=np.uint8).reshape(2, 5, 3)
    found = shrink(image, 2)
    assert found.shape == (1, 2, 3)
    assert found[0, 1, 2] == round((image[0, 2, 2] + image[0, 3, 2] + image[1, 2, 2] + image[1, 3, 2]) / 4)


def test_chosen_points_are_bright_dropped_points_faint_and_the_image_dark() -> None:
    content = replace(frame(), image=np.full((120, 400, 3), 100, np.uint8))
    found = lines_over_image(content).astype(int)
    points = content.points
    chosen = np.isin(points.line, content.lines)
    assert chosen.any()
    assert not chosen.all()
    kept = found[points.row[chosen], points.column[chosen]]
    assert np.abs(kept - np.array(CHOSEN_RGB)).max() < 20
    dropped = found[points.row[~chosen], points.column[~chosen]]
    assert kept.max(1).mean() > dropped.max(1).mean() > found[0, 0].max()
    assert found[0, 0].max() < 100


def test_points_of_unknown_line_count_as_dropped() -> None:
    content = frame()
    unknown = replace(content.points, line=np.full_like(content.points.line, -1))
    found = lines_over_image(replace(content, points=unknown, image=None))
    assert not (np.abs(found.astype(int) - np.array(CHOSEN_RGB)).max(2) < 20).any()


def test_a_frame_without_camera_image_has_no_camera_picture() -> None:
    assert "camera" not in maps_of(replace(frame(), image=None))
    assert picture_of_lines(replace(frame(), image=None), AMPLE).uri.startswith("data:image/jpeg")


def test_maps_come_in_pairs_with_the_errors_of_the_frame() -> None:
    maps = maps_of(frame())
    depth, error = Scales.of([frame()]).bars()
    assert list(maps) == [
        *("camera", "truth"),
        *("sparse-chosen", "sparse-all"),
        *("completion-chosen", "completion-all"),
        *("error-chosen", "error-all"),
    ]
    content = frame()
    known = content.ground_truth_m > 0
    for key, completion in (("chosen", content.completion_m), ("all", content.completion_all_m)):
        rmse_mm = 1000 * np.sqrt(np.mean((completion[known] - content.ground_truth_m[known]).astype(float) ** 2))
        assert f"RMSE {rmse_mm:.0f} mm" in maps[f"error-{key}"].title
    # the largest of the errors is 8 % of 60 m; 19 in 20 are below 5 m
    assert error.labels == ["0", "2.5", "beyond 5"]
    assert (depth.labels[0], depth.labels[-1]) == ("5 and nearer", "beyond 60")


def test_depth_map_is_monotone_and_empty_where_nothing_was_measured(tmp_path: Path) -> None:
    maps = maps_of(frame())
    completion = read_png(maps["completion-all"].content, tmp_path).astype(int)
    luminance = completion @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance[:, 200]) >= -1.0).all(), "nearer (lower in this frame) must be brighter"
    assert luminance[-1, 200] > luminance[0, 200] + 100
    sparse = read_png(maps["sparse-chosen"].content, tmp_path)
    measured = frame().sparse_m > 0
    assert (sparse[measured] != EMPTY_RGB).any(1).all()
    assert (sparse[0] == EMPTY_RGB).all()


def test_grown_pixels_copy_a_neighbour_and_leave_measured_ones(tmp_path: Path) -> None:
    truth = np.zeros((30, 30), np.float32)
    truth[10, 10], truth[20, 20], truth[20, 21] = 5, 20, 40
    content = replace(
        frame(30, 30),
        image=None,
        ground_truth_m=truth,
        points=frame(30, 30).points.keep(np.zeros(len(frame(30, 30).points), bool)),
        sparse_m=np.zeros_like(truth),
        completion_m=np.full_like(truth, 10),
        completion_all_m=np.full_like(truth, 10),
    )
    maps = maps_of(content)
    found = read_png(maps["truth"].content, tmp_path)
    filled = (found != np.array(EMPTY_RGB)).any(2)
    assert filled.sum() == 9 + 12
    assert (found[9:12, 9:12] == found[10, 10]).all()
    assert (found[20, 20] != found[20, 21]).any()


@pytest.mark.parametrize("shape", [(370, 1224), (900, 1600), (1200, 3840)])
def test_wide_images_are_made_narrower(shape: tuple[int, int]) -> None:
    picture = picture_of_lines(frame(*shape), AMPLE)
    assert picture.width <= 1440
    assert picture.height / picture.width == pytest.approx(shape[0] / shape[1], rel=0.02)


def test_frames_share_their_scales() -> None:
    truth = 3 * frame().ground_truth_m
    near, far = frame(), replace(frame(), ground_truth_m=truth, judged_m=truth, judged_all_m=truth)
    one, both = Scales.of([near]), Scales.of([near, far])
    assert both.near_m == one.near_m
    assert both.far_m == pytest.approx(3 * one.far_m, rel=0.1)
    assert both.cap_m > one.cap_m
    assert [picture.key for picture in maps_of_frame(far, both, AMPLE, "rmse")] == list(maps_of(near))


def test_what_nothing_is_left_to_judge_by_has_no_figure() -> None:
    content = frame()
    nothing = np.zeros_like(content.ground_truth_m)
    sets = [replace(one, error=None, error_m=np.full_like(one.error_m, np.nan)) for one in content.sampled.sets]
    sampled = replace(content.sampled, sets=sets)
    unjudged = replace(content, judged_m=nothing, judged_all_m=nothing, sampled=sampled)
    assert (unjudged.error, unjudged.error_all) == (None, None)
    maps = {picture.key: picture for picture in maps_of_frame(unjudged, Scales.of([unjudged]), 60_000, "rmse")}
    assert maps["error-chosen"].title.endswith("nothing left to judge by in this frame")
    assert "all lines nothing left to judge by" in frame_browser(report(), [unjudged, frame()])
