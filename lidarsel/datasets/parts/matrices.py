"""Matrices that files give: refused by name where they are no motion of a body, or project to no image.

A damaged one would not fail where it is read but later, as a singular matrix, an overflow or a picture of nonsense.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import Matrix

MOST = 1e9
"""Pixels or metres: beyond it, products overflow into NaN. World coordinates are some 1e7 m."""
_ROTATION_TOLERANCE = 1e-3  # six printed digits keep a rotation to 1e-5; a wrong matrix is off by much


def require_rigid(path: Path, what: str, matrix: Matrix, remedy: str) -> Matrix:
    """The motion, float64 (4, 4), as it is. ``what``: its name in the file. Raises BadInputError."""
    if not is_rigid(matrix[None])[0]:
        raise BadInputError(path, f"{what} is no rotation and translation", remedy)
    return matrix


def is_rigid(matrices: Matrix) -> NDArray[np.bool_]:
    """float64 (N, 4, 4) -> bool (N,): a right-handed rotation (to three digits), a translation, and 0 0 0 1."""
    turn = matrices[:, :3, :3]
    bounded = np.all(np.less_equal(np.abs(matrices), MOST), axis=(1, 2))
    turn = np.where(bounded[:, None, None], turn, 0.0)
    orthogonal = np.abs(turn @ turn.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2)) < _ROTATION_TOLERANCE
    last = np.all(matrices[:, 3] == np.array([0.0, 0, 0, 1]), axis=1)
    found: NDArray[np.bool_] = bounded & orthogonal & (np.linalg.det(turn) > 0) & last
    return found


def padded(matrix: Matrix) -> Matrix:
    """float64 (..., 3, 4) -> (..., 4, 4), its last row 0 0 0 1."""
    whole = np.tile(np.eye(4), (*matrix.shape[:-2], 1, 1))
    whole[..., :3, :] = matrix
    return whole


def require_camera(path: Path, what: str, matrix: Matrix, remedy: str) -> Matrix:
    """The camera matrix, float64 (3, 4), as it is: focal lengths above 0, and a last row 0 0 1, as the third
    coordinate is taken for the depth in metres. Raises BadInputError."""
    depth_row = np.allclose(matrix[2, :3], [0, 0, 1], rtol=0, atol=_ROTATION_TOLERANCE)
    if not (np.abs(matrix) <= MOST).all() or min(matrix[0, 0], matrix[1, 1]) <= 0 or not depth_row:
        problem = f"{what} is not the matrix of a camera (focal lengths above 0, its last row 0 0 1 and an offset)"
        raise BadInputError(path, problem, remedy)
    return matrix
