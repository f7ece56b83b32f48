"""The sentences of a report say what its rows say, and no more."""

import pytest

from lidarsel.errors import UsageError
from lidarsel.printable import printable
from lidarsel.report import words
from tests.support.report_samples import of_one_frame, report, row


def test_answer_gives_the_cost_of_the_chosen_lines() -> None:
    found = words.answer(report())
    # 1187.4 * (46 / 32) ** 0.32 = 1333.7 mm, worked out by hand
    assert found == (
        "32 of 64 lines, chosen by sas-region, cost 12.3 % in RMSE: 1334 mm (95 % interval 1174 to 1520), "
        "against 1187 mm with all 64."
    )


@pytest.mark.parametrize(
    ("rmse_mm", "said"),
    [
        (1187.4 * 0.98, "have 2.0 % less RMSE than all lines"),
        (1187.4 * 1.0004, "leave RMSE as it is with all lines (to 0.1 %)"),
        (1187.4 * 2.5, "cost 150.0 % in RMSE"),
    ],
)
def test_answer_tells_gain_and_loss_apart(rmse_mm: float, said: str) -> None:
    rows = [row("all", 64, 1187.4), row("sas-region", 32, rmse_mm)]
    assert said in words.answer(report(rows=rows))


def test_answer_without_the_row_of_all_lines() -> None:
    found = words.answer(report(rows=[row("sas-region", 32, 1300.0)]))
    assert found.endswith("1300 mm (95 % interval 1144 to 1482).")


def test_chosen_row_that_is_missing_is_refused() -> None:
    with pytest.raises(UsageError, match="no row of its chosen method spaced at 31 lines"):
        words.answer(report(chosen_method="spaced", chosen_budget=31))


def test_one_frame_has_no_interval() -> None:
    content = report(rows=[of_one_frame(row("all", 64, 1187.4)), of_one_frame(row("sas-region", 32, 1300.0))])
    assert "1300 mm (one frame: no interval)" in words.answer(content)
    assert words.intervals(content) == "One frame says nothing of others: no intervals."


@pytest.mark.parametrize(
    ("between", "said"),
    [
        ("drives", "drives like these (Student, 11 degrees"),
        ("stretches", "speak of that drive (of 100"),
        (None, "bootstrap"),
    ],
)
def test_the_report_says_what_its_intervals_speak_of(between: str | None, said: str) -> None:
    assert said in words.intervals(report(intervals_between=between))


def test_names_cannot_steer_a_terminal() -> None:
    assert printable("a\x1b[31m\nb") == r"a\x1b[31m\nb"
