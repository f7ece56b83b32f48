"""What the network sees of an image, and what is said of the rest."""

import json
from pathlib import Path

import pytest

from lidarsel.cropping import Crop, crop_window, parse_crop
from lidarsel.errors import UsageError
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.street_table import StreetTable


@pytest.mark.parametrize(
    ("crop", "size", "window"),
    [
        ("auto", (375, 1242), (352, 1216)),  # KITTI's four sizes, by day
        ("auto", (370, 1226), (352, 1216)),
        ("auto", (376, 1241), (352, 1216)),
        ("auto", (374, 1238), (352, 1216)),
        ("auto", (352, 1216), (352, 1216)),
        ("auto", (376, 1408), (376, 1408)),  # KITTI-360
        ("auto", (1200, 1920), (1200, 1920)),
        ("auto", (376, 672), (376, 672)),
        ("none", (375, 1242), (375, 1242)),
        ((352, 1216), (1200, 1920), (352, 1216)),
        ((352, 1216), (300, 1300), (300, 1216)),
    ],
)
def test_window(crop: Crop, size: tuple[int, int], window: tuple[int, int]) -> None:
    assert crop_window(crop, size) == window


def test_as_it_is_typed() -> None:
    assert [parse_crop("--crop", text) for text in ("auto", "none", "48x200")] == ["auto", "none", (48, 200)]
    with pytest.raises(UsageError, match=r"--crop 'half' .* give e\.g\. auto, none or 352x1216"):
        parse_crop("--crop", "half")


LARGE = StreetTable(size=(400, 1300), focal_px=700, top_px=150)


def test_a_large_image_is_whole_and_a_crop_is_told(tmp_path: Path) -> None:
    folder, out = LARGE.write(tmp_path / "log"), tmp_path / "values.json"
    fast = ("--network", "nearest", "--evaluations", "100", "-o", out)
    said = succeeded(lidarsel("shapley", folder, *fast))
    seen = {line for line, points in enumerate(json.loads(out.read_text())["points_per_line"]) if points}
    assert seen == LARGE.lines_at(range(400))
    assert "cut to" not in said

    said = succeeded(lidarsel("shapley", folder, *fast, "--crop", "200x1300"))
    seen = {line for line, points in enumerate(json.loads(out.read_text())["points_per_line"]) if points}
    assert seen == LARGE.lines_at(range(200, 400))
    left_out = LARGE.lines_at(range(400)) - seen
    row, _, _, inside = LARGE.pixels()
    share = (row[inside] < 200).mean()
    told = (
        f"note: Images of 400x1300 are cut to the bottom-centre 200x1300: {len(left_out)} of the "
        f"{len(LARGE.lines_at(range(400)))} lines in the image and {share:.1%} of the lidar points in it are left out; "
        "--crop none takes images whole."
    )
    assert left_out
    assert told in said
    assert told in succeeded(lidarsel("inspect", folder, "--crop", "200x1300"))
    cut = json.loads(succeeded(lidarsel("inspect", folder, "--crop", "200x1300", "--json")))["cut"]
    assert (set(cut["lines"]), cut["windows"]) == (left_out, [[200, 1300]])


def test_the_report_tells_of_a_crop(tmp_path: Path) -> None:
    folder, runs = LARGE.write(tmp_path / "log"), tmp_path / "runs"
    few = ("--network", "nearest", "--evaluations", "60", "--sets", "8", "--methods", "spaced", "-m", "spaced")
    succeeded(lidarsel("run", folder, "--budget", "4", *few, "--crop", "200x1300", "-o", runs))
    (report,) = runs.glob("*/report.json")
    told = [(one["kind"], one["text"]) for one in json.loads(report.read_text())["cautions"]]
    assert any(kind == "out-of-view" and "cut to the bottom-centre 200x1300" in text for kind, text in told)


def test_kittis_images_keep_their_benchmarks_crop(tmp_path: Path) -> None:
    folder = StreetTable(size=(375, 1242), focal_px=720, top_px=180).write(tmp_path / "log", frames=1)
    assert "375x1242 are cut to the bottom-centre 352x1216" in succeeded(lidarsel("inspect", folder))
    assert "are cut" not in succeeded(lidarsel("inspect", folder, "--crop", "none"))


def test_a_crop_too_small_is_refused(tmp_path: Path) -> None:
    assert_refused(lidarsel("inspect", tmp_path, "--crop", "8x8"), "crop must be at least 16x16")
