"""Motions and cameras that files give: what is one, told by scipy's rotations, and what is none."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lidarsel.datasets.parts.matrices import MOST, is_rigid, padded, require_camera, require_rigid
from lidarsel.errors import BadInputError

FILE = Path("calibration.yaml")
ANGLES = st.lists(st.floats(-180, 180), min_size=3, max_size=3)
SHIFTS = st.lists(st.floats(-1e7, 1e7), min_size=3, max_size=3)
CAMERA = np.array([[721.5, 0, 609.6, 44.9], [0, 721.5, 172.9, 0.2], [0, 0, 1, 0.003]])


def motion(angles_deg: list[float], shift_m: list[float]) -> np.ndarray:
    whole = np.eye(4)
    whole[:3, :3] = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    whole[:3, 3] = shift_m
    return whole


@given(ANGLES, SHIFTS)
def test_every_motion_is_one_also_as_printed(angles_deg: list[float], shift_m: list[float]) -> None:
    whole = motion(angles_deg, shift_m)
    printed = np.array([float(f"{number:.6e}") for number in whole.ravel()]).reshape(4, 4)
    assert is_rigid(np.stack([whole, printed])).all()
    assert require_rigid(FILE, "R", whole, "mend it") is whole


@given(ANGLES, SHIFTS, st.sampled_from(["mirrored", "scaled", "sheared", "flat", "nan", "inf", "far", "last row"]))
def test_what_is_none(angles_deg: list[float], shift_m: list[float], how: str) -> None:
    whole = motion(angles_deg, shift_m)
    whole[:3, :3] = whole[:3, :3] @ {
        "mirrored": np.diag([1.0, 1, -1]),
        "scaled": 1.01 * np.eye(3),
        "sheared": np.array([[1, 0.01, 0], [0, 1, 0], [0, 0, 1.0]]),
        "flat": np.diag([1.0, 1, 0]),
    }.get(how, np.eye(3))
    if how in ("nan", "inf"):
        whole[0, 3] = float(how)
    elif how == "far":
        whole[0, 3] = 2 * MOST
    elif how == "last row":
        whole[3, 0] = 0.1
    assert is_rigid(np.stack([np.eye(4), whole])).tolist() == [True, False]
    with pytest.raises(BadInputError, match=r"calibration\.yaml: R is no rotation and translation; mend it"):
        require_rigid(FILE, "R", whole, "mend it")


def test_padded_adds_the_last_row_to_any_number_of_matrices() -> None:
    some = np.arange(24.0).reshape(2, 3, 4)
    assert padded(some)[:, :3].tolist() == some.tolist()
    assert padded(some[0])[3].tolist() == [0, 0, 0, 1]


def test_kittis_camera_matrix_is_one() -> None:
    assert require_camera(FILE, "P", CAMERA, "mend it") is CAMERA


@pytest.mark.parametrize(
    ("place", "number"),
    [((0, 0), 0.0), ((1, 1), -721.5), ((2, 2), 2.0), ((2, 0), -1e308), ((0, 3), np.nan), ((1, 2), np.inf)],
)
def test_what_is_no_camera_matrix(place: tuple[int, int], number: float) -> None:
    """P scaled by 2 projects to the same pixels, but its third coordinate is no depth in metres."""
    matrix = CAMERA.copy()
    matrix[place] = number
    with pytest.raises(BadInputError, match=r"calibration\.yaml: P is not the matrix of a camera"):
        require_camera(FILE, "P", matrix, "mend it")
