"""Medians and quantiles of groups, held to numpy's own of each group."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.geometry.groups import medians_of_groups, quantiles_of_groups

SIZES = st.lists(st.integers(0, 12), max_size=8)


@given(st.integers(0, 2**32), SIZES, st.sampled_from([np.float32, np.float64]))
def test_medians_are_numpys(seed: int, sizes: list[int], kind: type[np.floating]) -> None:
    rng = np.random.default_rng(seed)
    groups = [(rng.normal(size=size) * 30).round(rng.integers(4)).astype(kind) for size in sizes]
    expected = [np.median(group) if len(group) else np.nan for group in groups]
    np.testing.assert_array_equal(medians_of_groups(groups), np.array(expected, np.float64))


@given(st.integers(0, 2**32), SIZES, st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_quantiles_are_numpys(seed: int, sizes: list[int], shares: list[float]) -> None:
    rng = np.random.default_rng(seed)
    groups = [(rng.normal(size=size + 1) * 30).round(rng.integers(4)) for size in sizes]
    expected = [[np.quantile(group, share) for group in groups] for share in shares]
    np.testing.assert_array_equal(quantiles_of_groups(groups, shares), np.array(expected).reshape(len(shares), -1))
