"""Depth images beside the raw tree that they were made of: one folder to read, and a copy to damage."""

import shutil
from pathlib import Path

import pytest

from tests.support.kitti_trees import write_depth_tree, write_raw_tree


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both trees in one folder, as ``lidarsel simulate`` writes them."""
    root = tmp_path_factory.mktemp("depth") / "both"
    write_raw_tree(root, frames=7)
    write_depth_tree(root, frames=7)
    return root


@pytest.fixture
def whole_copy(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "both")
    return tmp_path / "both"
