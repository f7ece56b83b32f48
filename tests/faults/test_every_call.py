"""Some calls of short runs fail; ``python -m tests.faults.every_call`` fails every one (docs/reliability.md)."""

import json
import sys
from pathlib import Path

import pytest

from tests.faults.every_call import JOBS
from tests.faults.injector import FAULTS, compiler
from tests.support.commands import run

WRITES = [fault for fault in FAULTS if fault.startswith("write")]
pytestmark = pytest.mark.skipif(compiler() is None, reason="needs Linux, glibc and a C compiler (cc)")


def _injected(out: Path, *options: object) -> int:
    """How many calls failed, after seeing that each was told in one line and left nothing half-made."""
    command = [sys.executable, "-m", "tests.faults.every_call", "-o", out, *options]
    done = run(command, seconds=7200)
    assert done.returncode == 0, done.stdout + done.stderr
    return sum(row["injected"] for row in json.loads(out.read_text())["rows"])


def test_a_call_that_fails_is_told_in_one_line_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    assert _injected(tmp_path / "every_call.json", "--jobs", "apply", "--most", 2) == 2 * len(FAULTS)


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS)
def test_whichever_write_fails_nothing_is_half_made(tmp_path: Path, job: str) -> None:
    assert _injected(tmp_path / "every_call.json", "--jobs", job, "--faults", *WRITES) > 0


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS)
def test_whatever_else_fails_nothing_is_half_made(tmp_path: Path, job: str) -> None:
    """Some of some thousand calls: all of them take hours."""
    others = [fault for fault in FAULTS if fault not in WRITES]
    assert _injected(tmp_path / "every_call.json", "--jobs", job, "--faults", *others, "--most", 60) > 0
