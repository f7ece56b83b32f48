"""What is said where pyarrow is not installed."""

import importlib.util
from pathlib import Path

import pytest

from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError


def test_without_pyarrow_the_line_to_type_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = tmp_path / "log/sensors/lidar/315966265259836000.feather"
    sweep.parent.mkdir(parents=True)
    sweep.write_bytes(b"")
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyarrow" else find_spec(name))
    with pytest.raises(BadInputError, match=r"pip install 'lidarsel\[argoverse\]'"):
        open_dataset(tmp_path)
