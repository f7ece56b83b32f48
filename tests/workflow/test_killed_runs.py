"""Real runs killed by SIGKILL at random moments: the same command goes on to the same bytes, and next to nothing is
evaluated twice; and two runs on one store at once."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.support.commands import lidarsel, outcome_of, succeeded
from tests.support.quick import slow_but
from tests.support.stored_rows import Rows, stored_rows

COUNTING = """
import os
from torch import nn

class Counting(nn.Module):
    '''A constant added where there is depth; tells a file of every coalition of the data that it completes.'''
    def __init__(self):
        super().__init__()
        self.log = os.open("completed", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def forward(self, sparse_depth_m):
        if sparse_depth_m.shape[-1] == 208:  # a frame of the data, padded, and none that networks are tried out on
            os.write(self.log, bytes(len(sparse_depth_m)))
        return sparse_depth_m + 10

def make():
    return Counting()
"""
OPTIONS = ("--settings", "settings.yaml", "--seed", 3, "-o", "values.json")
BLOCK = 128
SHARES = np.random.default_rng(0).random(10).round(3).tolist()
RESULTS = ("values.json", "values.npz")


def prepared(folder: Path) -> Path:
    """A folder to run in, with a counting network and settings."""
    folder.mkdir()
    (folder / "counting.py").write_text(COUNTING)
    settings = "crop: [48, 200]\nnetwork: counting:make\nevaluations: 1500\n"
    (folder / "settings.yaml").write_text(settings)
    return folder


def started(drives: Path, folder: Path, *more: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "lidarsel", "shapley", drives, *OPTIONS, *more]
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def completed(folder: Path) -> int:
    """How many coalitions the network has completed in a folder, by all its runs."""
    path = folder / "completed"
    return path.stat().st_size if path.exists() else 0


@dataclass(frozen=True)
class WholeRun:
    folder: Path
    rows: Rows
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> WholeRun:
    folder = prepared(tmp_path_factory.mktemp("undisturbed") / "run")
    start = time.monotonic()
    succeeded(lidarsel("shapley", drives, *OPTIONS, cwd=folder))
    seconds = time.monotonic() - start
    rows = stored_rows(folder / "evaluations.sqlite")
    assert completed(folder) == len(rows) > 1000
    return WholeRun(folder, rows, seconds)


def assert_goes_on(drives: Path, folder: Path, whole: WholeRun) -> None:
    """After a kill: nothing half-written, at most the block in flight lost; finished, the same bytes."""
    for name in RESULTS:
        if (folder / name).exists():
            assert (folder / name).read_bytes() == (whole.folder / name).read_bytes()
    before = stored_rows(folder / "evaluations.sqlite")
    assert before <= whole.rows
    assert 0 <= completed(folder) - len(before) <= BLOCK
    succeeded(lidarsel("shapley", drives, *OPTIONS, cwd=folder))
    for name in RESULTS:
        assert (folder / name).read_bytes() == (whole.folder / name).read_bytes(), name
    assert stored_rows(folder / "evaluations.sqlite") == whole.rows
    assert completed(folder) - len(whole.rows) <= BLOCK


@pytest.mark.parametrize("share", slow_but([0.6], [0.02, 0.6, *SHARES]))
def test_killed_while_it_evaluates(drives: Path, undisturbed: WholeRun, tmp_path: Path, share: float) -> None:
    """Killed within a block, once a share of all is completed."""
    folder = prepared(tmp_path / "run")
    run = started(drives, folder)
    while run.poll() is None and completed(folder) <= share * len(undisturbed.rows):
        time.sleep(0.001)
    run.send_signal(signal.SIGKILL)
    outcome_of(run)
    assert run.returncode == -signal.SIGKILL
    assert_goes_on(drives, folder, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(10))
def test_killed_at_any_moment(drives: Path, undisturbed: WholeRun, tmp_path: Path, moment: int) -> None:
    """A random moment of each tenth of the time from start to end, start-up and writing included."""
    folder = prepared(tmp_path / "run")
    run = started(drives, folder)
    time.sleep(undisturbed.seconds * (moment + np.random.default_rng(moment).random()) / 10)
    run.send_signal(signal.SIGKILL)
    outcome_of(run)
    assert run.returncode in (-signal.SIGKILL, 0)
    assert_goes_on(drives, folder, undisturbed)


@pytest.mark.slow
def test_killed_over_and_over(drives: Path, undisturbed: WholeRun, tmp_path: Path) -> None:
    """Every run of one command is killed some 150 completions further on, until there is nothing left to evaluate."""
    folder = prepared(tmp_path / "run")
    kills, before = 0, stored_rows(folder / "evaluations.sqlite")
    while len(before) < len(undisturbed.rows):
        run = started(drives, folder)
        goal = completed(folder) + 150
        while run.poll() is None and completed(folder) < goal:
            time.sleep(0.001)
        run.kill()
        outcome_of(run)
        kills += run.returncode == -signal.SIGKILL
        after = stored_rows(folder / "evaluations.sqlite")
        assert before < after, "what was stored stays, and each run adds a block"
        before = after
    assert kills >= 5
    assert completed(folder) - len(before) <= kills * BLOCK
    succeeded(lidarsel("shapley", drives, *OPTIONS, cwd=folder))
    for name in RESULTS:
        assert (folder / name).read_bytes() == (undisturbed.folder / name).read_bytes(), name


@pytest.mark.slow
def test_two_runs_on_one_store_at_once(drives: Path, undisturbed: WholeRun, tmp_path: Path) -> None:
    store = tmp_path / "shared.sqlite"
    folders = [prepared(tmp_path / name) for name in ("one", "other")]
    runs = [started(drives, folder, "--store", store) for folder in folders]
    for run in runs:
        stderr = outcome_of(run)[1]
        assert run.returncode == 0, stderr
    for folder in folders:
        assert (folder / "values.npz").read_bytes() == (undisturbed.folder / "values.npz").read_bytes()
    assert stored_rows(store) == undisturbed.rows
