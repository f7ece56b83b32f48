"""Which lines of a log stand for a product's, against every way of giving them on small cases."""

import random
from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest

from lidarsel.errors import UsageError
from lidarsel.frame import UNKNOWN_LINE
from lidarsel.sensors.imitation import imitate
from lidarsel.sensors.registry import find_product
from tests.support.chosen_lines import HDL64


def best_by_trying_all(log: Sequence[float], product: Sequence[float], tolerance: float) -> tuple[int, float]:
    """Most lines told, and the least sum of distances among the ways that tell so many."""
    spare = [None] * len(product)  # a product's line may go without
    best = (0, 0.0)
    for given in set(permutations([*range(len(log)), *spare], len(product))):
        distances = [abs(product[i] - log[j]) for i, j in enumerate(given) if j is not None]
        if all(distance <= tolerance for distance in distances):
            best = min(best, (-len(distances), sum(distances)))
    return -best[0], best[1]


def test_it_is_the_best_of_all_ways() -> None:
    drawn = random.Random(18)
    for _ in range(150):
        log = sorted((round(drawn.uniform(-5, 5), 1) for _ in range(drawn.randint(1, 4))), reverse=True)
        product = sorted((round(drawn.uniform(-6, 6), 1) for _ in range(drawn.randint(1, 4))), reverse=True)
        tolerance = drawn.choice([0.25, 0.75, 2.05])
        found = imitate(log, product, tolerance)
        told = found.line_of != UNKNOWN_LINE
        most, least = best_by_trying_all(log, product, tolerance)
        assert told.sum() == most
        assert np.nansum(found.off_deg) == pytest.approx(least)
        assert len(set(found.lines)) == len(found.lines) == most
        np.testing.assert_allclose(np.abs(np.array(product) - np.array(log)[found.line_of])[told], found.off_deg[told])
        np.testing.assert_array_equal(found.outside | found.finer, ~told)
        assert not (found.outside & found.finer).any()
        assert found.untold == pytest.approx(1 - most / len(product))


def test_a_product_on_its_own_log_is_itself() -> None:
    deg = find_product("Pandar64").elevation.deg
    found = imitate(deg, deg, 0.05)
    assert found.lines == list(range(64))
    assert (found.off_deg.max(), found.untold) == (0, 0)


def test_lines_beyond_the_view_and_lines_too_fine_are_told_apart() -> None:
    found = imitate([2, 1, 0, -1], [5, 2, 1.1, 0.85, 0.5, -0.9, -4], 0.2)
    assert found.line_of.tolist() == [UNKNOWN_LINE, 0, 1, UNKNOWN_LINE, UNKNOWN_LINE, 3, UNKNOWN_LINE]
    assert found.outside.tolist() == [True, False, False, False, False, False, True]
    assert found.finer.tolist() == [False, False, False, True, True, False, False]
    assert found.untold == pytest.approx(4 / 7)


def test_a_line_gives_way_where_two_then_are_told() -> None:
    """The nearest alone would take line 1 for the first and leave the second without."""
    found = imitate([1.4, 1.0], [1.1, 0.8], 0.35)
    assert found.line_of.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("pitch_deg", "outside"),
    [
        (0.0, range(15, 2, -2)),  # above 2.3
        (-13.0, (-13, -15)),  # -26 and -28, below -24.8
        (-40.0, range(15, -16, -2)),
    ],
)
def test_pitch_moves_the_product(pitch_deg: float, outside: Sequence[int]) -> None:
    """A VLP-16 (15 to -15 degrees, each 2) beside an HDL-64E (2 to -24.5, each 0.34 to 0.5)."""
    found = imitate(HDL64.tolist(), find_product("VLP-16").elevation.deg, 0.3, pitch_deg)
    assert found.outside.tolist() == [angle in outside for angle in range(15, -16, -2)]
    assert not found.finer.any()
    assert found.untold == len(outside) / 16


@pytest.mark.parametrize(("tolerance_deg", "pitch_deg"), [(0.0, 0.0), (-1.0, 0.0), (float("nan"), 0.0), (1.0, 90.0)])
def test_what_cannot_be_is_refused(tolerance_deg: float, pitch_deg: float) -> None:
    with pytest.raises(UsageError, match="cannot be"):
        imitate([1.0], [1.0], tolerance_deg, pitch_deg)
