"""The sweep as a user runs it: every method, budget, metric and seed, resumable, with figures that others can check."""

import csv
import json
import re
import subprocess
import sys
import time
from collections import defaultdict
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import yaml

from lidarsel.checking.compare import check_files
from lidarsel.checking.limits import Limits
from lidarsel.choices import FIGURES, TrackerName
from lidarsel.contracts import ReportFile, read_contract
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.planning.plan import make_plan
from lidarsel.settings import make_settings
from lidarsel.sweep_settings import SweepSettings
from lidarsel.workflow.runfolder import STORE
from lidarsel.workflow.sweeping import SweepResult, sweep
from tests.support.commands import assert_refused, lidarsel, outcome_of, succeeded
from tests.support.event_files import scalars_of

BUDGETS, METHODS = (4, 8, 12, 16), ("random", "spaced", "shapley")
SMALL = {"network": "nearest", "crop": [48, 200], "evaluations": 120, "methods": list(METHODS), "choose": "random"}
TRACKERS: tuple[TrackerName, ...] = ("tensorboard",) if find_spec("tensorboardX") else ()
ASKED = ("--budgets", "4,8,12,16", "--metrics", "rmse,mae", "--seeds", "0-1")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A settings file that keeps a sweep short."""
    path = tmp_path_factory.mktemp("settings") / "settings.yaml"
    path.write_text(yaml.safe_dump(SMALL))
    return path


@pytest.fixture(scope="module")
def finished(drives: Path, small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a whole sweep and what it printed."""
    runs = tmp_path_factory.mktemp("runs")
    out = succeeded(lidarsel("sweep", drives, *ASKED, "--settings", small, "-o", runs))
    (folder,) = runs.iterdir()
    return folder, out


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "sweep.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_method_budget_metric_and_seed_has_a_row(finished: tuple[Path, str]) -> None:
    rows = rows_of(finished[0])
    found = [(row["method"], int(row["budget"]), row["metric"], int(row["seed"])) for row in rows]
    kept = [("all", 64), ("none", 0), *((method, budget) for method in METHODS for budget in BUDGETS)]
    assert len(found) == len(set(found))
    assert set(found) == {(*one, metric, seed) for one in kept for metric in ("rmse", "mae") for seed in (0, 1)}
    assert all(len(row["lines"].split()) == int(row["budget"]) for row in rows)


def test_the_folder_is_a_runs_and_more(finished: tuple[Path, str]) -> None:
    folder, out = finished
    lines = {"lines.yaml", "lines-12.yaml", "lines-8.yaml", "lines-4.yaml"}
    run = {"settings.yaml", "values.json", "values.npz", "report.json", "report.md", "report.html", "figures", STORE}
    assert {path.name for path in folder.iterdir()} == {*run, *lines, "sweep.csv", "sweep.md", "sweep.html"}
    assert (folder / "figures" / "sweep.svg").read_text().startswith("<svg")
    assert str(folder / "sweep.html") in out
    assert str(folder / "sweep.csv") in out
    for method in METHODS:
        assert f"| RMSE | {method} |" in (folder / "sweep.md").read_text()


def test_the_report_is_of_the_first_metric_and_seed(finished: tuple[Path, str]) -> None:
    report = read_contract(finished[0] / "report.json", ReportFile)
    assert (report.metric, report.seed, report.same_frames) == ("rmse", 0, False)
    assert set(report.frames).isdisjoint(report.chosen_on_frames)
    mine = [row for row in rows_of(finished[0]) if (row["metric"], row["seed"]) == ("rmse", "0")]
    assert [float(row["rmse_mm"]) for row in mine] == [row.rmse_mm for row in report.rows]
    assert [row["lines"] for row in mine] == [" ".join(map(str, row.lines)) for row in report.rows]


