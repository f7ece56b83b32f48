"""Least and greatest values in windows, held to scipy's filters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter, minimum_filter

from lidarsel.geometry.windows import greatest_around, least_around

ODD = st.integers(0, 5).map(lambda half: 2 * half + 1)


@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 9), ODD, ODD)
def test_windows_as_scipy_has_them(seed: int, height: int, width: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.normal(size=(height, width)).astype(np.float32)
    image[rng.random(image.shape) < 0.3] = np.inf
    least = minimum_filter(image, (rows, columns), mode="constant", cval=np.inf)
    np.testing.assert_array_equal(least_around(image, (rows, columns)), least)
    greatest = maximum_filter(image, (rows, columns), mode="constant", cval=-np.inf)
    np.testing.assert_array_equal(greatest_around(image, (rows, columns)), greatest)
