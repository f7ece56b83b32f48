"""Scans in another unit than metres, or about another origin, are refused as what they are."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.parts.files import require_reachable
from lidarsel.errors import BadInputError
from tests.support.sensor_frames import sensor

XYZ_M = sensor(32).moments[0].scan.xyz_m


@pytest.mark.parametrize(("times", "unit"), [(100, "centimetres"), (1000, "millimetres")])
def test_another_unit_is_told(times: float, unit: str) -> None:
    """Centimetres were read as metres, millimetres refused as damage or coordinates of the world."""
    with pytest.raises(
        BadInputError, match=rf"0\.bin: has half of its points beyond \d+ m.* in {unit}; export it in metres"
    ):
        require_reachable(Path("0.bin"), XYZ_M * times)


@pytest.mark.parametrize("origin_m", [(800, 300, 0), (5e5, 4e6, 100)])
def test_coordinates_of_the_world_are_told(origin_m: tuple[float, float, float]) -> None:
    with pytest.raises(
        BadInputError, match="off the origin, as in coordinates of the world; export scans in the lidar"
    ):
        require_reachable(Path("0.bin"), XYZ_M + np.array(origin_m))


def test_metres_are_taken_and_so_is_what_is_far() -> None:
    require_reachable(Path("0.bin"), XYZ_M)
    ahead = XYZ_M[np.linalg.norm(XYZ_M, axis=1) > np.median(np.linalg.norm(XYZ_M, axis=1))]
    require_reachable(Path("0.bin"), ahead * 5)
