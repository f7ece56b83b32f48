"""The sentences of a report say what its rows say, and no more."""

import msgspec
import pytest

from lidarsel.errors import UsageError
from lidarsel.printable import printable
from lidarsel.report import words
from lidarsel.report.metric_words import interval_cell, interval_told
from tests.support.report_samples import decided_by, of_one_frame, report, row


def test_answer_gives_the_cost_of_the_chosen_lines() -> None:
    found = words.answer(report())
    # 1187.4 * (46 / 32) ** 0.32 = 1333.7 mm, worked out by hand
    assert found == (
        "32 of 64 lines, chosen by sas-region, cost 12.3 % in RMSE: 1334 mm (95 % CI 1174 to 1520), "
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
    assert found.endswith("1300 mm (95 % CI 1144 to 1482).")


def test_chosen_row_that_is_missing_is_refused() -> None:
    with pytest.raises(UsageError, match="no row of its chosen method spaced at 31 lines"):
        words.answer(report(chosen_method="spaced", chosen_budget=31))


def test_one_frame_has_no_interval() -> None:
    content = report(rows=[of_one_frame(row("all", 64, 1187.4)), of_one_frame(row("sas-region", 32, 1300.0))])
    assert "1300 mm (one frame: no 95 % CI)" in words.answer(content)
    assert words.intervals(content) == "One frame says nothing of others: no 95 % CIs."


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


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (
            "mae",  # 0.31 of RMSE in every row of the sample
            "cost 12.3 % in MAE: 413 mm (95 % CI 331 to 517), against 368 mm with all 64. RMSE: 1334 mm, 12.3 % more.",
        ),
        (
            "irmse",
            "cost 12.3 % in iRMSE: 4.45 1/km (95 % CI 3.56 to 5.56), against 3.96 1/km with all 64. RMSE: 1334 mm, "
            "12.3 % more.",
        ),
        (
            "balanced",
            "cost 40.0 % in balanced error: 1.400 times all lines (95 % CI 1.120 to 1.750). RMSE: 1334 mm, 12.3 % "
            "more.",
        ),
        (
            "rmse@0-20",
            "cost 40.0 % in RMSE within 0-20 m: 1.4 mm (95 % CI 1.1 to 1.8), against 1.0 mm with all 64. RMSE: 1334 "
            "mm, 12.3 % more.",
        ),
    ],
)
def test_the_answer_is_by_what_decided_with_rmse_beside(metric: str, said: str) -> None:
    plain = report()
    rows = [
        msgspec.structs.replace(each, errors_by={metric: 1.0 if each.method == "all" else 1.4}) for each in plain.rows
    ]
    assert words.answer(decided_by(msgspec.structs.replace(plain, rows=rows), metric)).endswith(f"sas-region, {said}")


def test_a_report_older_than_intervals_of_what_decided_is_still_read() -> None:
    old = report(metric="mae")
    assert "cost" not in words.answer(old)
    assert "have this MAE: 413 mm (no 95 % CI), against 368 mm with all 64. RMSE: 1334 mm" in words.answer(old)
    assert words.intervals(old) == "No 95 % CIs of MAE are told here."


@pytest.mark.parametrize(
    ("whole_mm", "said"),
    [
        (
            0.0,
            "have an RMSE where all 64 have none, so that no ratio tells the cost: 753 mm (95 % CI 663 to 858).",
        ),
        (
            0.01,
            "have 75,300 times the RMSE of all lines: 753 mm (95 % CI 663 to 858), against next to none with all 64.",
        ),
        (0.4, "have 1,882 times the RMSE of all lines: 753 mm (95 % CI 663 to 858), against 0.4 mm with all 64."),
    ],
)
def test_hardly_any_error_with_all_lines_makes_no_percentage(whole_mm: float, said: str) -> None:
    whole = msgspec.structs.replace(row("all", 64, 1.0), rmse_mm=whole_mm, ratio_to_all=1.0 if whole_mm else None)
    kept = msgspec.structs.replace(row("sas-region", 32, 753.0), ratio_to_all=753 / whole_mm if whole_mm else None)
    content = report(rows=[whole, kept])
    assert words.answer(content).endswith(f"sas-region, {said}")
    assert ("no ratio, as all lines have no RMSE" in words.ratio(content)) == (whole_mm == 0)


@pytest.mark.parametrize(
    ("low_mm", "high_mm", "told", "cell"),
    [
        (753.0, 753.0, "the same on every frame: no 95 % CI", "–"),
        (752.9, 753.1, "95 % CI ±0.1 mm", "±0.1"),
        (700.0, 810.0, "95 % CI 700 to 810", "700–810"),
    ],
)
def test_an_interval_of_next_to_no_width_is_not_told_by_its_ends(
    low_mm: float, high_mm: float, told: str, cell: str
) -> None:
    narrow = msgspec.structs.replace(row("sas-region", 32, 753.0), rmse_low_mm=low_mm, rmse_high_mm=high_mm)
    assert (interval_told(narrow, "rmse"), interval_cell(narrow, "rmse")) == (told, cell)
    of_one = msgspec.structs.replace(narrow, n_frames=1)  # lidarsel 0.1 wrote ends there too
    assert (interval_told(of_one, "rmse"), interval_cell(of_one, "rmse")) == ("one frame: no 95 % CI", "–")


@pytest.mark.parametrize(
    ("sensor", "asked"),
    [
        ("64-line lidar", "Which 32 lines of a 64-line lidar to keep"),
        ("lidar with 64 lines in the image", "Which 32 lines of a lidar with 64 lines in the image to keep"),
        ("simulated 64-line lidar", "Which 32 lines of a simulated 64-line lidar to keep"),
        ("164-line lidar", "Which 32 of the 64 lines of a 164-line lidar to keep"),
        ("Velodyne HDL-64E", "Which 32 of the 64 lines of a Velodyne HDL-64E to keep"),
        ("HDL-64E", "Which 32 of the 64 lines of an HDL-64E to keep"),
        ("Ouster OS1-64", "Which 32 of the 64 lines of an Ouster OS1-64 to keep"),
        ("KITTI HDL-64E", "Which 32 of the 64 lines of a KITTI HDL-64E to keep"),
    ],
)
def test_a_sensor_is_not_told_twice_how_many_lines_it_has(sensor: str, asked: str) -> None:
    assert words.question(report(sensor=sensor)) == asked


def test_one_line_is_one_line() -> None:
    rows = [row("all", 8, 1187.4), row("sas-region", 1, 1300.0)]
    content = report((1,), sensor="8-line lidar", rows=rows, n_lines=8, elevation_deg=[0.0] * 8)
    assert words.question(content) == "Which 1 line of an 8-line lidar to keep"
