"""Imitation held against products that are simulated, as benchmarks/imitation.py does it: a small case of its table."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))  # scripts, not a package

from imitation import measure, seen_by

from lidarsel.completion.registry import load_network
from lidarsel.sensors.registry import find_product

FARTHEST = 0.05


@pytest.mark.slow
def test_imitated_by_elevations_within_the_logs_view_a_product_is_as_it_is_simulated() -> None:
    log, inside = find_product("OS1-128"), ["OS1-64", "OS1-32", "OS1-32-BH"]
    result = measure(log, [find_product(name) for name in inside], [], load_network("lidarsel"), 4)
    assert len(result) == 2  # ground truth as KITTI makes it, and exact depth
    for measured in result.values():
        assert list(measured["products"]) == inside
        for row in measured["products"].values():
            assert row["untold"] == 0
            assert abs(row["itself"]["difference"]) < FARTHEST
        looks_down, level = (measured["products"][name]["itself"] for name in ("OS1-32-BH", "OS1-32"))
        # another product's lines are far from it, so that the bar says something
        assert abs(looks_down["imitated_mm"] / level["itself_mm"] - 1) > 4 * FARTHEST


def test_what_a_product_sees_with_is_its_own() -> None:
    settings = seen_by("VLP-16")
    assert (settings.n_lines, settings.lidar_range_m, settings.azimuth_step_deg) == (16, 100, 0.199)
