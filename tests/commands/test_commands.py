"""The main job and its stages, run as a user runs them."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from lidarsel.completion.registry import load_network
from lidarsel.evaluation.store import EvaluationStore
from tests.support.commands import ROOT, assert_refused, lidarsel, lidarsel_anew, outcome_of, succeeded

VALUING = ("--network", "nearest", "--estimator", "permutation", "--evaluations", "500", "--seed", "3")
SMALL = (*VALUING, "--sets", "40")


def only_run(folder: Path) -> Path:
    (found,) = [path for path in folder.iterdir() if not path.name.startswith(("demo-data", "."))]
    return found


@pytest.fixture(scope="module")
def finished(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A whole run and what it printed."""
    runs = tmp_path_factory.mktemp("runs")
    out = succeeded(lidarsel("run", drives, "--budget", "16,8", "-o", runs, *SMALL))
    return only_run(runs), out


def test_a_run_leaves_every_file_of_the_contract(finished: tuple[Path, str]) -> None:
    folder, out = finished
    assert {path.name for path in folder.iterdir()} == {
        "settings.yaml",
        "values.json",
        "values.npz",
        "lines.yaml",
        "lines-8.yaml",
        "report.json",
        "report.md",
        "report.html",
        "figures",
        "evaluations.sqlite",
    }
    assert str(folder / "report.html") in out


def test_the_report_has_every_method_at_every_budget(finished: tuple[Path, str]) -> None:
    report = json.loads((finished[0] / "report.json").read_text())
    rows = {(row["method"], row["budget"]) for row in report["rows"]}
    methods = ("random", "spaced", "densest", "shapley", "sas-region", "sas-separation", "sas", "interval")
    assert rows == {("all", 64), ("none", 0)} | {(method, budget) for method in methods for budget in (16, 8)}
    for row in report["rows"]:
        assert len(row["lines"]) == row["budget"]
        assert row["rmse_low_mm"] <= row["rmse_mm"] <= row["rmse_high_mm"]
    assert set(report["frames"]).isdisjoint(report["chosen_on_frames"])
    assert report["same_frames"] is False


def test_methods_stand_beside_the_chosen_one_frame_by_frame(finished: tuple[Path, str]) -> None:
    """Bounds of a mean of differences lie around it, and within those of the frames' own differences."""
    rows = json.loads((finished[0] / "report.json").read_text())["rows"]
    chosen = {row["budget"]: row["rmse_mm"] for row in rows if row["method"] == "interval"}
    for row in rows:
        low, high = row["to_chosen_low_mm"], row["to_chosen_high_mm"]
        if row["method"] == "interval" or row["budget"] not in chosen:
            assert low is None
            assert high is None
        else:
            assert low - 1e-9 <= row["rmse_mm"] - chosen[row["budget"]] <= high + 1e-9
            other = next(one for one in rows if one["method"] == "interval" and one["budget"] == row["budget"])
            assert (low == high == 0) == (row["lines"] == other["lines"])


def test_the_report_says_how_sure_the_choice_is(finished: tuple[Path, str]) -> None:
    folder, out = finished
    report = json.loads((folder / "report.json").read_text())
    values = json.loads((folder / "values.json").read_text())
    unseen = {line for line, points in enumerate(values["points_per_line"]) if points == 0}
    assert [one["budget"] for one in report["stability"]] == [16, 8]
    for one in report["stability"]:
        assert sum(one["inclusion"]) == pytest.approx(one["budget"])
        assert not any(one["inclusion"][line] for line in unseen)
        assert 1 <= len(one["as_good"]) <= one["n_sets"]
        assert all(len(some) == one["budget"] and unseen.isdisjoint(some) for some in one["as_good"])
        assert one["losses"] == {}, "lines were chosen on one drive"
    assert "How sure: chosen again on 200 resamples" in out


def test_values_add_up_to_what_all_lines_are_worth(finished: tuple[Path, str]) -> None:
    values = json.loads((finished[0] / "values.json").read_text())
    assert sum(values["mean"]) == pytest.approx(values["value_full"] - values["value_empty"], rel=1e-9)
    unseen = np.array(values["points_per_line"]) == 0
    assert unseen.any(), "a sensor has lines that never reach the image"
    assert not np.array(values["mean"])[unseen].any()
    with np.load(finished[0] / values["per_frame"]) as per_frame:
        assert per_frame["mean"].shape == (values["n_frames"], 64)
        np.testing.assert_allclose(per_frame["mean"].mean(0), values["mean"], rtol=1e-9, atol=1e-9)


