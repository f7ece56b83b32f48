"""Calibrations that tell of a lens: images are freed of it, points projected without it, the rest refused by name."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.geometry.lens import undistorted
from tests.support.street_table import StreetTable

STREET = StreetTable()
LENS = (-0.2, 0.05, 0.001, -0.002, 0.01)
LINE = f"distortion: {list(LENS)}\n"


def test_the_image_is_freed_and_the_points_stay(tmp_path: Path) -> None:
    plain = open_dataset(STREET.write(tmp_path / "plain"))
    bent = open_dataset(STREET.write(tmp_path / "bent", distortion=LINE))
    for index in range(2):
        own, other = plain.frame(index), bent.frame(index)
        assert own.image is not None
        assert other.image is not None
        np.testing.assert_array_equal(other.image, undistorted(own.image, STREET.camera_matrix, LENS))
        np.testing.assert_array_equal(own.points.column, other.points.column)
        np.testing.assert_array_equal(own.points.row, other.points.row)
    told = "freed of their lens's distortion"
    assert (told in " ".join(plain.notes), told in " ".join(bent.notes)) == (False, True)
    assert plain.fingerprint != bent.fingerprint


def test_a_lens_of_zeros_is_none(tmp_path: Path) -> None:
    data = open_dataset(STREET.write(tmp_path, distortion="distortion: [0, 0, 0, 0, 0]\n"))
    assert not any("lens" in note for note in data.notes)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "distortion: [0.1, 0.2, 0, 0]\ndistortion_model: fisheye\n",
            r"distortion_model is fisheye, of a fisheye lens",
        ),
        ("distortion: [0.1, 0.2]\n", r"plumb_bob with 2 coefficients, where it has 4 or 5"),
        ("distortion: [0.1, .nan, 0, 0, 0]\n", r"distortion must be finite numbers"),
        ("distortion_model: brown\n", r"none of plumb_bob, rational_polynomial"),
    ],
)
def test_other_lenses_are_refused(tmp_path: Path, line: str, told: str) -> None:
    folder = STREET.write(tmp_path, distortion=line)
    with pytest.raises(BadInputError, match=rf"rig\.yaml.*{told}.*; .*rectify the images|rig\.yaml.*{told}"):
        open_dataset(folder)


@pytest.mark.parametrize("column", ["depth", "ground_truth"])
def test_depth_images_beside_a_lens_are_refused(tmp_path: Path, column: str) -> None:
    folder = STREET.write(tmp_path, units_per_m={column: 256}, distortion=LINE)
    with pytest.raises(
        BadInputError, match=rf"{column}\.png: is a depth image beside a calibration with lens distortion"
    ):
        open_dataset(folder)
