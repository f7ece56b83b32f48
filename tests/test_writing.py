"""Files and folders are there whole or not at all."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lidarsel.errors import OutputError, UsageError
from lidarsel.workflow.runfolder import STORE, run_folder
from lidarsel.writing import alone, whole_folder, write_bytes
from tests.support.commands import outcome_of

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_appears_only_when_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(RuntimeError), whole_folder(out) as partial:  # noqa: PT012
        (partial / "half").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with whole_folder(out) as partial:
        (partial / "all").write_text("all")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["all"]


def test_a_folder_with_something_in_it_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutputError, match="not empty"), whole_folder(tmp_path):
        pass
    assert (tmp_path / "mine").read_text() == "mine"


KILLED = """
import os, sys
from pathlib import Path
from lidarsel.writing import whole_file, whole_folder

with whole_file(Path("weights")) as file, whole_folder(Path("log")) as folder:
    file.write_bytes(b"half")
    (folder / "half").write_bytes(b"half")
    print("written", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_goes_with_the_next_and_what_a_live_one_writes_stays(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=tmp_path, stdin=-1, stdout=-1, env=ENVIRONMENT)
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    write_bytes(tmp_path / "weights", b"other")
    with pytest.raises(OutputError, match="is being written by another run"), whole_folder(tmp_path / "log"):
        pass
    assert len(list(tmp_path.glob(".*.part"))) == 2
    process.kill()
    outcome_of(process)
    assert len(list(tmp_path.glob(".*.part"))) == 2
    write_bytes(tmp_path / "weights", b"whole")
    with whole_folder(tmp_path / "log") as partial:
        assert not list(partial.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "weights"]
    assert (tmp_path / "weights").read_bytes() == b"whole"


def test_many_runs_for_one_lock_are_one_after_another(tmp_path: Path) -> None:
    """A lock is removed by who held it, while others may have it open: none of those may count as held."""
    inside, most = [], []

    def run(_number: int) -> None:
        for _ in range(200):
            try:
                with alone(tmp_path / "out", tmp_path / ".lock"):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
            except OutputError:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert set(most) == {1}
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_goes_on_in_its_own_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), run_folder(tmp_path, "my data", "a" * 64) as folder:  # noqa: PT012
        (folder.path / STORE).write_bytes(b"evaluated")
        raise KeyboardInterrupt
    with run_folder(tmp_path, "my data", "b" * 64) as other:
        assert not (other.path / STORE).exists(), "another run must not take it"
        other.finish()
    with run_folder(tmp_path, "my data", "a" * 64) as folder:
        assert (folder.path / STORE).read_bytes() == b"evaluated"
        final = folder.finish()
    assert sorted(path.name for path in final.iterdir()) == [STORE]
    assert final.name.endswith("-my-data") or final.name.endswith("-my-data-2")
    assert not list(tmp_path.glob(".unfinished-*"))


def test_a_refused_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError), run_folder(tmp_path, "x", "a" * 64):
        raise UsageError("refused")
    assert list(tmp_path.iterdir()) == []


def test_two_of_the_same_run_at_once_are_told(tmp_path: Path) -> None:
    again = run_folder(tmp_path, "x", "a" * 64)
    with run_folder(tmp_path, "x", "a" * 64), pytest.raises(OutputError, match="another process"), again:
        pass


def test_a_lock_that_cannot_be_removed_does_not_make_finished_work_a_failure(tmp_path: Path) -> None:
    lock = tmp_path / ".out.lock"
    with alone(tmp_path / "out", lock):
        lock.unlink()
        lock.mkdir()  # whatever is the matter with it