def test_the_stages_alone_come_to_the_same_answer(drives: Path, finished: tuple[Path, str], tmp_path: Path) -> None:
    values, lines, report = tmp_path / "values.json", tmp_path / "lines.yaml", tmp_path / "report.json"
    succeeded(lidarsel("shapley", drives, "-o", values, "--part", "valuing", *VALUING))
    settings = tmp_path / "settings.yaml"
    settings.write_text("network: nearest\n")
    evaluating = ("--data", drives, "--settings", settings, "--sets", "40")
    succeeded(lidarsel("select", values, "--budget", "16,8", "-o", lines, *evaluating))
    network = ("--network", "nearest", "--seed", "3")
    succeeded(lidarsel("evaluate", drives, "--lines", lines, "--part", "held-out", "-o", report, *network))

    whole = {name: json.loads((finished[0] / f"{name}.json").read_text()) for name in ("values", "report")}
    alone = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("values", "report")}
    for content in (whole["values"], alone["values"]):
        del content["command"]
    assert alone["values"] == whole["values"]
    chosen = yaml.safe_load(lines.read_text())
    assert chosen["lines"] == yaml.safe_load((finished[0] / "lines.yaml").read_text())["lines"]
    beside_others = ("standing", "to_best_low", "to_best_high")
    for content in (whole["report"], alone["report"]):
        content["rows"] = [{key: row[key] for key in row if key not in beside_others} for row in content["rows"]]
    wanted = [row for row in whole["report"]["rows"] if (row["method"], row["budget"]) == ("interval", 16)]
    assert [row for row in alone["report"]["rows"] if row["method"] == "interval"] == wanted
    eight = yaml.safe_load((tmp_path / "lines-8.yaml").read_text())
    assert eight["lines"] == yaml.safe_load((finished[0] / "lines-8.yaml").read_text())["lines"]


def test_without_the_data_lines_are_selected_from_their_values(finished: tuple[Path, str], tmp_path: Path) -> None:
    constrained = ("--keep", "30", "--drop", "8-12", "--min-gap", "2")
    succeeded(lidarsel("select", finished[0] / "values.json", "-k", 8, "-o", tmp_path / "a.yaml", *constrained))
    found = yaml.safe_load((tmp_path / "a.yaml").read_text())
    assert found["method"] == "sas"
    assert 30 in found["lines"]
    assert not set(found["lines"]) & set(range(8, 13))
    assert min(np.diff(found["lines"])) >= 2
    overlap = lidarsel("select", finished[0] / "values.json", "-k", 8, "--keep", 9, "--drop", "9", "-o", tmp_path / "b")
    assert_refused(overlap, "line 9 is both to be kept and to be dropped")


def test_selectors_that_evaluate_get_the_data(drives: Path, finished: tuple[Path, str], tmp_path: Path) -> None:
    values = finished[0] / "values.json"
    done = lidarsel("select", values, "-k", 8, "--method", "spaced", "-o", tmp_path / "a.yaml")
    assert done.returncode == 2
    assert "--data" in done.stderr
    network = tmp_path / "settings.yaml"
    network.write_text("network: nearest\n")
    arguments = ("-m", "spaced", "-o", tmp_path / "b.yaml", "--data", drives, "--settings", network)
    succeeded(lidarsel("select", values, "-k", 8, *arguments))
    report = json.loads((finished[0] / "report.json").read_text())
    (row,) = [row for row in report["rows"] if (row["method"], row["budget"]) == ("spaced", 8)]
    assert yaml.safe_load((tmp_path / "b.yaml").read_text())["lines"] == row["lines"]


@pytest.fixture(scope="module")
def told(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object], str]:
    """A whole run of one budget that tells JSON, the command, and what it printed."""
    folder = tmp_path_factory.mktemp("told")
    command = ["run", drives, "-k", 8, "-o", "runs", "--json", *SMALL]
    out = succeeded(lidarsel(*command, cwd=folder))
    return only_run(folder / "runs"), command, out


