"""SemanticKITTI's label files, and what its labels are to us (its API, config/semantic-kitti.yaml)."""

from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import read_bytes
from lidarsel.errors import BadInputError
from lidarsel.object_classes import ObjectClass

_REMEDY = "copy the label file anew, or move labels/ elsewhere to go without classes"


class SemanticLabel(IntEnum):
    """The lower 16 bits of a label; the upper ones number the things of a class."""

    UNLABELED = 0
    OUTLIER = 1
    CAR = 10
    BICYCLE = 11
    BUS = 13
    MOTORCYCLE = 15
    ON_RAILS = 16
    TRUCK = 18
    OTHER_VEHICLE = 20
    PERSON = 30
    BICYCLIST = 31
    MOTORCYCLIST = 32
    ROAD = 40
    PARKING = 44
    SIDEWALK = 48
    OTHER_GROUND = 49
    BUILDING = 50
    FENCE = 51
    OTHER_STRUCTURE = 52
    LANE_MARKING = 60
    VEGETATION = 70
    TRUNK = 71
    TERRAIN = 72
    POLE = 80
    TRAFFIC_SIGN = 81
    OTHER_OBJECT = 99
    MOVING_CAR = 252
    MOVING_BICYCLIST = 253
    MOVING_PERSON = 254
    MOVING_MOTORCYCLIST = 255
    MOVING_ON_RAILS = 256
    MOVING_BUS = 257
    MOVING_TRUCK = 258
    MOVING_OTHER_VEHICLE = 259


_L = SemanticLabel
_CLASSES: dict[ObjectClass, tuple[SemanticLabel, ...]] = {
    ObjectClass.UNTOLD: (_L.UNLABELED, _L.OUTLIER),
    ObjectClass.VEHICLE: (
        *(_L.CAR, _L.BUS, _L.ON_RAILS, _L.TRUCK, _L.OTHER_VEHICLE),
        *(_L.MOVING_CAR, _L.MOVING_BUS, _L.MOVING_ON_RAILS, _L.MOVING_TRUCK, _L.MOVING_OTHER_VEHICLE),
    ),
    ObjectClass.PERSON: (_L.PERSON, _L.MOVING_PERSON),
    ObjectClass.CYCLIST: (
        *(_L.BICYCLE, _L.MOTORCYCLE, _L.BICYCLIST, _L.MOTORCYCLIST),
        *(_L.MOVING_BICYCLIST, _L.MOVING_MOTORCYCLIST),
    ),
    ObjectClass.ROAD: (_L.ROAD, _L.LANE_MARKING),
}
_NO_LABEL = 255
_CLASS_OF = np.full(1 << 16, _NO_LABEL, np.uint8)
_CLASS_OF[list(SemanticLabel)] = ObjectClass.OTHER
for _found, _labels in _CLASSES.items():
    _CLASS_OF[list(_labels)] = _found


def read_label_classes(path: Path) -> NDArray[np.uint8]:
    """A ``.label`` file, a little-endian uint32 a point -> uint8 (N,), ``ObjectClass`` of each.

    Raises BadInputError where it is damaged, or holds a label that SemanticKITTI does not have.
    """
    content = read_bytes(path)
    if len(content) % 4:
        raise BadInputError(path, f"has {len(content)} bytes, no multiple of 4 (uint32, one a point)", _REMEDY)
    label = np.frombuffer(content, "<u4") & 0xFFFF
    found: NDArray[np.uint8] = _CLASS_OF[label]
    if (found == _NO_LABEL).any():
        problem = f"holds label {label[found == _NO_LABEL][0]}, which SemanticKITTI does not have"
        raise BadInputError(path, problem, _REMEDY)
    return found
