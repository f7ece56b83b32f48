"""Images that are written are whole, or the place could not be written."""

import resource
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.parts.files import read_image, read_image_u16
from lidarsel.datasets.parts.png import write_png


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    colours = random.integers(0, 256, (5, 7, 3)).astype(np.uint8)
    write_png(tmp_path / "image.png", colours)
    assert np.array_equal(read_image(tmp_path / "image.png"), colours)
    grey = random.integers(0, 1 << 16, (6, 4)).astype(np.uint16)
    write_png(tmp_path / "depth.png", grey)
    assert np.array_equal(read_image_u16(tmp_path / "depth.png"), grey)


def test_wherever_the_room_ends_an_image_that_is_not_whole_is_told(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 1 << 16, (6, 4)).astype(np.uint16)
    write_png(tmp_path / "whole.png", pixels)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    for room in range((tmp_path / "whole.png").stat().st_size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(OSError, match=r"cut\.png"):
                write_png(tmp_path / "cut.png", pixels)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
