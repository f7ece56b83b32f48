"""Every command that reads a log works on sensors of 8 to 128 lines with the defaults it has."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lidarsel.cli import app
from lidarsel.contracts import ReportFile, ValuesFile, read_contract
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.workflow.session import Session
from tests.support.commands import assert_refused, lidarsel
from tests.support.every_command import names
from tests.support.quick import slow_but
from tests.support.sensor_frames import sensor, write_clouds

_CHEAP = "--network nearest --evaluations 400 --methods densest,spaced --method densest --skip-bad"
COMMANDS: Mapping[str, str] = {
    "inspect": "{data} --max-frames 1",
    "calibrate": "{data} --max-frames 1 -o {out}/sensor.yaml",
    "shapley": "{data} --network nearest --evaluations 400 -o {out}/values.json",
    "select": "{out}/values.json -o {out}/lines.yaml",
    "evaluate": "{data} --network nearest --lines {out}/lines.yaml -o {out}/report.json",
    "apply": "{data} --lines {out}/lines.yaml -o {out}/thinned",
    "view": "{data} --lines {out}/lines.yaml -o {out}/view.png",
    "run": f"{{data}} {_CHEAP} -o {{out}}/runs",
    "sweep": f"{{data}} {_CHEAP} -o {{out}}/sweeps",
    "shrink": "{data} --by l1 --retrain 0 --sets 20 -o {out}/small.safetensors",
    "profile": "{data} --frames 1 -o {out}/profile.safetensors",
}
"""In an order in which each finds what it reads."""

NO_LOG = {
    *("demo", "datasets", "check", "plan", "sensors", "simulate", "train", "privacy", "export", "doctor"),
    *("store info", "store prune", "store merge", "store verify"),
    "scale",
}
"""They read no log, no number of lines is chosen in them, or (scale) want drives with ground truth of their own."""


def test_no_command_is_forgotten() -> None:
    assert NO_LOG.isdisjoint(COMMANDS)
    assert set(names()) == NO_LOG | set(COMMANDS)


@pytest.mark.parametrize("n_lines", slow_but([40], [8, 16, 32, 40, 64, 128]))
def test_defaults_fit_every_sensor(n_lines: int, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    write_clouds(data, sensor(n_lines))
    out.mkdir()
    for name, arguments in COMMANDS.items():
        words = [word.format(data=data, out=out) for word in arguments.split()]
        done = CliRunner().invoke(app, [*name.split(), *words])
        refused = name == "calibrate" and done.exit_code == 2  # too few points for cones is its own matter
        assert done.exit_code == 0 or refused, f"{name}: {done.output} {done.exception!r}"
        if name in ("select", "run", "sweep"):
            assert f"of the {n_lines} lines" in done.stderr
    assert read_contract(out / "values.json", ValuesFile).n_lines == n_lines
    (run,), (sweep,) = (list((out / folder).iterdir()) for folder in ("runs", "sweeps"))
    for folder, divisors in ((run, (2,)), (sweep, (2, 4, 8, 16))):
        report = read_contract(folder / "report.json", ReportFile)
        budgets = {row.budget for row in report.rows if row.method not in ("all", "none")}
        assert budgets == {max(1, n_lines // divisor) for divisor in divisors}


def test_a_file_of_another_sensor_is_refused_as_that(tmp_path: Path) -> None:
    for n_lines in (16, 32):
        data = tmp_path / str(n_lines)
        write_clouds(data, sensor(n_lines))
        shapley = ("shapley", data, "--network", "nearest", "--evaluations", 60, "-o", data / "values.json")
        assert lidarsel(*shapley).returncode == 0
        assert lidarsel("select", data / "values.json", "-o", data / "lines.yaml").returncode == 0
    small, large = tmp_path / "16", tmp_path / "32"
    wrong = "sensor of 32 lines", f"{small} has 16"
    assert_refused(lidarsel("evaluate", small, "--network", "nearest", "--lines", large / "lines.yaml"), *wrong)
    assert_refused(lidarsel("select", large / "values.json", "--data", small), *wrong)


def test_lines_are_selected_by_the_network_and_the_error_of_their_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, values, lines = tmp_path / "data", tmp_path / "values.json", ("-o", tmp_path / "lines.yaml")
    write_clouds(data, sensor(8))
    shapley = ("shapley", data, "--network", "nearest", "--metric", "mae", "--evaluations", 60, "-o", values)
    assert lidarsel(*shapley).returncode == 0
    assert_refused(lidarsel("select", values, "--data", data, *lines), "another network")
    asked: list[str] = []
    stored = Session.stored

    def noted(own: Session, game: LineGame, metric: str) -> StoredGame[LineGame]:
        asked.append(metric)
        return stored(own, game, metric)

    monkeypatch.setattr(Session, "stored", noted)
    words = ["select", values, "--data", data, "--network", "nearest", *lines]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    assert asked == ["mae"]


def test_a_budget_that_was_asked_for_is_refused_by_the_option_that_asked(tmp_path: Path) -> None:
    write_clouds(tmp_path / "data", sensor(16))
    run = ("run", tmp_path / "data", "--network", "nearest", "-k", 32, "-o", tmp_path / "runs")
    assert_refused(lidarsel(*run), "--budget 32", "16 lines", "1..16")
    assert_refused(lidarsel("sweep", *run[1:]), "--budgets 32", "16 lines", "1..16")


def test_a_default_follows_the_lines_that_must_be_kept_or_dropped(tmp_path: Path) -> None:
    write_clouds(tmp_path / "data", sensor(16))
    shapley = ("shapley", tmp_path / "data", "--network", "nearest", "--evaluations", 60)
    assert lidarsel(*shapley, "-o", tmp_path / "values.json").returncode == 0
    for option, lines, budget in (("--keep", "0-9", 10), ("--drop", "0-11", 4)):
        done = lidarsel("select", tmp_path / "values.json", option, lines, "--json", "-o", tmp_path / "lines.yaml")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["budget"] == budget
    done = lidarsel("select", tmp_path / "values.json", "--drop", "0-15", "-o", tmp_path / "none.yaml")
    assert_refused(done, "--drop")
