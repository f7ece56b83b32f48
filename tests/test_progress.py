"""What is said of progress, of steps and of the job: a line each half minute in a pipe, bars in a terminal."""

import os
import pty
import re
import subprocess
import sys
import time

import pytest

from lidarsel import progress
from lidarsel.pace import PlannedStep

SHOW = """
import time
from lidarsel import progress
from lidarsel.pace import PlannedStep
with progress.planned([PlannedStep("valuing lines", 2400), PlannedStep("selecting lines", 17400, 2.2)]):
    with progress.noted_step("valuing lines") as advance:
        for done in range(600, 3000, 600):
            time.sleep(0.15)
            advance(done, 2400, "sas-separation")
    with progress.step("selecting lines") as advance:
        advance(1, 2)
        time.sleep(0.3)
"""


def in_a_terminal(script: str) -> str:
    ours, its = pty.openpty()
    env = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    with subprocess.Popen([sys.executable, "-c", script], stderr=its, stdout=subprocess.DEVNULL, env=env) as process:
        os.close(its)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:  # the other end is closed: the process has ended
            pass
    os.close(ours)
    assert process.returncode == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode())


def test_a_terminal_has_a_bar_for_the_step_and_one_for_the_job_within_80_columns() -> None:
    shown = in_a_terminal(SHOW)
    lines = [line for line in re.split(r"[\r\n]+", shown) if line.strip()]
    assert max(map(len, lines)) <= 80
    assert re.search(r"valuing lines .*\d00/2400 elapsed \d:\d\d left \d:\d\d sas-separation", shown)
    assert re.search(r"evaluations in all .*\d00/19800 elapsed \d:\d\d left \d:\d\d", shown)
    assert "2400/19800" in shown
    assert re.search(r"selecting lines .*1/2", lines[-1])
    assert "in all" not in lines[-1]


def test_a_pipe_has_a_line_at_the_end_and_one_whenever_it_was_silent_too_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SILENT_S", 0.05)
    with progress.planned([PlannedStep("valuing lines", 100)]), progress.step("valuing lines") as advance:
        advance(40, 100)
        time.sleep(0.3)
        advance(100, 100)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 3
    moved = r"valuing lines: 40/100 elapsed \d:\d\d left \d:\d\d; evaluations in all: 40/100 .*"
    assert any(re.fullmatch(moved, line) for line in lines)
    assert re.match(r"valuing lines: 100/100 elapsed \d:\d\d; evaluations in all: 100/100", lines[-1])


def test_a_short_step_in_a_pipe_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.step("opening the data", 1) as advance:
        advance(1, 1)
    assert capsys.readouterr().err == "opening the data: 1/1 elapsed 0:00\n"


def test_a_step_that_fails_says_how_far_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with progress.step("judging") as advance:
            advance(3, 7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert capsys.readouterr().err.startswith("judging: 3/7")


def test_an_end_that_nobody_knows_is_a_question_mark(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.step("reading"):
        pass
    assert capsys.readouterr().err == "reading: 0/? elapsed 0:00\n"
