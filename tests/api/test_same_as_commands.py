"""The API and the commands are the same code: the same figures in the same files, whichever of them is used."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

import lidarsel as ls
from lidarsel.cli import app
from tests.api.sample import FEW, SAMPLE


def command(*words: object) -> None:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def content(path: Path) -> dict[str, Any]:
    """A file's keys, but for who made it."""
    read: dict[str, Any] = yaml.safe_load(path.read_text()) if path.suffix == ".yaml" else json.loads(path.read_text())
    assert read.pop("command", "none").startswith(("lidarsel", "none"))
    return read


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A folder for the command's files and one for ours; the command's is where it is given."""
    theirs, ours = tmp_path / "command", tmp_path / "python"
    theirs.mkdir()
    monkeypatch.chdir(theirs)
    return theirs, ours


def test_the_stages(folders: tuple[Path, Path], data: ls.OpenedData, values: ls.Values) -> None:
    theirs, ours = folders
    given = ("--network", "nearest", "--crop", "64x212")
    command("shapley", SAMPLE, *given, "--part", "valuing", "--evaluations", 150, "-o", "values.json")
    command("select", "values.json", *given, "--data", SAMPLE, "--budget", "16,8", "--sets", 16, "-o", "lines.yaml")
    command("evaluate", SAMPLE, *given, "--lines", "lines.yaml", "--lines", "0,4,8-20", "-o", "report.json")

    values.save(ours / "values.json")
    lines = ls.select_lines(ours / "values.json", (16, 8), data=data, sets=16)
    assert lines.save(ours / "lines.yaml") == [ours / "lines.yaml", ours / "lines-8.yaml"]
    ls.evaluate_lines(data, theirs / "lines.yaml", "0,4,8-20").save(ours / "report.json")

    for name in ("values.json", "lines.yaml", "lines-8.yaml", "report.json"):
        assert content(ours / name) == content(theirs / name)
    npz, same = np.load(ours / "values.npz"), np.load(theirs / "values.npz")
    assert all(np.array_equal(npz[key], same[key]) for key in ("mean", "value_empty", "value_full"))
    assert np.array_equal(values.per_frame, same["mean"])


def test_the_main_job(folders: tuple[Path, Path], job: ls.JobResult) -> None:
    theirs, ours = folders
    few = [word for name, value in FEW.items() for word in (f"--{name}", value)]
    command("run", SAMPLE, "--network", "nearest", "--crop", "64x212", "--budget", "16,8", *few, "-o", "runs")
    (run,) = (theirs / "runs").iterdir()
    assert job.save(ours) == ours

    names = {path.relative_to(run) for path in run.rglob("*") if path.is_file()}
    assert {path.relative_to(ours) for path in ours.rglob("*") if path.is_file()} == names - {
        Path("evaluations.sqlite")
    }
    for name in ("report.json", "values.json", "lines.yaml", "lines-8.yaml", "settings.yaml"):
        assert content(ours / name) == content(run / name)
    assert ls.Report.read(run / "report.json").rows() == job.rows()


def test_lines_of_every_kind_are_judged_alike(data: ls.OpenedData, values: ls.Values, tmp_path: Path) -> None:
    lines = ls.select_lines(values, 8)
    path = lines.save(tmp_path / "lines.yaml")[0]
    kinds: list[Any] = [lines, path, str(path), lines.lines, np.array(lines.lines), {"ours": lines[8]}]
    errors = {ls.evaluate_lines(data, kind, part="held-out").file.rows[1].rmse_mm for kind in kinds}
    assert len(errors) == 1
    named = ls.evaluate_lines(data, {"ours": [8, 4, 0], "theirs": range(3)}, part="held-out")
    assert [(row.method, row.lines) for row in named.file.rows[1:-1]] == [("ours", [0, 4, 8]), ("theirs", [0, 1, 2])]


def test_what_a_file_says_of_the_call_can_be_typed_again(data: ls.OpenedData, job: ls.JobResult) -> None:
    said = "lidarsel.run({!r}, network='nearest', crop='64x212', evaluations=150, sets=16, budgets=(16, 8))"
    assert job.files.report.command == said.format(str(SAMPLE))
    network = ls.load_network("classical")
    report = ls.evaluate_lines(data, job.lines, [0, 8], {"ours": [1, 2]}, network=network, part="held-out")
    assert eval(report.file.command, {"lidarsel": ls}).rows() == report.rows()


def test_what_lines_say_of_the_call_holds_what_the_data_were_opened_with(
    data: ls.OpenedData, values: ls.Values, tmp_path: Path
) -> None:
    path, network = values.save(tmp_path / "values.json"), ls.load_network("nearest")
    lines = ls.select_lines(path, 8, data=data, sets=16, network=network)
    assert eval(lines.files[0].command, {"lidarsel": ls}).lines == lines.lines
    by_values = ls.select_lines(path, 8, network=network)
    assert eval(by_values.files[0].command, {"lidarsel": ls}).lines == by_values.lines
