"""Depth images whose scans are at hand: what is wrong with a file is told by its name."""

from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.kitti_trees import DAY, DRIVE, SIZE, depth_image, write_depth, write_image


@pytest.mark.parametrize(
    ("kind", "damage", "said"),
    [
        ("velodyne_raw", "8-bit", "is 8-bit grey PNG, no depth image"),
        ("groundtruth", "8-bit", "is 8-bit grey PNG, no depth image"),
        ("groundtruth", "colour", "is 8-bit colour PNG, no depth image"),
        ("velodyne_raw", "size", "where the calibration is for 300x90"),
        ("groundtruth", "size", "is 200x90 pixels where the sparse depth image is 300x90"),
        ("velodyne_raw", "empty", "has no pixel with depth"),
        ("velodyne_raw", "text", "is no PNG image"),
        ("groundtruth", "cut", "cannot be decoded"),
    ],
)
def test_damaged_depth_images(whole_copy: Path, kind: str, damage: str, said: str) -> None:
    path = depth_image(whole_copy, kind, 3)
    if damage == "8-bit":
        io.write_image_png_u8(str(path), np.zeros((*SIZE, 1), np.uint8), "mono")
    elif damage == "colour":
        write_image(path)
    elif damage == "size":
        write_depth(path, np.ones((90, 200)))
    elif damage == "empty":
        write_depth(path, np.zeros(SIZE))
    elif damage == "text":
        path.write_text("no picture")
    else:
        path.write_bytes(path.read_bytes()[:200])
    data = open_dataset(whole_copy)
    assert [p.path for p in data.problems] == [path]
    with pytest.raises(BadInputError, match=said) as refused:
        data.frame(3)
    assert str(refused.value).startswith(str(path))
    skipped = open_dataset(whole_copy, ReadOptions(skip_bad=True))
    assert len(skipped) == 6
    assert [p.path for p in skipped.problems] == [path]


def test_an_image_of_another_size_than_its_depth(whole_copy: Path) -> None:
    path = whole_copy / DAY / DRIVE / "image_02/data/0000000001.png"
    write_image(path, 90, 280)
    with pytest.raises(BadInputError, match="is 280x90 pixels where its depth image is 300x90"):
        open_dataset(whole_copy).frame(1)
