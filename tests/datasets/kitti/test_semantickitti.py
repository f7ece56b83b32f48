"""SemanticKITTI is KITTI odometry with labels beside the scans, and poses within each sequence."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.datasets.kitti.test_object import write_odometry
from tests.support.kitti_trees import SIZE, Street, draw, still_scan
from tests.support.label_files import write_labels


def write_sequence(root: Path) -> Path:
    """dataset/sequences/07 with velodyne, labels, image_2, calib.txt, times.txt and poses.txt."""
    folder = write_odometry(root / "dataset", Street(), poses="inside")
    write_labels(folder / "labels", Street(), frames=6)
    (folder / "times.txt").write_text("".join(f"{0.1 * i:e}\n" for i in range(6)))
    return folder


@pytest.mark.parametrize("given", ["", "dataset", "dataset/sequences", "dataset/sequences/07"])
def test_it_is_read_as_odometry(tmp_path: Path, given: str) -> None:
    write_sequence(tmp_path)
    data = open_dataset(tmp_path / given)
    assert (data.layout, data.n_lines, data.ground_truth, len(data)) == ("kitti_odometry", 16, "accumulated", 6)
    assert data.problems == []
    expected = draw(still_scan(Street(), 1).astype(np.float32))
    np.testing.assert_allclose(data.frame(1).points.draw(*SIZE), expected, atol=1e-4)


def test_images_are_to_be_taken_from_odometry(tmp_path: Path) -> None:
    """SemanticKITTI's own download has none."""
    folder = write_sequence(tmp_path)
    for image in (folder / "image_2").iterdir():
        image.unlink()
    with pytest.raises(BadInputError, match="has no camera image"):
        open_dataset(tmp_path)
