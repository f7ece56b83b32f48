"""Ranks against SciPy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from lidarsel.geometry.ranks import ranks


@given(st.lists(st.sampled_from([-2.0, 0.0, 0.5, 3.0, np.nan, np.inf]) | st.floats(-5, 5), max_size=30))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    array = np.array(values, np.float64)
    np.testing.assert_array_equal(ranks(array), rankdata(array, nan_policy="omit"))
