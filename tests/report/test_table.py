"""The terminal tables and the Markdown file hold every row, in order, readable without colour."""

import io
import re

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from lidarsel.choices import METRICS
from lidarsel.criterion import criterion
from lidarsel.report.metric_words import error_of, error_text, units_kept
from lidarsel.report.table import report_markdown, report_table, values_table
from lidarsel.report.words import sections
from tests.support.report_samples import BUDGETS, METHODS, N_LINES, decided_by, report, row, values

HOSTILE = "[bold]x[/bold] <script>alert(1)</script> | `a` \x1b[2J\nb"


def printed(table: Table, width: int) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, force_terminal=False).print(table)
    return file.getvalue()


@pytest.mark.parametrize("width", [100, 80])
def test_table_fits_and_holds_every_figure(width: int) -> None:
    text = printed(report_table(report()), width)
    assert max(map(len, text.splitlines())) <= width
    for expected in report().rows:
        name = {"all": "all lines", "none": "no lines"}.get(expected.method, expected.method)
        mine = [line for line in text.splitlines() if name in line and f" {expected.rmse_mm:.0f} " in line]
        assert len(mine) == 1, name
        for figure in (f"{expected.rmse_low_mm:.0f}–{expected.rmse_high_mm:.0f}", f"{expected.ratio_to_all:.3f}"):
            assert figure in mine[0]
        assert f"{expected.irmse_per_km:.2f}" in mine[0]


def test_budgets_descend_and_each_begins_with_its_best() -> None:
    lines = printed(report_table(report()), 100).splitlines()
    begun = [line.replace("→", "").split()[:2] for line in lines if re.match(r"[→ ]*\d", line)]
    assert begun == [["64", "all"], ["32", "sas-region"], ["16", "sas-region"], ["8", "sas-region"], ["0", "no"]]


def test_chosen_and_best_are_marked_without_colour() -> None:
    text = printed(report_table(report(chosen_method="spaced")), 100)
    lines = text.partition("Means over")[0].splitlines()
    marked = [
        (line.split()[-1], "→  spaced" in line) for line in lines if "→" in line or line.rstrip().endswith("best")
    ]
    assert [(mark == "best", chosen) for mark, chosen in marked] == [
        *((True, False), (False, True), (True, False), (True, False))
    ]
    assert "→ is the chosen row." in " ".join(text.split())


@pytest.mark.parametrize("metric", ["rmse", "mae", "irmse", "imae", "balanced", "rmse@0-20", "imae@vehicle"])
def test_the_table_speaks_of_what_decided_and_no_row_is_folded_in_80_columns(metric: str) -> None:
    """The error that decided comes first, with its own interval and ratio; of the others RMSE is always there."""
    plain = report(chosen_method="sas-separation")
    rows = [
        msgspec.structs.replace(
            row,
            rmse_mm=10 * row.rmse_mm,
            errors_by={metric: 3 - row.rmse_mm / 1e4} if metric not in METRICS else {},
            standing="tied" if row.method == "sas-separation" else row.standing,
        )
        for row in plain.rows
    ]
    content = decided_by(msgspec.structs.replace(plain, rows=rows), metric)
    text = printed(report_table(content), 80)
    body = text.partition("Means over")[0].splitlines()
    assert max(map(len, text.splitlines())) <= 80
    told = [line for line in body if any(method in line.split() for method in (*METHODS, "lines"))]
    heads = [line for line in body if line.strip() and line not in told]
    assert len(told) == len(content.rows), "a line a row"
    assert "─" in heads[-1]
    assert len(heads) == (4 if "@" in metric else 3), "what, where, in which unit, and a rule"
    (chosen,) = [line.split() for line in body if "→" in line]
    row = content.row("sas-separation", 32)
    assert row is not None
    error = error_text(error_of(row, metric), metric)
    assert chosen[chosen.index("sas-separation") + 1] == error
    assert chosen[-1] == "tied"
    assert f"{row.rmse_mm:.0f}" in chosen
    shown = criterion(metric).text
    assert f"{shown(row.error_low or 0)}–{shown(row.error_high or 0)}" in chosen
    assert (f"{row.error_ratio_to_all:.3f}" in chosen) or criterion(metric).is_relative
    assert "95 % CI" in " ".join(heads)
    order = [
        each.errors_by.get(metric, 0.0) or error_of(each, metric) for _, some in sections(content) for each in some
    ]
    assert order[1:7] == sorted(order[1:7])


def test_names_are_shown_as_they_are() -> None:
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), row(HOSTILE, 32, 1310.0)]
    text = printed(report_table(report(rows=rows)), 100)
    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text


def test_markdown_table_is_whole_and_cannot_be_broken_by_a_name() -> None:
    rows = [row("all", 64, 1187.4), row("sas-region", 32, 1300.0), row(HOSTILE, 32, 1310.0)]
    text = report_markdown(report(rows=rows, sensor=HOSTILE, command="x ``` `y`"))
    outside_code = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "script" in outside_code
    assert not re.search(r"(?<!\\)[<>]", outside_code)
    assert "\x1b" not in text
    table = [line for line in text[text.index("## Accuracy") :].splitlines() if line.startswith("| ")]
    assert len(table) == 2 + 3
    columns = {line.replace("\\|", "").count("|") for line in table}
    assert columns == {10}
    assert "```` x ``` `y` ````" in text


def test_markdown_says_everything() -> None:
    content = report(same_frames=True)
    text = report_markdown(content)
    for section in ("## Before you rely on this", "## Accuracy", "## How it was made"):
        assert section in text
    for method in METHODS:
        for budget in BUDGETS:
            assert sum(line.startswith(f"| {budget} | {method} |") for line in text.splitlines()) == 1
    assert "judged on the frames they were chosen on" in text
    for value in (content.network_sha256, content.data_fingerprint, content.command, str(content.seed)):
        assert value in text
    assert units_kept("cost 12.3 % in RMSE: 1334 mm") in text


def test_values_table_has_a_row_a_line() -> None:
    content = values()
    text = printed(values_table(content), 80)
    assert max(map(len, text.splitlines())) <= 80
    rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit() and "." in line]
    assert [int(entries[0]) for entries in rows[:N_LINES]] == list(range(N_LINES))
    assert rows[15][3] == f"{content.mean[15]:.1f}"
    assert text.count("not in the image") == 18


def test_values_table_has_the_interval_that_is_tested_and_none_of_what_is_exact() -> None:
    content = values()
    text = printed(values_table(content), 80)
    rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit() and "." in line]
    assert rows[15][4] == f"{2.200985 * content.standard_error[15]:.1f}"  # Student, 11 degrees of freedom
    assert rows[0][4] == "–"
    assert "11 degrees of freedom" in " ".join(text.split())


def test_values_table_of_one_frame_says_that_there_is_no_interval() -> None:
    content = values(n_frames=1, frames=["a"], degrees_of_freedom=None)
    text = " ".join(printed(values_table(content), 80).split())
    assert "one frame: no 95 % CI" in text
    rows = [line.split() for line in printed(values_table(content), 80).splitlines() if line.strip()[:1].isdigit()]
    assert {entries[4] for entries in rows[:N_LINES]} == {"–"}


def test_values_table_of_lines_that_all_do_harm() -> None:
    content = values(mean=[-1.0] * N_LINES)
    assert printed(values_table(content), 80).count("-1.000") == N_LINES