def test_page_and_terminal_show_the_means_of_the_csv(finished: tuple[Path, str]) -> None:
    folder, out = finished
    errors: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows_of(folder):
        errors[row["metric"], row["method"], row["budget"]].append(float(row["rmse_mm"]))
    page = table_cells((folder / "sweep.html").read_text())
    for metric, method in product(("RMSE", "MAE"), METHODS):
        own = [errors[metric.lower(), method, str(budget)] for budget in BUDGETS]
        wanted = [f"{fmean(two):.0f} ± {text_of(abs(two[0] - two[1]) / 2**0.5)}" for two in own]  # n - 1 = 1
        (on_page,) = [cells[2:] for cells in page if cells[:2] == [metric, method]]
        (in_terminal,) = [line for line in out.splitlines() if line.split()[:2] == [metric, method]]
        assert [cell.removeprefix("* ") for cell in on_page] == wanted
        assert in_terminal.split()[2:] == " ".join(on_page).split()


def test_a_report_of_one_run_of_several_says_so(finished: tuple[Path, str]) -> None:
    told = "of what RMSE chose with seed 0, one of the 4 runs of this sweep"
    for name in ("report.json", "report.md", "report.html"):
        assert told in (finished[0] / name).read_text()


def test_the_terminal_says_where_the_tables_by_other_metrics_are(finished: tuple[Path, str]) -> None:
    folder, out = finished
    assert f"tables by MAE (above: RMSE): {folder / 'sweep.md'}" in out.splitlines()
    assert "## MAE" in (folder / "sweep.md").read_text()


def text_of(error_mm: float) -> str:
    return f"{error_mm:.0f}" if error_mm >= 99.95 else f"{error_mm:.1f}"


def table_cells(page: str) -> list[list[str]]:
    """The rows of the first table of a page."""
    body = page.split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>")]


def test_plan_and_check_read_the_report(finished: tuple[Path, str]) -> None:
    path = finished[0] / "report.json"
    plan = make_plan(read_contract(path, ReportFile), "spaced", 1.5, None)
    assert [step.point.lines for step in plan.steps] == [*BUDGETS, 64]
    assert check_files(path, path, Limits(0.0, 1.0)).passed


def test_figures_of_a_row_are_those_of_evaluate(
    drives: Path, small: Path, finished: tuple[Path, str], tmp_path: Path
) -> None:
    (row,) = [row for row in rows_of(finished[0]) if list(row.values())[:4] == ["random", "8", "mae", "1"]]
    content = yaml.safe_load((finished[0] / "lines-8.yaml").read_text())
    content["lines"] = list(map(int, row["lines"].split()))
    (tmp_path / "lines.yaml").write_text(yaml.safe_dump(content))
    asked = ("--lines", tmp_path / "lines.yaml", "--part", "held-out", "--settings", small, "--json")
    report = json.loads(succeeded(lidarsel("evaluate", drives, *asked, "-o", tmp_path / "report.json")))
    (judged,) = [one for one in report["rows"] if one["method"] == "random"]
    assert [judged[name] for name in FIGURES] == [float(row[name]) for name in FIGURES]


