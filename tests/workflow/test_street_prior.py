"""What simulated streets make expected, for lidars other than the simulated one."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.choices import METRICS
from lidarsel.workflow.street_prior import STREET_PRIOR, StreetCosts, street_prior

FILE = msgspec.json.decode(STREET_PRIOR.read_bytes(), type=StreetCosts)
ELEVATION_DEG = np.array(FILE.elevation_deg)
M = len(ELEVATION_DEG)


def total(cost: list[list[float]], places: NDArray[np.int64]) -> float:
    """The costs of the gaps between chosen places and at both ends, one by one."""
    ends = [-1, *places, M]
    return sum(cost[a + 1][b] for a, b in pairwise(ends) if b > a + 1)


@pytest.mark.parametrize("metric", METRICS)
def test_the_simulated_lidar_has_the_costs_of_the_file(metric: str) -> None:
    prior = street_prior(ELEVATION_DEG, np.ones(M), metric)
    assert prior is not None
    chosen = np.array([2, 5, 6, 20, 40])
    found = FILE.metrics[metric]
    expected = np.log(found.constant + total(found.cost, chosen)) / found.power
    assert prior.log_error(np.isin(np.arange(M), chosen)[None])[0] == pytest.approx(expected)


def test_fewer_lines_are_expected_to_be_worse_and_bunched_ones_worse_than_spread_ones() -> None:
    prior = street_prior(ELEVATION_DEG, np.ones(M), "rmse")
    assert prior is not None
    spread = [np.isin(np.arange(M), np.linspace(2, M - 8, count).astype(int)) for count in (M, 24, 12, 6)]
    assert np.all(np.diff(prior.log_error(np.array(spread))) > 0)
    bunched = np.arange(M) < 12
    assert prior.log_error(bunched[None])[0] > prior.log_error(spread[2][None])[0]


def test_a_lidar_of_other_lines_is_judged_where_its_lines_are() -> None:
    coarse = ELEVATION_DEG[::2] + 0.05
    fine = np.repeat(ELEVATION_DEG, 2) + np.tile([0.02, -0.02], M)
    whole = street_prior(ELEVATION_DEG, np.ones(M), "rmse")
    assert whole is not None
    kept = np.isin(np.arange(M), [4, 10, 22, 36])
    for elevation_deg, same in ((coarse, kept[::2]), (fine, np.repeat(kept, 2))):
        prior = street_prior(elevation_deg, np.ones(len(elevation_deg)), "rmse")
        assert prior is not None
        assert prior.log_error(same[None])[0] == pytest.approx(whole.log_error(kept[None])[0])


def test_lines_outside_of_the_image_are_no_part_of_it() -> None:
    below = np.r_[ELEVATION_DEG, ELEVATION_DEG[-1] - np.arange(1, 18)]
    points = np.r_[np.ones(M), np.zeros(17)]
    prior = street_prior(below, points, "rmse")
    assert prior is not None
    np.testing.assert_array_equal(prior.players, np.arange(M))
    some = np.isin(np.arange(M + 17), [3, 9, 30])
    with_one_below = some | (np.arange(M + 17) == M + 4)
    assert np.ptp(prior.log_error(np.array([some, with_one_below]))) == 0


def test_there_is_none_without_elevations_or_costs() -> None:
    assert street_prior(np.full(M, np.nan), np.ones(M), "rmse") is None
    assert street_prior(ELEVATION_DEG, np.ones(M), "error that was never evaluated") is None
