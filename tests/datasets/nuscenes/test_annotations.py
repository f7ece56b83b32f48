"""nuScenes' boxes: placed in the world, asked of a sweep whose coordinates are turned against it."""

import json
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.object_classes import ObjectClass
from tests.support.commands import assert_refused, lidarsel
from tests.support.kitti_trees import Street
from tests.support.label_files import THINGS, Thing, lidar_points
from tests.support.nuscenes_trees import write_annotations, write_tree

CLASS_OF_CATEGORY = {
    "vehicle.bus.rigid": ObjectClass.VEHICLE,
    "human.pedestrian.child": ObjectClass.PERSON,
    "vehicle.motorcycle": ObjectClass.CYCLIST,
    "movable_object.barrier": ObjectClass.OTHER,
}
BARRIER = Thing("", (7.0, 5.5, -1.7), 0.0, 3.0, 2.0, 3.0)
SCAN = ReadOptions(ground_truth="scan")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = write_tree(tmp_path / "data", frames=3, street=Street(speed_mps=0.0))
    things = dict(zip(CLASS_OF_CATEGORY, (*THINGS, BARRIER), strict=True))
    write_annotations(folder, things, ["sample0", "sample2", "sample-of-another-scene"])
    return folder


def test_pixels_are_of_the_class_of_their_box(tree: Path) -> None:
    data = open_dataset(tree.parent, SCAN)
    frame = data.frame(2)
    assert frame.ground_truth_m is not None
    assert frame.truth_class is not None
    row, column, xyz = lidar_points(frame.ground_truth_m)
    expected = np.full(len(xyz), ObjectClass.OTHER)
    for thing, value in zip(THINGS, CLASS_OF_CATEGORY.values(), strict=False):
        expected[thing.holds(xyz)] = value
    assert len(np.unique(expected)) == 4
    np.testing.assert_array_equal(frame.truth_class[row, column], expected)
    unannotated = data.frame(1)
    assert unannotated.ground_truth_m is not None
    assert unannotated.truth_class is not None
    assert set(unannotated.truth_class[unannotated.ground_truth_m > 0].tolist()) == {ObjectClass.OTHER}


def test_without_annotations_there_are_no_classes(tree: Path) -> None:
    (tree / "sample_annotation.json").unlink()
    assert open_dataset(tree.parent, SCAN).frame(0).truth_class is None


@pytest.mark.parametrize(
    ("table", "change", "problem"),
    [
        ("sample_annotation", {"size": [1.0, 0.0, 1.0]}, "its row sample0-0 is no box"),
        ("sample_annotation", {"rotation": [0.0, 0.0, 0.0, 0.0]}, "its row sample0-0 is no box"),
        ("sample_annotation", {"size": [1.0]}, "is no such table of nuScenes"),
        ("sample_annotation", {"instance_token": "nobody"}, "the thing of its row sample0-0 has no category"),
        ("category", {"name": 3}, "is no such table of nuScenes"),
    ],
)
def test_damaged_annotations_are_one_line(tree: Path, table: str, change: dict[str, object], problem: str) -> None:
    path = tree / f"{table}.json"
    rows = json.loads(path.read_text())
    rows[0] |= change
    path.write_text(json.dumps(rows))
    assert_refused(lidarsel("inspect", tree.parent), path.name, problem)
