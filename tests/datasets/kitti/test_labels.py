"""Classes of ground truth by SemanticKITTI's labels, KITTI's boxes and its tracklets, on a closed-form street."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.object_labels import read_object_labels
from lidarsel.datasets.parts.semantic_kitti import SemanticLabel, read_label_classes
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans import labels
from lidarsel.errors import BadInputError
from lidarsel.frame import Frame
from lidarsel.object_classes import ObjectClass
from lidarsel.training.processes import Processes
from lidarsel.training.recipe import Recipe
from lidarsel.workflow.training_frames import frames_of
from tests.datasets.kitti.test_object import write_odometry
from tests.fuzz.trees import STREET, object_layout
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import DAY, DRIVE, LIDAR_HEIGHT_M, Array, Street, write_depth_tree, write_raw_tree
from tests.support.label_files import THINGS, lidar_points, tracklets, write_labels

CLASS_OF_THING = dict(zip(THINGS, (ObjectClass.VEHICLE, ObjectClass.PERSON, ObjectClass.CYCLIST), strict=True))


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("semantic")
    write_labels(write_odometry(root, Street()) / "labels", Street(), frames=6)
    return root


@pytest.fixture
def copy(sequence: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sequence, tmp_path / "data"))


def told(frame: Frame) -> tuple[Array, np.ndarray]:
    """Lidar points and classes of the pixels with ground truth; elsewhere no class is told."""
    assert frame.ground_truth_m is not None
    assert frame.truth_class is not None
    assert not frame.truth_class[frame.ground_truth_m == 0].any()
    row, column, xyz = lidar_points(frame.ground_truth_m)
    return xyz, frame.truth_class[row, column]


def height_above_road(xyz: Array) -> Array:
    return np.asarray(xyz[:, 2] + LIDAR_HEIGHT_M)


@pytest.mark.parametrize("truth", ["accumulated", "scan"])
def test_a_pixel_is_of_the_class_of_the_point_that_made_it(sequence: Path, truth: str) -> None:
    data = open_dataset(sequence, ReadOptions(ground_truth=truth))  # type: ignore[arg-type]
    assert any("the labels of points (labels/*.label), of 6 of 6 frames." in note for note in data.notes)
    frame = data.frame(2)
    xyz, found = told(frame)
    height, beside = height_above_road(xyz), Street().half_width_m - np.abs(xyz[:, 1])
    away_from_edges = (beside > 0.2) | (height > 0.2)
    on_road = height < 0.1
    assert min((found == ObjectClass.ROAD).sum(), (found == ObjectClass.OTHER).sum()) > 100
    np.testing.assert_array_equal(
        found[away_from_edges], np.where(on_road, ObjectClass.ROAD, ObjectClass.OTHER)[away_from_edges]
    )
    cropped = frame.crop(60, 200)
    assert cropped.truth_class is not None
    np.testing.assert_array_equal(cropped.truth_class, frame.truth_class[-60:, 50:250])  # type: ignore[index]


def test_frames_without_labels_have_no_classes(copy: Path) -> None:
    (copy / "sequences/07/labels/000003.label").unlink()
    data = open_dataset(copy)
    assert [data.frame(n).truth_class is None for n in (2, 3)] == [False, True]
    shutil.rmtree(copy / "sequences/07/labels")
    assert open_dataset(copy).frame(2).truth_class is None


def test_labels_of_neighbours_are_read_once(sequence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = open_dataset(sequence)
    read: list[str] = []

    def counted(path: Path) -> np.ndarray:
        read.append(path.name)
        return read_label_classes(path)

    monkeypatch.setattr(labels, "read_label_classes", counted)
    for index in range(len(data)):
        told(data.frame(index))
    assert sorted(read) == [f"{number:06d}.label" for number in range(6)]


def test_labels_that_are_not_asked_for_are_as_if_they_were_not_there(copy: Path, drive: Path) -> None:
    """Training does not ask for them."""
    write_labels(drive / "velodyne_points/labels", STREET, frames=5, digits=10)
    folders = {copy: copy / "sequences/07/labels", drive.parent.parent: drive / "velodyne_points/labels"}
    for data, folder in folders.items():
        assert open_dataset(data).frame(2).truth_class is not None
        unasked = open_dataset(data, ReadOptions(labels=False))
        recipe = Recipe(data=str(data), start="scratch")
        frames, _, trained_on = frames_of(recipe, ReadOptions(), recipe.settings(), Processes())
        shutil.rmtree(folder)
        without = open_dataset(data)
        assert (unasked.fingerprint, unasked.notes) == (without.fingerprint, without.notes)
        assert trained_on == without.fingerprint
        assert [frame.truth_class for frame in (unasked.frame(2), without.frame(2), frames.frame(0))] == [None] * 3


def test_labels_are_part_of_what_is_read(copy: Path) -> None:
    before = open_dataset(copy).fingerprint
    path = copy / "sequences/07/labels/000002.label"
    np.full(path.stat().st_size // 4, SemanticLabel.MOVING_CAR, "<u4").tofile(path)
    data = open_dataset(copy)
    assert data.fingerprint != before
    assert (told(data.frame(2))[1] == ObjectClass.VEHICLE).mean() > 0.2  # the others are of neighbouring scans


def test_points_without_return_have_labels_as_well(copy: Path) -> None:
    """A label a row of the file, also of those that are no point."""
    expected = open_dataset(copy).frame(2).truth_class
    for scan in (copy / "sequences/07/velodyne").iterdir():
        label = copy / f"sequences/07/labels/{scan.stem}.label"
        points, labels = np.fromfile(scan, "<f4").reshape(-1, 4), np.fromfile(label, "<u4")
        at = np.arange(0, len(points), 5)
        np.insert(points, at, 0.0, axis=0).tofile(scan)
        np.insert(labels, at, np.uint32(SemanticLabel.CAR)).tofile(label)
    np.testing.assert_array_equal(open_dataset(copy).frame(2).truth_class, expected)


def test_every_label_of_semantic_kitti_has_its_class(tmp_path: Path) -> None:
    path = tmp_path / "000000.label"
    np.array([*SemanticLabel, 40 + (9 << 16)], "<u4").tofile(path)
    classes = [ObjectClass(found) for found in read_label_classes(path)]
    names = {label.name: found for label, found in zip(SemanticLabel, classes[:-1], strict=True)}
    assert classes[-1] is ObjectClass.ROAD
    by_class = {kind: {name for name, found in names.items() if found is kind} for kind in ObjectClass}
    vehicles = {"CAR", "BUS", "ON_RAILS", "TRUCK", "OTHER_VEHICLE"}
    assert by_class[ObjectClass.VEHICLE] == vehicles | {f"MOVING_{name}" for name in vehicles}
    assert by_class[ObjectClass.PERSON] == {"PERSON", "MOVING_PERSON"}
    riders = {"BICYCLIST", "MOTORCYCLIST"}
    assert by_class[ObjectClass.CYCLIST] == {"BICYCLE", "MOTORCYCLE"} | riders | {f"MOVING_{r}" for r in riders}
    assert by_class[ObjectClass.ROAD] == {"ROAD", "LANE_MARKING"}
    assert by_class[ObjectClass.UNTOLD] == {"UNLABELED", "OUTLIER"}


def test_damaged_labels_are_one_line(copy: Path) -> None:
    path = copy / "sequences/07/labels/000001.label"
    whole = path.read_bytes()
    cases = {
        whole[:-1]: "no multiple of 4",
        whole[:-4]: f"has {len(whole) // 4 - 1} labels where its scan has {len(whole) // 4} points",
        b"\x05\0\0\0" + whole[4:]: "holds label 5, which SemanticKITTI does not have",
    }
    for content, problem in cases.items():
        path.write_bytes(content)
        assert_refused(lidarsel("evaluate", copy, "--lines", "0,4", "--network", "classical"), path.name, problem)
    assert len(open_dataset(copy, ReadOptions(skip_bad=True))) == 5


def classes_by_corners(xyz: Array) -> np.ndarray:
    expected = np.full(len(xyz), ObjectClass.OTHER, np.uint8)
    for thing, value in CLASS_OF_THING.items():
        expected[thing.holds(xyz)] = value
    assert len(np.unique(expected)) == 4
    return expected


def test_boxes_of_the_object_layout(tmp_path: Path) -> None:
    object_layout(tmp_path)
    folder = tmp_path / "training/label_2"
    for written in folder.iterdir():
        written.unlink()
    ignored = "DontCare -1 -1 -10 60.0 20.0 120.0 70.0 -1 -1 -1 -1000 -1000 -1000 -10"
    (folder / "000001.txt").write_text("\n".join([*(thing.label_2() for thing in THINGS), ignored]) + "\n")
    data = open_dataset(tmp_path, ReadOptions(ground_truth="scan"))
    assert any("of 1 of 3 frames" in note and "what is in no box" in note for note in data.notes)
    assert data.frame(0).truth_class is None
    frame = data.frame(1)
    xyz, found = told(frame)
    expected = classes_by_corners(xyz)
    assert frame.ground_truth_m is not None
    row, column = np.nonzero(frame.ground_truth_m)
    ignored_there = (row >= 20) & (row <= 70) & (column >= 60) & (column <= 120)
    expected[ignored_there & (expected == ObjectClass.OTHER)] = ObjectClass.UNTOLD
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Car 1 2 3", "row 1 is not a type and 14 numbers"),
        (THINGS[0].label_2().replace(" 9.0 ", " x "), "row 1 is not a type and 14 numbers"),  # found by fuzzing
        (THINGS[0].label_2().replace(" 9.0 ", " nan "), "row 1 is not a type and 14 numbers"),
        (THINGS[0].label_2().replace("Car", "Boat"), "row 1 is a 'Boat', which KITTI does not have"),
        (THINGS[0].label_2().replace(" 9.0 ", " 0 "), "row 1 has a box without extent"),
        ("\xff", "is no text file"),
    ],
)
def test_damaged_boxes_are_one_line(tmp_path: Path, row: str, problem: str) -> None:
    path = tmp_path / "000000.txt"
    path.write_bytes(row.encode("latin1"))
    with pytest.raises(BadInputError, match=problem):
        read_object_labels(path)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    write_raw_tree(root, 5, STREET)
    write_depth_tree(root, 5, STREET)
    return root / DAY / DRIVE


@pytest.mark.parametrize("place", ["", DAY])
def test_tracklets_of_raw_and_depth_trees(drive: Path, place: str) -> None:
    items = "".join(thing.tracklet(first_frame=1, frames=2) for thing in THINGS)
    (drive / "tracklet_labels.xml").write_text(tracklets(items))
    data = open_dataset(drive.parent.parent / place)
    assert data.layout == ("kitti_raw" if place else "kitti_depth")
    xyz, found = told(data.frame(2))
    np.testing.assert_array_equal(found, classes_by_corners(xyz))
    assert set(told(data.frame(3))[1].tolist()) == {ObjectClass.OTHER}  # nothing is tracked there any more


@pytest.mark.parametrize("truth", ["official", "dense", "accumulated"])
def test_labels_of_points_beside_the_raw_scans_of_depth_images(drive: Path, truth: str) -> None:
    """As ``lidarsel simulate`` writes them. Depth images are rounded and filled: only points that agree label them."""
    write_labels(drive / "velodyne_points/labels", STREET, frames=5, digits=10)
    data = open_dataset(drive.parent.parent, ReadOptions(ground_truth=truth))  # type: ignore[arg-type]
    xyz, found = told(data.frame(2))
    height, known = height_above_road(xyz), found != ObjectClass.UNTOLD
    assert known.sum() > 200
    assert (found[known & (height > 0.35)] == ObjectClass.OTHER).all()
    beside = STREET.half_width_m - np.abs(xyz[:, 1])
    assert (found[known & (height < 0.1) & (beside > 0.35)] == ObjectClass.ROAD).all()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<a>", "is no file of KITTI's tracklets"),
        (tracklets("<item><objectType>Car</objectType></item>"), "is no file of KITTI's tracklets"),
        (tracklets(THINGS[0].tracklet(0, 1)).replace("Car", "Boat"), "has a 'Boat'"),
        (tracklets(THINGS[0].tracklet(0, 1)).replace("<tx>14.0", "<tx>inf"), "is no file of KITTI's tracklets"),
        (tracklets(THINGS[0].tracklet(-4, 1)), "is no file of KITTI's tracklets"),
        ('<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>', "defines entities"),
    ],
)
def test_damaged_tracklets_are_one_line(drive: Path, content: str, problem: str) -> None:
    (drive / "tracklet_labels.xml").write_text(content)
    assert_refused(lidarsel("inspect", drive.parent.parent), "tracklet_labels.xml", problem)


def test_inspect_tells_the_classes(copy: Path) -> None:
    (copy / "sequences/07/labels/000000.label").unlink()
    found = json.loads(succeeded(lidarsel("inspect", copy, "--json")))
    data = open_dataset(copy)
    classes = np.concatenate([told(data.frame(n))[1] for n in range(1, 6)])
    assert found["n_labelled"] == 5
    assert found["class_shares"] == {kind.word: pytest.approx((classes == kind).mean()) for kind in ObjectClass}
    shown = " ".join(succeeded(lidarsel("inspect", copy)).split())
    assert f"road {(classes == ObjectClass.ROAD).mean():.2%}".replace("%", " %") in shown
    assert "of the ground truth of 5 labelled frames" in shown
