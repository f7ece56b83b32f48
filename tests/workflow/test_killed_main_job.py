"""The main job killed at random moments: the same command goes on and leaves the same files, and no others."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lidarsel.errors import UsageError
from lidarsel.workflow.runfolder import run_folder
from tests.support.commands import lidarsel, outcome_of, started, succeeded
from tests.support.quick import slow_but
from tests.support.stored_rows import Rows, stored_rows

SETTINGS = "crop: [48, 200]\nnetwork: nearest\nevaluations: 1000\nseed: 3\nsets: 40\n"
STOPPED_BY = [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated"), (signal.SIGHUP, "terminal closed")]
MOMENTS = [random.Random(number).random() for number in range(20)]


@dataclass(frozen=True)
class Whole:
    """A job that nobody disturbed. rows: its store's evaluations; files: all else that it left, by name."""

    command: list[object]
    seconds: float
    rows: Rows
    files: dict[str, bytes]


def prepared(folder: Path) -> Path:
    folder.mkdir()
    (folder / "settings.yaml").write_text(SETTINGS)
    return folder


def rows(stores: Iterator[Path]) -> Rows:
    """What the only store (or none) holds."""
    return next((stored_rows(store) for store in stores), set())


def whole_runs(folder: Path) -> list[Path]:
    """Folders of runs that are there in whole, oldest first."""
    return sorted(path for path in folder.glob("runs/*") if not path.name.startswith("."))


def files(run: Path) -> dict[str, bytes]:
    found = (path for path in run.rglob("*") if path.is_file() and path.name != "evaluations.sqlite")
    return {str(path.relative_to(run)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def whole(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = prepared(tmp_path_factory.mktemp("whole") / "job")
    command = ["run", drives, "--settings", "settings.yaml", "--budget", "8", "-o", "runs"]
    start = time.monotonic()
    succeeded(lidarsel(*command, cwd=folder))
    seconds = time.monotonic() - start
    (run,) = whole_runs(folder)
    return Whole(command, seconds, rows(folder.glob("runs/*/evaluations.sqlite")), files(run))


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_random_moment(whole: Whole, tmp_path: Path, moment: float) -> None:
    folder = prepared(tmp_path / "job")
    command = [sys.executable, "-m", "lidarsel", *map(str, whole.command)]
    job = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(moment * whole.seconds)
    job.kill()
    outcome_of(job)
    assert rows(folder.glob("runs/.unfinished-*/evaluations.sqlite")) <= whole.rows
    for run in whole_runs(folder):
        assert files(run) == whole.files, "what bears its last name is whole"
    succeeded(lidarsel(*whole.command, cwd=folder))
    latest = whole_runs(folder)[-1]
    assert files(latest) == whole.files
    assert rows(iter([latest / "evaluations.sqlite"])) == whole.rows
    assert not list(folder.glob("runs/.unfinished-*"))


@pytest.mark.parametrize(
    ("number", "told"),
    slow_but([(signal.SIGINT, "interrupted")], STOPPED_BY),
)
def test_when_stopped_it_says_that_the_same_command_goes_on(
    drives: Path, tmp_path: Path, number: signal.Signals, told: str
) -> None:
    folder = prepared(tmp_path / "job")
    job = started("run", drives, "--settings", "settings.yaml", "--budget", 8, "-o", "runs", cwd=folder)
    while job.poll() is None and not list(folder.glob("runs/.unfinished-*/evaluations.sqlite")):
        time.sleep(0.02)
    job.send_signal(number)
    assert outcome_of(job)[1].endswith(f"lidarsel: {told}; the same command goes on with what was kept\n")
    assert job.returncode == 128 + number


def interrupted(runs: Path) -> None:
    """A run that stops in the middle of writing its report."""
    with run_folder(runs, "log", "key") as folder:
        (folder.path / "values.json").write_text("{}")
        (folder.path / ".report.json.1.part").write_text("{cut sho")
        raise KeyboardInterrupt


def test_what_a_killed_run_had_half_written_goes(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path)
    with run_folder(tmp_path, "log", "key") as folder:
        final = folder.finish()
    assert [path.name for path in final.iterdir()] == ["values.json"]


def test_a_refused_run_leaves_no_folder_that_was_made_for_it(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for runs in (tmp_path / "there" / "new" / "runs", tmp_path / "there"):
        with pytest.raises(UsageError), run_folder(runs, "log", "key"):
            raise UsageError("refused")
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_a_name_is_no_longer_than_file_systems_take(tmp_path: Path) -> None:
    with run_folder(tmp_path, "x" * 300, "key") as folder:
        final = folder.finish()
    assert final.name.endswith("-" + "x" * 200)
