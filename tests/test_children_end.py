"""No child of a test can keep the whole run waiting: each has a time limit, and goes with all that it started."""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import ROOT, lidarsel_anew, outcome_of, run
from tests.support.loaded import LoadedProcess

TESTS = sorted((ROOT / "tests").rglob("*.py"))
WAITS = {"communicate", "wait"}
RUNS = {"run", "check_call", "check_output", "call"}


def endless(source: str) -> list[str]:
    """Where a source waits for a child without a limit of time."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        limited = any(keyword.arg in ("timeout", None) for keyword in node.keywords)
        waits = node.func.attr in WAITS and not node.args
        runs = node.func.attr in RUNS and ast.unparse(node.func.value) == "subprocess"
        if (waits or runs) and not limited:
            found.append(f"line {node.lineno}: {ast.unparse(node)[:60]}")
    return found


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_wait_for_a_child_has_a_limit(path: Path) -> None:
    assert endless(path.read_text()) == [], "use run() or outcome_of() of tests/support/commands.py"


def test_the_search_can_find() -> None:
    for code in ("p.communicate()", "job.wait()", "subprocess.run(['x'], check=True)", "subprocess.check_output('x')"):
        assert endless(code), code
    for code in ("p.communicate(timeout=3)", "tab.wait(DRAWN)", "run(['x'])", "subprocess.run(['x'], timeout=3)"):
        assert endless(code) == [], code


SLEEPS_WITH_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
print(child.pid, flush=True)
"""


def is_gone(process: Path) -> bool:
    """Whether a process has ended, by its folder in /proc; init, or whoever reaps orphans here, may take a moment."""
    for _ in range(100):
        if not process.exists() or "Z (zombie)" in (process / "status").read_text():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("parent", ["time.sleep(100)", ""], ids=["waits", "has ended"])
def test_a_child_that_does_not_end_is_killed_with_what_it_started(parent: str) -> None:
    """A grandchild holds the pipes open, so that killing the child alone would not end the wait."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPS_WITH_A_CHILD + parent], stdout=-1, stderr=-1, text=True, start_new_session=True
    )
    assert process.stdout is not None
    grandchild = Path("/proc") / process.stdout.readline().strip()
    with pytest.raises(AssertionError, match="did not end within 1 s, killed"):
        outcome_of(process, 1)
    assert is_gone(grandchild)


def test_a_child_that_hangs_is_asked_where() -> None:
    hangs = "import time\ndef nap():\n    time.sleep(100)\nnap()"
    process = subprocess.Popen([sys.executable, "-X", "faulthandler", "-c", hangs], stderr=-1, text=True)
    with pytest.raises(AssertionError, match="line 3 in nap"):
        outcome_of(process, 2)


def test_what_a_command_says_and_its_exit_code_come_back() -> None:
    done = run([sys.executable, "-c", "import sys; print('out'); sys.stderr.write('err'); sys.exit(3)"])
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err", 3)


@pytest.fixture(scope="module")
def loaded() -> Iterator[LoadedProcess]:
    one = LoadedProcess(os.environ)
    yield one
    one.end()


@pytest.mark.parametrize("words", [["evaluate", "DATA", "--lines", "gone.yaml"], ["--version"], ["run", "--help"]])
def test_a_forked_command_is_what_a_new_process_is(loaded: LoadedProcess, words: list[str], tmp_path: Path) -> None:
    forked, anew = loaded.run(words, tmp_path, 60), lidarsel_anew(*words, cwd=tmp_path)
    assert (forked.returncode, forked.stdout, forked.stderr) == (anew.returncode, anew.stdout, anew.stderr)


NAPS = """
import subprocess, time
child = subprocess.Popen(["sleep", "100"])
open("child", "w").write(str(child.pid))
def nap():
    time.sleep(100)
nap()
"""


def test_a_forked_command_that_hangs_is_asked_where_and_killed_with_what_it_started(
    loaded: LoadedProcess, tmp_path: Path
) -> None:
    (tmp_path / "naps.py").write_text(NAPS)
    words = ["export", "out.onnx", "--network", "naps:make"]
    with pytest.raises(AssertionError, match=r"did not end within 8 s, killed(.|\n)*in nap"):
        loaded.run(words, tmp_path, 8)
    assert is_gone(Path("/proc") / (tmp_path / "child").read_text())
    assert loaded.run(["--version"], tmp_path, 60).returncode == 0


def test_what_libraries_may_have_read_is_not_taken_from_a_fork(loaded: LoadedProcess) -> None:
    assert loaded.suits({**os.environ, "PYTEST_CURRENT_TEST": "another"})
    assert not loaded.suits({**os.environ, "OMP_NUM_THREADS": "7"})
