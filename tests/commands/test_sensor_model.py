"""Real products imitated on a log, as somebody who buys a lidar asks for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import ROOT, assert_refused, lidarsel, succeeded

SAMPLE = ROOT / "datasets" / "sample"
CHEAP = ("--network", "nearest", "--max-frames", "2")
FIGURES = (
    *("rmse_mm", "rmse_low_mm", "rmse_high_mm", "mae_mm", "irmse_per_km", "imae_per_km"),
    *("ratio_to_all", "n_frames", "degrees_of_freedom", "unjudged_frames"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all of them, whose store spares what was evaluated."""
    return tmp_path_factory.mktemp("models")


def evaluated(place: Path, *asked: object) -> Any:
    """The report of ``evaluate`` on the sample."""
    options = (*CHEAP, "--store", place / "store.sqlite", "-o", place / "report.json")
    return json.loads(succeeded(lidarsel("evaluate", SAMPLE, *asked, *options, "--json")))


def product(path: Path, deg: list[float]) -> Path:
    content = {"maker": "Own", "model": path.stem.upper(), "lines": len(deg)}
    path.write_text(yaml.safe_dump({**content, "elevation": {"by": "design", "source": "drawing 7", "deg": deg}}))
    return path


def named(report: Any, method: str, budget: int) -> Any:
    (row,) = (row for row in report["rows"] if (row["method"], row["budget"]) == (method, budget))
    return row


def test_rows_are_those_of_the_nearest_lines_by_elevation(place: Path) -> None:
    log = evaluated(place, "--lines", "0")["elevation_deg"]
    wanted = [0.9, -3.0, -7.1, -12.0, -20.0]
    nearest = sorted(min(range(len(log)), key=lambda line: abs(log[line] - angle)) for angle in wanted)
    assert len(set(nearest)) == len(wanted)
    # besides, a line above the log's view, and one so near to another that no line of the log is left for it
    own = product(place / "own.yaml", [12.0, *wanted[:2], wanted[1] - 0.001, *wanted[2:]])
    fine = evaluated(place, "--sensor-model", own, "--tolerance", "0.2")
    row = named(fine, "OWN", 5)
    assert (row["lines"], row["untold"]) == (nearest, pytest.approx(2 / 7))
    by_lines = evaluated(place, "--lines", ",".join(map(str, nearest)))
    assert [row[name] for name in FIGURES] == [named(by_lines, "hand", 5)[name] for name in FIGURES]
    (note,) = (note for note in fine["notes"] if note.startswith("OWN: "))
    assert "5 of its 7 lines" in note
    assert "; 4 of them reach the image; " in note  # below the image at -20 degrees
    assert "29 % of it (1 above or below the log's lines, 1 within them" in note


def test_products_stand_beside_given_spaced_and_all_lines(place: Path) -> None:
    report = evaluated(place, "--lines", "3,10,20", "--sensor-model", "OS1-32,velodyne vlp-16")
    methods = [row["method"] for row in report["rows"]]
    assert methods == ["all", "hand", "OS1-32", "VLP-16", "spaced", "spaced", "none"]
    assert report["chosen_method"] == "hand"
    of_product = {row["budget"]: row for row in report["rows"] if row["untold"] is not None}
    spaced = {row["budget"]: row for row in report["rows"] if row["method"] == "spaced"}
    assert spaced.keys() == of_product.keys()
    assert any("better here than they are" in one["text"] for one in report["cautions"])
    again = evaluated(place, "--lines", ",".join(map(str, spaced[max(spaced)]["lines"])))
    assert named(again, "hand", max(spaced))["rmse_mm"] == spaced[max(spaced)]["rmse_mm"]


def test_what_the_log_cannot_tell_is_marked_in_the_table(place: Path) -> None:
    options = (*CHEAP, "--store", place / "store.sqlite", "-o", place / "shown.json")
    out = succeeded(lidarsel("evaluate", SAMPLE, "--sensor-model", "VLP-16", *options))
    # 15, 13, ... 3 degrees, 7 of its 16 lines, are above the topmost line of an HDL-64E
    lines = [line.split() for line in out.splitlines()]
    row = next(words for words in lines if "VLP-16" in words)
    assert row[row.index("VLP-16") + 1] == "*"
    assert "those that this log cannot tell (VLP-16 44 %)" in " ".join(out.split())
    assert "*: partly untold." in " ".join(out.split())
    assert max(map(len, out.split("caution: ")[0].splitlines())) <= 80
    assert "lines, nearest to those of VLP-16, " in " ".join(out.split())
    assert "untold: of the product's lines" in " ".join(out.split())


def test_a_pitch_moves_the_product(place: Path) -> None:
    level, nose_down = (
        named_untold(evaluated(place, "--sensor-model", "VLP-16", "--pitch", pitch)) for pitch in ("0", "-13")
    )
    assert (level, nose_down) == (7 / 16, 2 / 16)  # -26 and -28 degrees are below the lowest line


def named_untold(report: Any) -> float:
    (untold,) = (row["untold"] for row in report["rows"] if row["method"] == "VLP-16")
    return float(untold)


def test_what_cannot_be_imitated_is_refused_in_a_line(place: Path) -> None:
    high = product(place / "high.yaml", [60.0, 50.0])
    for asked, parts in (
        (("--sensor-model", "OS1-33"), ("OS1-33", "did you mean", "OS1-32")),
        (("--sensor-model", high), ("HIGH", "60.00 to 50.00 degrees", str(SAMPLE))),
        (("--sensor-model", "VLP-16,vlp16"), ("VLP-16", "name it once")),
        (("--sensor-model", place / "gone.yaml"), ("gone.yaml",)),
        (("--sensor-model", "VLP-16", "--tolerance", "0"), ("tolerance",)),
        ((), ("nothing to judge", "--lines", "--sensor-model")),
    ):
        assert_refused(lidarsel("evaluate", SAMPLE, *asked, *CHEAP, "-o", place / "refused.json"), *parts)
    assert not (place / "refused.json").exists()


def test_a_run_judges_products_too(drives: Path, tmp_path: Path) -> None:
    few = ("-k", 8, "--evaluations", 100, "--method", "densest", "--methods", "densest", "--network", "nearest")
    succeeded(lidarsel("run", drives, *few, "--sensor-model", "VLP-16", "-o", tmp_path))
    (folder,) = tmp_path.iterdir()
    report = json.loads((folder / "report.json").read_text())
    (row,) = (row for row in report["rows"] if row["method"] == "VLP-16")
    assert row["untold"] == 7 / 16
    assert named(report, "spaced", row["budget"])
    assert report["chosen_method"] == "densest"
    assert '<span class="mark untold">44% untold</span>' in (folder / "report.html").read_text()
    assert yaml.safe_load((folder / "settings.yaml").read_text())["sensor_model"] == ["VLP-16"]