@pytest.mark.slow
def test_a_killed_sweep_goes_on_to_the_same_bytes(
    drives: Path, small: Path, finished: tuple[Path, str], tmp_path: Path
) -> None:
    asked = ["sweep", drives, *ASKED, "--settings", small, "-o", tmp_path]
    command = [sys.executable, "-m", "lidarsel", *map(str, asked)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None and not _evaluations(tmp_path):
        time.sleep(0.01)
    running.kill()
    outcome_of(running)
    before = _evaluations(tmp_path)
    assert before, "killed too early to show anything"
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    succeeded(lidarsel(*asked))
    (folder,) = tmp_path.iterdir()
    with EvaluationStore.open(folder / STORE) as one, EvaluationStore.open(finished[0] / STORE) as whole:
        assert before < one.count() == whole.count()
    for name in ("sweep.csv", "settings.yaml", "values.npz"):
        assert (folder / name).read_bytes() == (finished[0] / name).read_bytes(), name


def _evaluations(runs: Path) -> int:
    """How many evaluations the store of an unfinished sweep holds."""
    stores = list(runs.glob(f".unfinished-*/{STORE}"))
    if not stores or not stores[0].stat().st_size:
        return 0
    with EvaluationStore.open(stores[0]) as store:
        return store.count()


@pytest.fixture(scope="module")
def swept(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], SweepResult]:
    """Sweeps by one metric and by three, told to TensorBoard where that is installed."""
    given = {**SMALL, "crop": (48, 200), "methods": ("densest", "spaced"), "choose": "spaced", "budgets": (8,)}
    runs = tmp_path_factory.mktemp("runs")
    found: dict[tuple[str, ...], SweepResult] = {}
    for metrics in (("rmse",), ("rmse", "mae", "imae@0-20")):
        settings = make_settings(SweepSettings(), **given, metrics=metrics)
        found[metrics] = sweep(drives, settings, runs, str(len(metrics)), "test", trackers=TRACKERS)
    return found


@pytest.mark.skipif(not TRACKERS, reason="pip install 'lidarsel[tensorboard]'")
def test_tensorboard_is_told_every_row(swept: dict[tuple[str, ...], SweepResult]) -> None:
    result = swept["rmse", "mae", "imae@0-20"]
    for metric in ("rmse", "mae", "imae@0-20"):
        rows = sorted((one.row for one in result.rows if one.metric == metric), key=lambda row: row.budget)
        expected: dict[str, list[tuple[int, float]]] = {}
        for row in rows:
            errors = {name: getattr(row, name) for name in FIGURES}
            if metric == "imae@0-20":
                errors["imae_per_km_0-20"] = row.errors_by[metric]
            for name, error in errors.items():
                told = (row.budget, float(np.float32(error)))
                expected.setdefault(f"{name}/{row.method}", []).append(told)
        assert scalars_of(result.folder / "tensorboard" / f"{metric}-seed-0") == expected


def test_metrics_and_methods_share_evaluations(swept: dict[tuple[str, ...], SweepResult]) -> None:
    counts = {}
    for metrics, result in swept.items():
        with EvaluationStore.open(result.folder / STORE) as store:
            counts[metrics] = store.count()
        densest = [swept.row.rmse_mm for swept in result.rows if swept.row.method == "densest"]
        assert densest == densest[:1] * len(metrics), "what needs no error is the same by every metric"
    assert counts["rmse",] * 1.1 > counts["rmse", "mae", "imae@0-20"]


def test_one_frame_is_judged_on_itself_and_says_so(drives: Path, small: Path, tmp_path: Path) -> None:
    asked = ("--max-frames", 1, "--settings", small, "-k", 4, "-o", tmp_path)
    told = json.loads(succeeded(lidarsel("sweep", drives, *asked, "--json")))
    assert told["report"]["same_frames"] is True
    table = (Path(told["folder"]) / "sweep.md").read_text()
    assert "on the frames they were chosen on" in table
    assert "Doubtful" in table
    assert {one["row"]["method"] for one in told["rows"]} == {"all", "none", *METHODS}
    page = (Path(told["folder"]) / "sweep.html").read_text()
    shown = {method: error.removeprefix("* ") for method, error in table_cells(page)[:-1]}
    judged = [row for row in told["report"]["rows"] if row["method"] in METHODS]
    assert shown == {row["method"]: text_of(row["rmse_mm"]) for row in judged}
    assert not any("runs of this sweep" in note for note in told["report"]["notes"])


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (("--metrics", "psnr"), "psnr"),
        (("--seeds", "one"), "--seeds"),
        (("--budgets", "65"), "65"),
    ],
)
def test_wrong_options_are_refused_by_name(drives: Path, tmp_path: Path, asked: tuple[str, str], named: str) -> None:
    assert_refused(lidarsel("sweep", drives, *asked, "-o", tmp_path), named)
    assert not list(tmp_path.iterdir())
