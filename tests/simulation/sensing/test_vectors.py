"""Short vectors by column, against numpy's own products of rows."""

import numpy as np
import pytest

from lidarsel.simulation.sensing.rig import rigid, rotation, transform
from lidarsel.simulation.sensing.vectors import dots, lengths, some

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 500, 3)).astype(np.float32)


@pytest.mark.parametrize("rows", [A, np.ascontiguousarray(A.T).T], ids=["rows in one piece", "columns in one piece"])
def test_products_lengths_and_picks_are_those_of_the_rows(rows: np.ndarray) -> None:
    np.testing.assert_allclose(dots(rows, B), np.einsum("ij,ij->i", A.astype(float), B), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(lengths(rows), np.linalg.norm(A.astype(float), axis=1), rtol=1e-6)
    index = np.array([3, 0, 499, 3])
    np.testing.assert_array_equal(some(rows, index), A[index])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_transform_is_the_matrix_product(dtype: type) -> None:
    matrix, points = rigid(rotation(0.1, -0.2, 2.0), (1.0, -2.0, 0.5)), A.astype(dtype)
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    moved = transform(matrix, points)
    assert moved.dtype == dtype
    np.testing.assert_allclose(moved, homogeneous[:, :3], atol=1e-5)
    np.testing.assert_allclose(transform(matrix[:3, :3], points), points @ matrix[:3, :3].T, atol=1e-5)