def test_json_is_one_object_and_nothing_else(told: tuple[Path, list[object], str]) -> None:
    folder, _, out = told
    assert json.loads(out) == json.loads((folder / "report.json").read_text())


def test_the_same_command_gives_the_same_bytes(told: tuple[Path, list[object], str], tmp_path: Path) -> None:
    one, command, _ = told
    succeeded(lidarsel_anew(*command, cwd=tmp_path))
    two = only_run(tmp_path / "runs")
    for name in ("values.json", "values.npz", "lines.yaml", "report.json", "report.md", "report.html"):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_settings_of_a_run_make_it_again(drives: Path, finished: tuple[Path, str], tmp_path: Path) -> None:
    settings = finished[0] / "settings.yaml"
    succeeded(lidarsel("run", drives, "-k", "16,8", "-o", tmp_path, "--settings", settings))
    again = json.loads((only_run(tmp_path) / "report.json").read_text())
    assert again["rows"] == json.loads((finished[0] / "report.json").read_text())["rows"]


def test_inspect_tells_what_is_there(drives: Path, tmp_path: Path) -> None:
    found = json.loads(succeeded(lidarsel("inspect", drives, "--json", "--plot", tmp_path / "lines.png")))
    assert found["n_frames"] == 6
    assert found["n_lines"] == 64
    assert (tmp_path / "lines.png").read_bytes().startswith(b"\x89PNG")
    shown = succeeded(lidarsel("inspect", drives))
    assert "64 lines" in shown


@pytest.mark.parametrize(
    ("layout", "options"),
    [("kitti_raw", ("--max-frames", 2)), ("kitti_depth", ()), ("kitti_object", ())],
)
def test_real_frames_run_to_the_end(shared_data: Path, tmp_path: Path, layout: str, options: tuple[object]) -> None:
    fast = ("--network", "nearest", "--methods", "spaced,sas-region", "--method", "sas-region")
    succeeded(
        lidarsel("run", shared_data / layout, "--budget", 32, "-o", tmp_path, "--evaluations", 400, *fast, *options)
    )
    report = json.loads((only_run(tmp_path) / "report.json").read_text())
    assert report["n_lines"] == 64
    kinds = {"kitti_raw": "accumulated", "kitti_depth": "official", "kitti_object": "scan"}
    assert report["ground_truth"] == kinds[layout]
    by_method = {row["method"]: row["rmse_mm"] for row in report["rows"]}
    assert by_method["all"] < by_method["sas-region"] < by_method["none"]


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes(drives: Path, finished: tuple[Path, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lidarsel", "run", drives, "--budget", "16,8", "-o", tmp_path, *SMALL]
    running = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None and not _evaluations(tmp_path):
        time.sleep(0.01)
    running.kill()
    outcome_of(running)
    before = _evaluations(tmp_path)
    assert before, "killed too early to show anything"
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    succeeded(lidarsel("run", drives, "--budget", "16,8", "-o", tmp_path, *SMALL))
    folder = only_run(tmp_path)
    for name in ("values.npz", "settings.yaml"):
        assert (folder / name).read_bytes() == (finished[0] / name).read_bytes()
    for name in ("values", "report"):
        again, whole = (json.loads((path / f"{name}.json").read_text()) for path in (folder, finished[0]))
        assert {**again, "command": ""} == {**whole, "command": ""}


def _evaluations(runs: Path) -> int:
    """How many evaluations the store of an unfinished run holds."""
    stores = list(runs.glob(".unfinished-*/evaluations.sqlite"))
    if not stores or not stores[0].stat().st_size:
        return 0
    with EvaluationStore.open(stores[0]) as store:
        return store.count()


def test_weights_trained_on_the_sample_are_taken_by_a_run(tmp_path: Path) -> None:
    sample, weights = ROOT / "datasets" / "sample", tmp_path / "weights.safetensors"
    succeeded(lidarsel("train", sample, "--steps", 2, "-o", weights))
    fast = ("--evaluations", 150, "--methods", "densest", "--method", "densest")
    succeeded(lidarsel("run", sample, "-k", 8, "-o", tmp_path / "runs", "--weights", weights, *fast))
    made, shipped = (load_network("lidarsel", path).sha256 for path in (weights, None))
    report = json.loads((only_run(tmp_path / "runs") / "report.json").read_text())
    assert report["network_sha256"] == made != shipped
