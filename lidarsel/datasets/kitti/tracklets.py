"""KITTI raw's tracklets: boxes that move from frame to frame, in the lidar's coordinates, one XML file a drive."""

from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from lidarsel.datasets.kitti.object_labels import KITTI_CLASSES
from lidarsel.datasets.parts.files import read_bytes
from lidarsel.datasets.parts.matrices import MOST
from lidarsel.datasets.scans.labels import BoxLabels, FrameBoxes
from lidarsel.errors import BadInputError
from lidarsel.geometry.boxes import Box

NAME = "tracklet_labels.xml"
_MOST_FRAMES = 1_000_000
_REMEDY = "take the original tracklets of the drive, or move the file elsewhere to go without classes"


def tracklet_labels(drive: Path, scans: dict[int, Path]) -> BoxLabels | None:
    """Those of a drive's frames; None where it has no tracklets. Raises BadInputError for a damaged file."""
    path = drive / NAME
    if not path.is_file():
        return None
    boxes = read_tracklets(path)
    source = "KITTI's tracklets; what is in no box, the road too, is other"
    files = dict.fromkeys(scans, path)
    return BoxLabels(source, files, lambda number: FrameBoxes(boxes.get(number, [])), all_round=False)


def read_tracklets(path: Path) -> dict[int, list[Box]]:
    """Boxes by frame number, in the coordinates of its scan.

    The development kit's readTracklets: a pose is the middle of the box's bottom and its turn about z; frames are
    counted from first_frame. Raises BadInputError.
    """
    content = read_bytes(path)
    if b"<!ENTITY" in content:
        raise BadInputError(path, "defines entities, which tracklets have none of", _REMEDY)
    try:
        items = ElementTree.fromstring(content).findall("tracklets/item")
        found: dict[int, list[Box]] = defaultdict(list)
        for item in items:
            kind = item.findtext("objectType", "").strip()
            if kind not in KITTI_CLASSES:
                raise BadInputError(path, f"has a {kind!r}, which KITTI does not have", _REMEDY)
            size = np.array([_number(item, name) for name in ("l", "w", "h")])
            if size.min() <= 0:
                raise ValueError
            first = int(item.findtext("first_frame", ""))
            if not 0 <= first <= _MOST_FRAMES:
                raise ValueError
            for number, pose in enumerate(item.findall("poses/item"), first):
                found[number].append(_box(pose, size, KITTI_CLASSES[kind]))
    except (ElementTree.ParseError, ValueError):
        raise BadInputError(path, "is no file of KITTI's tracklets", _REMEDY) from None
    return dict(found)


def _box(pose: ElementTree.Element, size: np.ndarray, value: int) -> Box:
    x, y, z, turn = (_number(pose, name) for name in ("tx", "ty", "tz", "rz"))
    cosine, sine = np.cos(turn), np.sin(turn)
    box_from_lidar = np.eye(4)
    box_from_lidar[:3, :3] = [[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]
    box_from_lidar[:3, 3] = -box_from_lidar[:3, :3] @ [x, y, z + size[2] / 2]
    return Box(box_from_lidar, size, value)


def _number(element: ElementTree.Element, name: str) -> float:
    """Raises ValueError where it is not there, or no number of any use."""
    value = float(element.findtext(name, ""))
    if not abs(value) <= MOST:
        raise ValueError
    return value
