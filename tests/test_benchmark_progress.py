"""What the benchmark of progress makes of what a command said when, told by hand."""

import sys

import pytest

from tests.support.commands import ROOT

sys.path.append(str(ROOT / "benchmarks"))  # scripts, not a package

from progress import lefts, truth_of

BAR = "\x1b[2K\x1b[1mjudging\x1b[0m  ━━━  3/8 elapsed 0:02 left {}\r\n"
JOB = BAR + "evaluations in all ━━━ 30/400 elapsed 0:12 left {}"


def test_what_is_left_is_that_of_the_step_where_there_is_no_job() -> None:
    assert lefts([(1.0, BAR.format("0:05")), (2.0, "a line"), (3.0, BAR.format("1:00:07"))]) == [(1, 5), (3, 3607)]


def test_what_is_left_of_the_job_counts_where_it_is_told() -> None:
    assert lefts([(1.0, BAR.format("0:05")), (2.0, JOB.format("0:04", "1:20")), (3.0, BAR.format("0:01"))]) == [(2, 80)]


def test_a_true_estimate_at_half_time_is_1() -> None:
    said = [(float(at), BAR.format(f"0:{40 - at:02}")) for at in range(1, 40)]
    found = truth_of(said, 40.0)
    assert found.half_time == pytest.approx(1.0)
    assert (found.silence_s, found.soon_s) == (1.0, 8.0)  # 9 s left at 31, 1 s at 39


def test_nearly_done_for_long_and_silence_are_found() -> None:
    said = [
        (5.0, BAR.format("0:09")),
        (20.0, BAR.format("0:02")),
        (30.0, BAR.format("2:00")),
        (31.0, BAR.format("0:03")),
    ]
    found = truth_of(said, 100.0)
    assert found.soon_s == 15.0
    assert found.silence_s == 69.0
    assert found.half_time == pytest.approx(3 / 50)


def test_an_estimate_ends_with_its_step() -> None:
    begun = "\x1b[2Kvaluing lines ━━━ 0/8 elapsed 0:00"
    said = [(1.0, BAR.format("0:01")), (2.0, begun), (9.0, BAR.format("0:02"))]
    assert lefts(said) == [(1, 1), (2, None), (9, 2)]
    assert truth_of(said, 10.0).half_time is None


def test_who_says_nothing_has_no_estimate() -> None:
    assert truth_of([], 3.0).half_time is None
    assert truth_of([], 3.0).silence_s == 3.0
