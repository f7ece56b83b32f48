"""The noisy mean: no unit moves it by more than it says, and the noise is as large as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lidarsel.privacy.noisy_mean import noisy_mean, within_one

VECTOR = st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=3, max_size=3)


@given(st.lists(VECTOR, min_size=1, max_size=6), st.data())
def test_a_blank_unit_moves_the_mean_by_one_over_their_number_at_most(
    vectors: list[list[float]], data: st.DataObject
) -> None:
    units = np.array(vectors, np.float64)
    blank = units.copy()
    blank[data.draw(st.integers(0, len(units) - 1))] = 0
    moved = np.linalg.norm(noisy_mean(units, 0.0) - noisy_mean(blank, 0.0))
    assert moved <= (1 + 1e-9) / len(units)


def test_the_bound_is_met() -> None:
    units = np.eye(4)
    blank = units.copy()
    blank[2] = 0
    assert np.linalg.norm(noisy_mean(units, 0.0) - noisy_mean(blank, 0.0)) == pytest.approx(1 / 4)


def test_short_vectors_stay_and_long_ones_keep_their_direction() -> None:
    assert within_one(np.array([0.3, 0.4])) == pytest.approx([0.3, 0.4])
    assert within_one(np.array([30.0, -40.0])) == pytest.approx([0.6, -0.8])
    assert within_one(np.array([np.nan, 1.0])).tolist() == [0.0, 0.0]


def test_the_noise_is_its_multiplier_over_the_number_of_units() -> None:
    units = np.zeros((5, 20_000))
    assert stats.kstest(noisy_mean(units, 3.0) * 5 / 3, "norm").pvalue > 1e-9
