"""What decides within a band or in multiples of all lines, by commands as a user gives them, and on made frames."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lidarsel.confidence import independent_groups
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.frame import Frame
from lidarsel.parts import CLASS_NAMES, DEFAULT_BANDS, band_of
from lidarsel.workflow.deciding import left_out, require_telling, tell_apart, telling_frames
from lidarsel.workflow.judging import Choice, row_of
from tests.evaluation.test_line_game import CROP, N_LINES, Plain, RandomFrames, coalitions
from tests.evaluation.test_own_scan import OwnScan
from tests.support.commands import ROOT, assert_refused, lidarsel

SAMPLE = ROOT / "datasets" / "sample"
FEW = ("--network", "nearest", "--methods", "spaced,interval", "--sets", "24", "--evaluations", "200")


class FarAway(RandomFrames):
    """Of every second frame, no pixel nearer than 30 m has ground truth."""

    def frame(self, index: int) -> Frame:
        frame = super().frame(index)
        assert frame.ground_truth_m is not None
        truth = np.where(frame.ground_truth_m > 30, frame.ground_truth_m, 0).astype(np.float32)
        return replace(frame, ground_truth_m=truth) if index % 2 else frame


def far_away(frames: int = 4) -> LineGame:
    return LineGame(FarAway(frames), range(frames), Plain(), CROP, "cpu", parts=[band_of("0-20"), band_of("70-80")])


def test_frames_without_a_pixel_in_the_band_are_left_out() -> None:
    game = far_away()
    assert require_telling(game, "mae@0-20") == telling_frames(game, "mae@0-20") == [0, 2]
    assert telling_frames(game, "balanced") == [0, 1, 2, 3]
    assert game.of_frames([0, 2]).frame_ids == ["frame0", "frame2"]
    assert left_out(game, "mae@0-20", 2) == [
        "2 of the 4 frames for choosing have no ground truth within 0-20 m: no line was chosen on them."
    ]
    with pytest.raises(BadInputError, match=r"^made: no frame has ground truth within 70-80 m, where --metric rmse"):
        require_telling(game, "rmse@70-80")


def test_rows_tell_errors_within_parts_of_the_frames_that_have_some() -> None:
    game, sets = far_away(), coalitions(3)
    sets[0] = True
    errors = np.stack([game.errors(frame, sets) for frame in range(4)])
    groups = independent_groups(game.drives)
    rows = [row_of(Choice("one", tuple(range(N_LINES))), errors[:, place], 1.0, groups, None) for place in range(3)]
    told = tell_apart(rows, game, sets, errors, ["rmse", "mae@0-20"])
    for place, row in enumerate(told):
        near, far = row.by_part
        assert (near.part, near.n_frames, near.n_pixels) == (
            "0-20",
            2,
            sum(int(game.part_pixels(frame, sets)[0, 0]) for frame in (0, 2)),
        )
        assert near.imae_per_km == pytest.approx(
            errors[[0, 2], place, game.key.figures.index("imae_per_km@0-20")].mean()
        )
        assert (far.rmse_mm, far.n_frames, far.n_pixels) == (None, 0, 0)
        assert row.errors_by["mae@0-20"] == near.mae_mm
        assert row.errors_by["balanced"] == pytest.approx(
            np.exp(np.log(errors[:, place, :4] / errors[:, 0, :4]).mean(1)).mean()
        )


@pytest.mark.parametrize("metric", ["balanced", "rmse@0-20", "rmse:1,mae:1"])
def test_the_own_scan_cannot_judge_it(metric: str) -> None:
    game = LineGame(OwnScan(1), [0], Plain(), CROP, "cpu", parts=[band_of("0-20")])
    with pytest.raises(BadInputError, match=f"made: its ground truth is the frames' own scans.*--metric {metric} asks"):
        require_telling(game, metric)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any], str]:
    """report.json, values.json and the terminal's words of lines chosen by the balanced error, bands of one's own."""
    out = tmp_path_factory.mktemp("balanced")
    wanted = ("--metric", "balanced", "--bands", "0-10,10-30")
    done = lidarsel("run", SAMPLE, "-k", "8", *FEW, *wanted, "--same-frames", "-o", out, cwd=out)
    assert done.returncode == 0, done.stderr
    (folder,) = (path for path in out.iterdir() if path.is_dir())
    return (*(json.loads((folder / name).read_text()) for name in ("report.json", "values.json")), done.stdout)


def test_balanced_is_told_in_multiples_of_all_lines(judged: tuple[dict[str, Any], dict[str, Any], str]) -> None:
    report, values, said = judged
    assert (values["metric"], values["unit"], values["value_full"]) == ("balanced", "ratio", -1.0)
    assert sum(values["mean"]) == pytest.approx(values["value_full"] - values["value_empty"])
    rows = {row["method"]: row for row in report["rows"]}
    assert rows["all"]["errors_by"] == {"balanced": 1.0}
    assert 1 < rows["interval"]["errors_by"]["balanced"] < rows["none"]["errors_by"]["balanced"]
    assert [part["part"] for part in rows["spaced"]["by_part"]] == ["0-10", "10-30", *CLASS_NAMES]
    assert "Balanced" in said
    assert "× all" in said


@pytest.mark.slow
def test_the_stages_come_to_the_same_by_a_band(tmp_path: Path) -> None:
    wanted = ("--network", "nearest", "--metric", "imae@0-20", "--evaluations", "200")
    assert lidarsel("shapley", SAMPLE, *wanted, cwd=tmp_path).returncode == 0
    chosen = lidarsel(
        "select", "values.json", "-k", "8", "--data", SAMPLE, "--network", "nearest", "--sets", "24", cwd=tmp_path
    )
    assert chosen.returncode == 0, chosen.stderr
    judged = lidarsel("evaluate", SAMPLE, "--lines", "lines.yaml", *wanted[:4], "--json", cwd=tmp_path)
    report = json.loads(judged.stdout)
    by_run = lidarsel("run", SAMPLE, "-k", "8", *FEW, *wanted[2:4], "--same-frames", "--json", cwd=tmp_path)
    (row,) = (row for row in json.loads(by_run.stdout)["rows"] if row["method"] == "interval")
    beside = ("standing", "to_best_low", "to_best_high")  # of the other methods that run compares with
    assert {**report["rows"][1], **dict.fromkeys(beside)} == {**row, **dict.fromkeys(beside)}
    part = next(part for part in row["by_part"] if part["part"] == "0-20")
    assert row["errors_by"]["imae@0-20"] == part["imae_per_km"]


def test_a_band_that_no_frame_has_is_refused(tmp_path: Path) -> None:
    refused = lidarsel("run", SAMPLE, "-k", "8", *FEW, "--metric", "mae@500-600", cwd=tmp_path)
    assert_refused(refused, "no frame has ground truth within 500-600 m", "give another band or class")
    assert_refused(lidarsel("run", SAMPLE, "--bands", "10-0", cwd=tmp_path), "--bands: '10-0' is no band of distance")


@pytest.mark.slow
def test_a_sweep_tells_every_row_by_all_that_decides(tmp_path: Path) -> None:
    done = lidarsel("sweep", SAMPLE, "-k", "4", *FEW, "--metrics", "rmse,rmse@0-20", "--same-frames", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    heads, *rows = (line.split(",") for line in (folder / "sweep.csv").read_text().splitlines())
    assert len({row[heads.index("metric")] for row in rows}) == 2
    for row in rows:
        assert row[heads.index("rmse@0-20")] == row[heads.index("rmse_mm@0-20")]
    assert "RMSE within 0-20 m" in (folder / "sweep.md").read_text()


def test_the_error_on_a_class_decides_where_labels_tell(tmp_path: Path) -> None:
    asked = ("--network", "nearest", "--metric", "rmse@vehicle")
    done = lidarsel("run", SAMPLE, "-k", "8", *FEW, *asked[2:], "--same-frames", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for row in json.loads(done.stdout)["rows"]:
        on = {part["part"]: part for part in row["by_part"]}
        assert row["errors_by"]["rmse@vehicle"] == on["vehicle"]["rmse_mm"]
        assert sum(on[name]["n_pixels"] for name in CLASS_NAMES) > 1000
        assert on["road"]["n_frames"] == 4
    without = tmp_path / "unlabelled"
    shutil.copytree(SAMPLE, without)
    for folder in without.rglob("labels"):
        shutil.rmtree(folder)
    refused = lidarsel("evaluate", without, "--lines", "0,4", *asked, cwd=tmp_path)
    assert_refused(refused, str(without), "has no labels that tell classes, by which --metric rmse@vehicle decides")
    told = lidarsel("evaluate", without, "--lines", "0,4", *asked[:2], "--json", cwd=tmp_path)
    assert {part["part"] for row in json.loads(told.stdout)["rows"] for part in row["by_part"]} == set(DEFAULT_BANDS)
    refused = lidarsel("evaluate", SAMPLE, "--lines", "0,4", "--metric", "rmse@car", cwd=tmp_path)
    assert_refused(refused, "'car'", "no class of things: vehicle, person, cyclist, road, other")
