"""Logs that the tests thin."""

from pathlib import Path

import pytest

from tests.support.chosen_lines import write_lines
from tests.support.kitti_trees import ELEVATIONS_DEG, write_raw_tree


@pytest.fixture
def raw(tmp_path: Path) -> tuple[Path, Path]:
    """A raw tree of 16 lines and a file of chosen ones."""
    drive = write_raw_tree(tmp_path / "raw", frames=3)
    return drive, write_lines(tmp_path / "lines.yaml", [2, 5, 6, 11], ELEVATIONS_DEG.tolist())
