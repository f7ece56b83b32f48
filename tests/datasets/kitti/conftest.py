"""A raw tree of the street: one to read, and a copy to damage."""

import shutil
from pathlib import Path

import pytest

from tests.support.kitti_trees import (
    write_raw_tree,
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("raw")
    write_raw_tree(root, frames=9)
    return root


@pytest.fixture
def copy(tree: Path, tmp_path: Path) -> Path:
    shutil.copytree(tree, tmp_path / "raw")
    return tmp_path / "raw"
