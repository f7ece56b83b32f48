"""The tables that README shows are those that its commands print: read from the page, digit by digit.

The runs are slow, the demo some minutes. Among the fast tests the page is held to itself: the rows of a table to their
own arithmetic, and the sentence below to the table.
"""

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.support.commands import ROOT, run, succeeded
from tests.support.printed_blocks import drifted, printed_blocks, same

README = ROOT / "README.md"
LIDARSEL = (sys.executable, "-m", "lidarsel")
MOST_S = 3600
HEADING = "RMSE 95 % CI Ratio MAE iRMSE iMAE"
DEMO, REAL = range(2)
"""The two blocks of README that begin with that heading."""
ROW = re.compile(
    r"\s*→?\s*(?P<lines>\d+)?\s{2,}(?P<method>[\w*-]+(?: [\w*-]+)*)"
    r"\s{2,}(?P<rmse>\d+)\s+\d+–\d+.*?\s(?P<ratio>\d+\.\d{3})"
)
ANSWER = re.compile(
    r"(\d+) of (\d+) lines, chosen by (\S+), cost (\S+) % in RMSE: (\d+) mm .* against (\d+) mm with all"
)
NOT_RUN = re.compile(r"This is `(lidarsel run [^`]+)`, less its notes")


def rows_of(block: list[str]) -> list[tuple[int, str, float, float]]:
    """Lines, method, RMSE in mm and ratio to all lines of each row."""
    found, lines = [], 0
    for text in block:
        if row := ROW.match(text):
            lines = int(row["lines"] or lines)
            found.append((lines, row["method"], float(row["rmse"]), float(row["ratio"])))
    return found


@pytest.mark.parametrize("number", [DEMO, REAL])
def test_ratios_are_those_of_the_errors_beside_them(number: int) -> None:
    rows = rows_of(printed_blocks(README, HEADING)[number])
    assert len(rows) > 20
    (whole,) = [rmse for _, method, rmse, _ in rows if method == "all lines"]
    for lines, method, rmse, ratio in rows:
        assert ratio == pytest.approx(rmse / whole, abs=0.001 + 0.5 / whole * (1 + ratio)), (lines, method)


@pytest.mark.parametrize("number", [DEMO, REAL])
def test_the_answer_is_that_of_the_table(number: int) -> None:
    block = printed_blocks(README, HEADING)[number]
    (answer,) = filter(None, map(ANSWER.match, block))
    lines, n_lines, method, cost, rmse, whole = answer.groups()
    by_method = {(number, name): (error, ratio) for number, name, error, ratio in rows_of(block)}
    assert by_method[int(lines), method][0] == float(rmse)
    assert by_method[int(n_lines), "all lines"][0] == float(whole)
    assert 100 * (by_method[int(lines), method][1] - 1) == pytest.approx(float(cost), abs=0.1)


@pytest.mark.slow
def test_the_demo_prints_what_readme_shows(tmp_path: Path) -> None:
    done = run([*LIDARSEL, "demo", "-o", tmp_path], seconds=MOST_S)
    assert drifted(printed_blocks(README, HEADING)[DEMO], succeeded(done).splitlines()) == []


@pytest.mark.slow
def test_the_real_drive_prints_what_readme_shows(shared_data: Path, tmp_path: Path) -> None:
    told = NOT_RUN.search(README.read_text())
    assert told is not None, "README says which command it shows"
    words = shlex.split(told[1].replace("../shared/data", str(shared_data)))
    done = run([*LIDARSEL, *words[1:], "-o", tmp_path], seconds=MOST_S)
    assert drifted(printed_blocks(README, HEADING)[REAL], succeeded(done).splitlines()) == []


@pytest.mark.parametrize(
    ("written", "printed", "is_same"),
    [
        ("32  interval   863   508–1465  1.020  both", "32  interval  864  508–1464  1.021  both", True),
        ("32  interval   863   508–1465  1.020  both", "32  interval  865  508–1465  1.020  both", False),
        ("32  interval   863   508–1465  1.020  both", "32  interval  863  508–1465  1.022  both", False),
        ("32  interval   863   508–1465  1.020  both", "32  interval  863  508–1465  1.020  tied", False),
        ("cost 2.0 % in RMSE", "cost 2 % in RMSE", False),
        ("frame by frame −69.3 to +86.6 mm", "frame by frame +69.3 to +86.6 mm", False),
        ("8 lines by interval: 0, 3, 6", "8 lines by interval: 0, 3, 7", False),
    ],
)
def test_what_is_the_same(written: str, printed: str, is_same: bool) -> None:
    assert same(written, printed) is is_same


def test_drift_is_found() -> None:
    table = ["    64  all lines        846   1.000", "    32  sas              872   1.030"]
    assert drifted([*table, "report: runs/a"], ["a note", *table, "another", "report: runs/b"]) == []
    assert drifted(table, [table[1]]) == [table[0]]
    more = "    48  sas              850   1.010"
    assert drifted(table, [table[0], more, table[1]]) == [f"left out: {more}"]
