"""Sentences in a terminal: whole words, whole hashes, nothing lost; in a pipe one line each."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.commands.wrapping import wrapped
from tests.support.commands import ROOT, succeeded
from tests.support.commands import lidarsel as piped

WORDS = st.lists(st.text("abcdef0-9,.", min_size=1, max_size=30), min_size=1, max_size=40)


@given(WORDS, st.integers(30, 120), st.sampled_from(["", "note: ", "elevations   "]))
def test_no_word_is_cut_none_is_lost_and_no_line_too_long(words: list[str], columns: int, label: str) -> None:
    text = label + " ".join(words)
    shown = wrapped(text, columns)
    assert shown.split() == text.split()
    assert all(len(line) <= max(columns, len(label) + 50) for line in shown.split("\n"))
    if max(map(len, words)) + len(label) <= 20:
        assert all(len(line) <= columns for line in shown.split("\n"))


def test_what_follows_a_label_stands_in_one_column() -> None:
    shown = wrapped("note: " + "word " * 12, 40).split("\n")
    assert [line[:6] for line in shown] == ["note: ", "      "]
    assert shown[1][6:] == "word word word word word"


@pytest.mark.parametrize(
    "text", ["report: runs/a name with spaces/that is a long one/report.html", "fingerprint   " + "3f" * 32, "short"]
)
def test_paths_and_hashes_stay_whole(text: str) -> None:
    assert "\n" not in wrapped(text, 100 if text.startswith("finger") else 40)
    assert text.split()[-1] in wrapped(text, 40)


def in_a_terminal(tmp_path: Path, *words: str, columns: int = 80) -> str:
    """What the command writes to a terminal of so many columns."""
    ours, its = pty.openpty()
    env = {**os.environ, "COLUMNS": str(columns), "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    command = [sys.executable, "-m", "lidarsel", *words]
    with subprocess.Popen(command, stdout=its, stderr=subprocess.DEVNULL, env=env, cwd=tmp_path) as process:
        os.close(its)
        said = b""
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:  # the terminal's other end is closed: the command has ended
            pass
    os.close(ours)
    assert process.returncode == 0
    return said.decode()


def test_a_command_wraps_in_a_terminal_and_not_in_a_pipe(tmp_path: Path) -> None:
    shown = in_a_terminal(tmp_path, "datasets")
    assert max(len(line) for line in shown.splitlines()) <= 80
    plain = succeeded(piped("datasets"))
    assert max(len(line) for line in plain.splitlines()) > 80
    assert shown.split() == plain.split()
