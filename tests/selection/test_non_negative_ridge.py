"""Non-negative ridge by the conditions of its optimum (Karush, Kuhn and Tucker), and against scipy's solver."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lidarsel.selection.non_negative_ridge import non_negative_ridge


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 20),
    st.integers(1, 60),
    st.floats(-5, 1),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
@example(rows=19, columns=11, log_ridge=-5.0, binary=True, seed=1781464926)  # values tell no step from none
@example(rows=15, columns=6, log_ridge=-5.0, binary=True, seed=1108896279)
def test_it_is_the_least_of_all(rows: int, columns: int, log_ridge: float, binary: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, columns))
    matrix = (matrix > 0).astype(float) if binary else matrix
    target, ridge = rng.normal(size=rows), 10.0**log_ridge
    found = non_negative_ridge(matrix, target, ridge)
    assert (found >= 0).all()
    slope = matrix.T @ (matrix @ found - target) + ridge * found
    close = 1e-7 * (1 + np.abs(matrix.T @ target).max())
    assert (slope >= -close).all(), "more of one would be better"
    assert np.abs(slope[found > 0]).max(initial=0) <= close, "so would more or less of one that is there"
    stacked = np.vstack([matrix, np.sqrt(ridge) * np.eye(columns)])
    padded = np.concatenate([target, np.zeros(columns)])
    other = scipy.optimize.lsq_linear(stacked, padded, (0, np.inf), method="bvls").x
    assert ((stacked @ found - padded) ** 2).sum() <= ((stacked @ other - padded) ** 2).sum() + 1e-9


@pytest.mark.parametrize("near", [0.0, 0.9, 1.0])
def test_it_is_the_same_from_wherever_it_begins(near: float) -> None:
    rng = np.random.default_rng(3)
    matrix, target = rng.normal(size=(30, 200)), rng.normal(size=30)
    found = non_negative_ridge(matrix, target, 1e-3)
    again = non_negative_ridge(matrix, target, 1e-3, near * found + (1 - near) * rng.random(200))
    np.testing.assert_allclose(again, found, atol=1e-7)
