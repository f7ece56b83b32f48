"""``lidarsel datasets`` lists every reader, and what a reader says of itself is true of it."""

import json
import re
from pathlib import Path
from typing import get_args

from lidarsel.datasets.base import GroundTruth
from lidarsel.datasets.registry import readers
from tests.support.commands import lidarsel, succeeded


def test_every_layout_is_listed() -> None:
    told = json.loads(succeeded(lidarsel("datasets", "--json")))
    assert [layout["name"] for layout in told["layouts"]] == [reader.name for reader in readers()]
    for layout in told["layouts"]:
        assert layout.keys() == {"name", "looks_for", "ground_truth", "extra"}
        assert layout["looks_for"]
        assert layout["ground_truth"]
        assert set(layout["ground_truth"]) <= set(get_args(GroundTruth))


def test_the_list_in_words() -> None:
    said = succeeded(lidarsel("datasets"))
    for reader in readers():
        assert f"{reader.name}: {reader.layout.looks_for}\n" in said
    assert "frames_csv: frames.csv\n    ground truth: official, accumulated, scan\n" in said


def test_extras_are_those_of_the_package() -> None:
    """What is told to install can be installed."""
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text()
    section = project.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0]
    extras = set(re.findall(r"^(\w+) = \[", section, re.MULTILINE))
    named = set()
    for reader in readers():
        named |= set(re.findall(r"lidarsel\[(\w+)\]", reader.layout.extra))
    assert "poses" in named
    assert named <= extras
