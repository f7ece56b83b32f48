"""No child of a test can keep the whole run waiting: each has a time limit, and goes with all that it started."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.commands import ROOT, outcome_of, run

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
    for _ in range(100):  # init, or whoever reaps orphans here, may take a moment
        if not grandchild.exists() or "Z (zombie)" in (grandchild / "status").read_text():
            return
        time.sleep(0.05)
    pytest.fail("the grandchild lives on")


def test_a_child_that_hangs_is_asked_where() -> None:
    hangs = "import time\ndef nap():\n    time.sleep(100)\nnap()"
    process = subprocess.Popen([sys.executable, "-X", "faulthandler", "-c", hangs], stderr=-1, text=True)
    with pytest.raises(AssertionError, match="line 3 in nap"):
        outcome_of(process, 2)


def test_what_a_command_says_and_its_exit_code_come_back() -> None:
    done = run([sys.executable, "-c", "import sys; print('out'); sys.stderr.write('err'); sys.exit(3)"])
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err", 3)
