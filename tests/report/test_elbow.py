"""The elbow is where closed-form curves have it, and nowhere on those that have none."""

from math import isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.report.elbow import MARKED, elbow


def test_a_curve_of_two_straight_pieces_bends_where_they_meet() -> None:
    """From 64 lines on 1 a line down to 20, then 7 a line."""
    lines = [64, 48, 32, 20, 16, 12, 8]
    errors = [100.0 + (64 - k) if k >= 20 else 144.0 + 7 * (20 - k) for k in lines]
    found = elbow(lines, errors)
    assert found is not None
    assert (found.lines, found.above, found.below) == (20, 1.0, 7.0)
    assert elbow(lines[::-1], errors[::-1]) == found, "in any order"


@pytest.mark.parametrize(("fewest", "most"), [(4, 64), (8, 32), (1, 100)])
def test_an_inverse_is_furthest_below_its_chord_at_the_geometric_mean(fewest: int, most: int) -> None:
    """1/k has the slope of the chord from a to b, which is -1/(a b), where k is the root of a b."""
    lines = list(range(fewest, most + 1))
    found = elbow(lines, [1 / k for k in lines])
    assert found is not None
    assert found.lines == sqrt(fewest * most)
    # the chords beside it have slopes 1/(root * b) and 1/(a * root): their ratio is b/a
    assert isclose(found.below / found.above, most / fewest)


@given(
    st.sets(st.integers(1, 64), min_size=3, max_size=9),
    st.integers(-5, 5),
    st.integers(0, 1000),
)
def test_a_straight_curve_has_none(lines: set[int], slope: int, level: int) -> None:
    assert elbow(sorted(lines), [level - slope * k for k in sorted(lines)]) is None


def test_what_bends_the_other_way_or_hardly_has_none() -> None:
    lines = [32, 24, 16, 8]
    assert elbow(lines, [0.0, 6.0, 8.0, 9.0]) is None, "the first lines dropped cost most"
    barely, enough = [0.0, 1.0, 2.0, 2.0 + MARKED - 0.1], [0.0, 1.0, 2.0, 2.0 + MARKED]
    assert elbow(lines, barely) is None
    assert getattr(elbow(lines, enough), "lines", None) == 16
    assert elbow(lines, [9.0, 4.0, 2.0, 1.0]) is None, "fewer lines are better throughout"


def test_lines_that_cost_nothing_are_no_matter_of_ratios() -> None:
    """Noise of a hair at many lines must not make an elbow there."""
    found = elbow([64, 32, 16, 8], [100.0, 99.9, 100.2, 180.0])
    assert found is not None
    assert found.lines == 16


def test_two_points_have_nothing_between_them() -> None:
    assert elbow([64, 8], [1.0, 9.0]) is None
