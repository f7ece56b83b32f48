"""Some disturbed runs; ``python -m tests.faults`` does many. Kills of shapley, run and train have their own tests
(tests/workflow, tests/training)."""

from itertools import product
from pathlib import Path
from random import Random

import pytest

from tests.faults.disk import can_mount, run_on_disk
from tests.faults.disturb import FAULTS, KEPT, disturb, full_disk, undisturbed
from tests.faults.jobs import DATA, JOBS, choose_lines
from tests.support.quick import slow_but

QUICK = (("simulate", "SIGTERM"), ("apply", "SIGKILL"))
RUNS = [(name, fault) for name, job in JOBS.items() for fault in FAULTS if not (job.once and fault == "two at once")]


@pytest.fixture(scope="module")
def base(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    (folder / DATA).symlink_to(drives)
    choose_lines(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "fault"),
    slow_but(QUICK, RUNS),
)
def test_the_same_command_again_makes_the_same_bytes(base: Path, name: str, fault: str) -> None:
    place = base / f"{name} {fault}"
    place.mkdir()
    for beside in (DATA, "lines.yaml"):
        (place / beside).symlink_to(base / beside)
    whole = undisturbed(JOBS[name], place / "whole")
    ended = disturb(JOBS[name], fault, whole, place / "disturbed", Random(f"{name} {fault}"))
    assert ended.same, ended.said


@pytest.mark.parametrize("name", slow_but(["simulate"], list(JOBS)))
def test_a_file_that_may_not_grow_is_told_in_one_line_and_leaves_nothing(base: Path, name: str) -> None:
    place = base / f"full {name}"
    place.mkdir()
    for beside in (DATA, "lines.yaml"):
        (place / beside).symlink_to(base / beside)
    code, said, left = full_disk(JOBS[name], place / "job")
    complaints = [line for line in said.splitlines() if line.startswith("lidarsel: ")]
    assert (code, len(complaints)) == (2, 1), said
    assert "Traceback" not in said
    assert left == []


ON_DISK = pytest.mark.skipif(not can_mount(), reason="needs namespaces of the user's own (unshare --user --mount)")
ROOM_BYTES = (0, 8 << 10, 40 << 10, 100 << 10)
QUICK_ON_DISK = (("simulate", 40 << 10), ("shapley", 0))


@ON_DISK
@pytest.mark.parametrize(
    ("name", "room_bytes"),
    slow_but(QUICK_ON_DISK, list(product(JOBS, ROOM_BYTES))),
)
def test_a_full_disk_is_told_in_one_line_and_nothing_half_made_stays(base: Path, name: str, room_bytes: int) -> None:
    """What is there in the end is whole: the undisturbed run's, or what the same command goes on with."""
    place = base / f"full {name} {room_bytes}"
    place.mkdir()
    for beside in (DATA, "lines.yaml"):
        (place / beside).symlink_to(base / beside)
    ended = run_on_disk(JOBS[name], place / "job", room_bytes)
    complaints = [line for line in ended.said.splitlines() if line.startswith("lidarsel: ")]
    assert (ended.code, len(complaints)) == (2, 1), ended.said
    assert "Traceback" not in ended.said
    assert [new for new in ended.new() if not KEPT.search(Path(new).name)] == []


@ON_DISK
@pytest.mark.parametrize("name", slow_but(["apply"], list(JOBS)))
def test_a_disk_that_cannot_be_written_is_told_in_one_line(base: Path, name: str) -> None:
    place = base / f"read-only {name}"
    place.mkdir()
    for beside in (DATA, "lines.yaml"):
        (place / beside).symlink_to(base / beside)
    ended = run_on_disk(JOBS[name], place / "job", None)
    complaints = [line for line in ended.said.splitlines() if line.startswith("lidarsel: ")]
    assert (ended.code, len(complaints)) == (2, 1), ended.said
    assert "ead-only" in complaints[0] or "may be written" in complaints[0]  # SQLite does not say why
    assert ended.new() == []
