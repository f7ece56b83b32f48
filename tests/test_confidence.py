"""Intervals: their quantile by printed tables, their standard error by simulation, and what has none."""

import numpy as np
import pytest

from lidarsel.confidence import (
    FARTHEST,
    NO_INTERVAL,
    ConfidenceInterval,
    Groups,
    error_interval,
    half_width,
    independent_groups,
    mean_interval,
    quantile,
    standard_error,
)

PRINTED = {1: 12.70620, 2: 4.302653, 4: 2.776445, 11: 2.20099, 23: 2.06866, float("inf"): 1.95996}
"""Student's t at 0.975 by degrees of freedom, as tables in textbooks have it."""


def each_alone(n_frames: int) -> Groups:
    return Groups(np.arange(n_frames), "drives")


def ends(found: ConfidenceInterval) -> tuple[float, float]:
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def test_the_quantile_is_the_printed_one() -> None:
    for freedom, printed in PRINTED.items():
        assert quantile(freedom) == pytest.approx(printed, rel=1e-5)
    assert quantile(9, 0.9) == pytest.approx(1.833113, rel=1e-5)
    np.testing.assert_allclose(half_width([0.0, 2.0], 4), [0, 2 * PRINTED[4]], rtol=1e-5)


def test_the_interval_of_a_difference_is_the_textbooks() -> None:
    found = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 10.0]), each_alone(5))
    spread = np.sqrt(50 / 4 / 5)  # squares about 4: 9 + 4 + 1 + 0 + 36
    assert (found.low, found.high) == pytest.approx((4 - PRINTED[4] * spread, 4 + PRINTED[4] * spread), rel=1e-4)
    assert found.degrees_of_freedom == pytest.approx(4)


def test_one_group_has_no_interval() -> None:
    for groups in (each_alone(1), Groups(np.zeros(8, np.int64), "drives")):
        figures = np.arange(1.0, len(groups.of_frame) + 1)
        assert mean_interval(figures, groups) == error_interval(figures, groups) == NO_INTERVAL


def test_equal_figures_are_sure_and_an_error_of_nothing_is_no_fault() -> None:
    for interval in (mean_interval, error_interval):
        for value in (0.0, 5.0):
            found = interval(np.full(4, value), each_alone(4))
            assert (found.low, found.high) == pytest.approx((value, value))
    found = error_interval(np.array([0.0, 1.0, 2.0]), each_alone(3))
    low, high = ends(found)
    assert 0 < low < 1 < high < np.inf


def test_the_interval_of_an_error_is_above_0_and_grows_with_its_unit() -> None:
    errors = np.array([400.0, 3000.0])
    in_mm, in_m = error_interval(errors, each_alone(2)), error_interval(errors / 1000, each_alone(2))
    low, high = ends(in_mm)
    assert 0 < low < 1700 < high
    assert ends(in_m) == pytest.approx((low / 1000, high / 1000))


@pytest.mark.parametrize("sizes", [(3, 3, 3), (10, 5, 1), (9, 1, 1, 1), (6, 6, 5, 2, 2)])
def test_drives_of_any_lengths_have_an_unbiased_error_and_enough_width(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    weight = np.array(sizes) / sum(sizes)
    trials = rng.standard_normal((4000, len(sizes)))
    found = [standard_error(of_group, weight) for of_group in trials]
    squares = np.array([error for error, _ in found]) ** 2
    assert squares.mean() == pytest.approx(np.sum(weight**2), rel=0.06)
    half = np.array([float(half_width(error, freedom)) for error, freedom in found])
    assert 0.93 < np.mean(np.abs(trials @ weight) <= half) <= 1
    if len(set(sizes)) == 1:
        assert found[0][1] == pytest.approx(len(sizes) - 1)


def test_several_drives_are_the_groups_and_one_is_cut_into_stretches() -> None:
    several = independent_groups(["a", "a", "b", "c", "c"])
    assert (several.of_frame.tolist(), several.kind, several.count) == ([0, 0, 1, 2, 2], "drives", 3)
    one = independent_groups(["a"] * 25)
    assert one.kind == "stretches"
    assert 1 < one.count < 25
    assert np.all(np.diff(one.of_frame) >= 0), "neighbours stay together"
    lengths = np.bincount(one.of_frame)
    assert lengths.max() - lengths.min() <= 1
    assert independent_groups(["a"] * 3).of_frame.tolist() == [0, 1, 2]
    assert independent_groups(["a"]).count == 1


def test_two_unlike_frames_do_not_make_an_interval_without_end() -> None:
    low, high = ends(error_interval(np.array([10.0, 9000.0]), each_alone(2)))
    assert (low, high) == pytest.approx((4505 / FARTHEST, 4505 * FARTHEST))
