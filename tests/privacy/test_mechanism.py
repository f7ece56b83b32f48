"""The noisy sum: no unit moves it by more than the clip, and the noise is as large as it says."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lidarsel.privacy.mechanism import clipped, noisy_sum

NUMBERS = st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=3, max_size=3)


@given(NUMBERS, st.floats(1e-3, 1e3))
def test_a_clipped_gradient_keeps_its_direction_and_the_bound(numbers: list[float], clip_norm: float) -> None:
    found = clipped(torch.tensor(numbers), clip_norm).numpy()
    exact = np.array(numbers, np.float64)
    length = np.hypot(np.hypot(exact[0], exact[1]), exact[2])
    if not np.isfinite(length):
        assert np.array_equal(found, np.zeros(3))
        return
    assert np.linalg.norm(found) <= clip_norm * (1 + 1e-12)
    expected = exact if length <= clip_norm else exact / length * clip_norm
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-300)


@given(st.lists(NUMBERS, min_size=1, max_size=5), st.floats(1e-3, 1e3))
def test_one_unit_more_moves_the_sum_by_the_clip_at_most(units: list[list[float]], clip_norm: float) -> None:
    whole = [torch.tensor(unit) for unit in units]
    moved = noisy_sum(whole, 3, clip_norm, 0.0) - noisy_sum(whole[1:], 3, clip_norm, 0.0)
    assert float(torch.linalg.vector_norm(moved)) <= clip_norm * (1 + 1e-9)


def test_the_noise_is_its_multiplier_times_the_clip_also_without_any_unit() -> None:
    ones = torch.full((20_000,), 1.0)
    for gradients, mean in (([], 0.0), ([ones, ones], 2 * 0.5 / np.sqrt(20_000))):
        found = noisy_sum(gradients, 20_000, 0.5, 3.0).numpy()
        assert stats.kstest((found - mean) / 1.5, "norm").pvalue > 1e-9
