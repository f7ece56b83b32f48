"""A table of two drives, whose files are there."""

from pathlib import Path

import pytest

from tests.support.sensor_frames import (
    sensor,
    write_frames_csv,
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_frames_csv(tmp_path / "data", sensor(16), ".kitti.bin")
