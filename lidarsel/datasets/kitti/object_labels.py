"""KITTI object's label_2: boxes round the things in the camera's view, a text file a frame (its development kit)."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from lidarsel.datasets.kitti.calibration import read_object_calibration
from lidarsel.datasets.parts.files import numbered_files, read_bytes
from lidarsel.datasets.parts.matrices import MOST
from lidarsel.datasets.scans.labels import BoxLabels, FrameBoxes
from lidarsel.errors import BadInputError
from lidarsel.geometry.boxes import Box
from lidarsel.object_classes import ObjectClass

KITTI_CLASSES = {
    "Car": ObjectClass.VEHICLE,
    "Van": ObjectClass.VEHICLE,
    "Truck": ObjectClass.VEHICLE,
    "Tram": ObjectClass.VEHICLE,
    "Pedestrian": ObjectClass.PERSON,
    "Person_sitting": ObjectClass.PERSON,
    "Person (sitting)": ObjectClass.PERSON,
    "Cyclist": ObjectClass.CYCLIST,
    "Misc": ObjectClass.OTHER,
}
"""What KITTI's boxes are called, in label_2 and in tracklets."""
_UNTOLD = "DontCare"
_FIELDS = (15, 16)  # the last one, a score, is of detections
_REMEDY = "take the original file of KITTI's object labels, or move label_2 elsewhere to go without classes"


def object_labels(split: Path, scans: Mapping[int, Path]) -> BoxLabels | None:
    """Those of a split's frames; None where there are none."""
    files = {n: path for n, path in numbered_files(split / "label_2", (".txt",)).items() if n in scans}
    calibrations = {n: split / "calib" / f"{scans[n].stem}.txt" for n in files}
    source = "KITTI's boxes (label_2); what is in no box, the road too, is other"
    return BoxLabels(source, files, partial(_boxes, files, calibrations), all_round=False) if files else None


def _boxes(files: Mapping[int, Path], calibrations: Mapping[int, Path], number: int) -> FrameBoxes:
    camera_from_lidar = read_object_calibration(calibrations[number]).camera_from_lidar
    told = read_object_labels(files[number])
    return FrameBoxes([box.seen_from(camera_from_lidar) for box in told.boxes], told.untold)


def read_object_labels(path: Path) -> FrameBoxes:
    """The boxes in rectified camera coordinates; what is marked as not to be cared for is untold.

    A row is type, truncation, occlusion, alpha, left, top, right, bottom (pixels), height, width, length, x, y, z of
    the middle of the box's bottom (metres), and the turn about the camera's y axis. Raises BadInputError.
    """
    boxes, untold = [], []
    for row, words in enumerate(_rows(path), 1):
        kind = words[0]
        values = _numbers(path, row, words)
        if kind == _UNTOLD:
            left, top, right, bottom = (float(value) for value in values[3:7])
            untold.append((left, top, right, bottom))
        elif kind not in KITTI_CLASSES:
            raise BadInputError(path, f"row {row} is a {kind!r}, which KITTI does not have", _REMEDY)
        else:
            height, width, length, x, y, z, turn = values[7:14]
            if min(height, width, length) <= 0:
                raise BadInputError(path, f"row {row} has a box without extent", _REMEDY)
            middle = np.array([x, y - height / 2, z])
            box_from_camera = np.eye(4)
            cosine, sine = np.cos(turn), np.sin(turn)
            box_from_camera[:3, :3] = [[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]]
            box_from_camera[:3, 3] = -box_from_camera[:3, :3] @ middle
            boxes.append(Box(box_from_camera, np.array([length, height, width]), KITTI_CLASSES[kind]))
    return FrameBoxes(boxes, untold)


def _rows(path: Path) -> list[list[str]]:
    try:
        lines = read_bytes(path).decode().splitlines()
    except UnicodeDecodeError:
        raise BadInputError(path, "is no text file", _REMEDY) from None
    return [words for words in map(str.split, lines) if words]


def _numbers(path: Path, row: int, words: list[str]) -> list[float]:
    try:
        values = [float(word) for word in words[1:]]
    except ValueError:
        values = []
    if 1 + len(values) not in _FIELDS or not all(abs(value) <= MOST for value in values):
        raise BadInputError(path, f"row {row} is not a type and {_FIELDS[0] - 1} numbers", _REMEDY)
    return values
