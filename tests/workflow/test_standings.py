"""Best, tied and behind as rows have them: against plain Student tests, and as often right as they say."""

import numpy as np
import pytest
from scipy import stats

from lidarsel.confidence import independent_groups
from lidarsel.report_rows import ReportRow
from lidarsel.workflow.standings import with_standings
from tests.support.report_samples import row


def rows_of(count: int) -> list[ReportRow]:
    """So many methods of other lines each, between all lines and none."""
    shifted = [row(f"m{number}", 8, 1.0) for number in range(count)]
    apart = [
        type(one)(**{**{f: getattr(one, f) for f in one.__struct_fields__}, "lines": list(range(n, n + 8))})
        for n, one in enumerate(shifted)
    ]
    return [row("all", 64, 1.0), *apart, row("none", 0, 1.0)]


def told(errors: np.ndarray, drives: list[str]) -> list[ReportRow]:
    """errors: (F, methods)."""
    ends = np.ones((len(errors), 1))
    found = with_standings(rows_of(errors.shape[1]), np.hstack([ends, errors, ends]), independent_groups(drives))
    assert (found[0].standing, found[-1].standing) == (None, None)
    return found[1:-1]


def test_a_method_that_is_worse_by_a_factor_is_told_from_four_frames() -> None:
    """Three times the error on every frame, hard or easy: a difference that scatters as much as the frames do."""
    easy_to_hard = np.array([[1.0], [2.0], [4.0], [8.0]])
    found = told(easy_to_hard * np.array([[1.0, 3.0], [1.02, 2.9], [0.98, 3.1], [1.0, 3.0]]), list("abcd"))
    assert [one.standing for one in found] == ["best", "behind"]


def test_intervals_are_students_for_all_methods_together() -> None:
    rng = np.random.default_rng(0)
    drives = [f"{drive}" for drive in range(6)]
    errors = 100 + 10 * rng.standard_normal((6, 1)) + rng.standard_normal((6, 3)) + [0, 1, 12]
    best = int(errors.mean(0).argmin())
    for place, one in enumerate(told(errors, drives)):
        if place == best:
            assert (one.standing, one.to_best_low) == ("best", None)
            continue
        ratio = errors[:, place].mean() / errors[:, best].mean()
        half = stats.sem(errors[:, place] - ratio * errors[:, best]) * stats.t.ppf(1 - 0.05 / 2 / 2, 5)  # two others
        more = errors[:, place].mean() - errors[:, best].mean()
        assert (one.to_best_low, one.to_best_high) == pytest.approx((more - half, more + half), rel=1e-9)
        assert one.standing == ("behind" if more > half else "tied")
    assert [one.standing for one in told(errors, drives)].count("behind") == 1


def test_of_two_sets_the_interval_is_a_plain_one_however_many_methods_chose_them() -> None:
    errors = np.array([[100.0, 104.0], [90.0, 95.0], [120.0, 124.0]])
    rows = rows_of(2)
    twice = [*rows[1:3], *rows[1:3]]
    groups = independent_groups(["a", "b", "c"])
    found = with_standings(twice, np.hstack([errors, errors]), groups)
    assert [one.standing for one in found] == ["best", "behind", "best", "behind"]
    ratio = errors[:, 1].mean() / errors[:, 0].mean()
    half = stats.sem(errors[:, 1] - ratio * errors[:, 0]) * stats.t.ppf(0.975, 2)
    assert (found[1].to_best_low, found[3].to_best_high) == pytest.approx((13 / 3 - half, 13 / 3 + half), rel=1e-9)


def test_one_frame_has_a_best_and_tells_no_other() -> None:
    found = told(np.array([[2.0, 1.0, 3.0]]), ["a"])
    assert [one.standing for one in found] == [None, "best", None]
    assert {one.to_best_low for one in found} == {None}


@pytest.mark.parametrize("n_drives", [4, 12])
def test_equal_methods_are_seldom_told_apart(n_drives: int) -> None:
    """Of eight methods of equal expectation one is behind in 10 to 16 of 100 reports; per pair in 35 to 43."""
    rng = np.random.default_rng(n_drives)
    drives = [f"{drive}" for drive in range(n_drives)]
    wrong = 0
    for _ in range(200):
        errors = np.exp(0.4 * rng.standard_normal((n_drives, 1)) + 0.03 * rng.standard_normal((n_drives, 8)))
        wrong += any(one.standing == "behind" for one in told(errors, drives))
    assert wrong / 200 < 0.23
