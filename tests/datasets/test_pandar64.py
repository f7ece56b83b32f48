"""A real cloud of an uneven sensor with its camera: 1200x1920 pixels, seen through a lens."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.registry import open_dataset
from tests.support.commands import lidarsel, succeeded
from tests.support.street_table import write_rig

SIZE = (1200, 1920)
LINES_IN_IMAGE = 61  # ../shared/data/README.md


@pytest.fixture(scope="module")
def pandar(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud as it is, its own calibration and image."""
    source, folder = shared_data / "pandar64", tmp_path_factory.mktemp("pandar64") / "log"
    if not source.is_dir():
        pytest.skip(f"no real data at {source}")
    (folder / "images").mkdir(parents=True)
    shutil.copyfile(source / "calib.pcd", folder / "000000.pcd")
    shutil.copyfile(source / "calib.png", folder / "images/000000.png")
    lens = json.loads((source / "center_camera-intrinsic.json").read_text())["center_camera-intrinsic"]["param"]
    mounting = json.loads((source / "top_center_lidar-to-center_camera-extrinsic.json").read_text())
    (mounted,) = mounting.values()
    write_rig(
        folder / "calibration.yaml",
        np.array(lens["cam_K"]["data"]),
        np.array(mounted["param"]["sensor_calib"]["data"]),
        SIZE,
        f"distortion: {lens['cam_dist']['data'][0]}\n",
    )
    return folder


def test_its_lines_reach_the_whole_image(pandar: Path) -> None:
    told = json.loads(succeeded(lidarsel("inspect", pandar, "--json")))
    assert (told["n_lines"], told["image_sizes"], told["cut"]) == (64, [list(SIZE)], None)
    assert len(told["lines_in_image"]) == LINES_IN_IMAGE
    assert any("freed of their lens's distortion" in note for note in told["notes"])


def test_its_image_is_freed_of_the_lens(pandar: Path) -> None:
    image = open_dataset(pandar).frame(0).image
    assert image is not None
    assert image.shape == (*SIZE, 3)
    assert (image[300:900, 500:1400].sum(axis=2) > 0).mean() > 0.95


def test_lines_are_valued_on_the_whole_image(pandar: Path, tmp_path: Path) -> None:
    out = tmp_path / "values.json"
    succeeded(lidarsel("shapley", pandar, "--network", "nearest", "--evaluations", "130", "-o", out))
    points = json.loads(out.read_text())["points_per_line"]
    assert np.count_nonzero(points) == LINES_IN_IMAGE
