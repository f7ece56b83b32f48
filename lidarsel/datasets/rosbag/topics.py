"""Which topics of a bag are read: found by type, or named in a rosbag.yaml beside it where there are several."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lidarsel.datasets.rosbag.file import Bag
from lidarsel.errors import BadInputError
from lidarsel.reading import read_yaml

NAMES = "rosbag.yaml"
POINTS = ("sensor_msgs/msg/PointCloud2",)
IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
CAMERA_INFOS = ("sensor_msgs/msg/CameraInfo",)


class _TopicNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of rosbag.yaml, all optional."""

    points: str | None = None
    image: str | None = None
    camera_info: str | None = None


@dataclass(frozen=True)
class Topics:
    """camera_info: None where a calibration.yaml stands for it."""

    points: str
    image: str
    camera_info: str | None


def beside(bag: Path, name: str) -> Path | None:
    """A file of the user's in a ROS 2 bag's folder, or beside the bag."""
    places = [bag / name, bag.parent / name]
    return next((place for place in places if place.is_file()), None)


def find_topics(bag: Bag, with_camera_info: bool) -> Topics:
    """Raises BadInputError where a topic is lacking, or several could be meant and rosbag.yaml names none."""
    path = beside(bag.path, NAMES)
    named = _TopicNames() if path is None else _read_names(path)
    points = _choose(bag, path, "points", POINTS, named.points)
    image = _choose(bag, path, "image", IMAGES, named.image)
    if not with_camera_info:
        return Topics(points, image, None)
    return Topics(
        points, image, _choose(bag, path, "camera_info", CAMERA_INFOS, named.camera_info or _sibling(bag, image))
    )


def _sibling(bag: Bag, image: str) -> str | None:
    """The camera_info beside an image topic, where ROS' image_transport puts it: /front/image_raw/compressed and
    /front/image_raw have /front/camera_info."""
    namespace = image.removesuffix("/compressed").rpartition("/")[0]
    topic = f"{namespace}/camera_info"
    return topic if bag.types.get(topic) in CAMERA_INFOS else None


def _choose(bag: Bag, path: Path | None, key: str, types: Collection[str], named: str | None) -> str:
    found = sorted(topic for topic, kind in bag.types.items() if kind in types)
    wanted = " or ".join(kind.replace("/msg/", "/") for kind in types)
    if named is not None and named not in found:
        raise BadInputError(
            path or bag.path, f"names {key}: {named}, no topic of {wanted} in {bag.path.name}", _give(found)
        )
    if named is not None:
        return named
    if not found:
        raise BadInputError(bag.path, f"has no topic of {wanted}", "record one, see datasets/README.md")
    if len(found) > 1:
        place = path or (bag.path.parent / NAMES)
        problem = f"has several topics of {wanted} ({', '.join(found)})"
        raise BadInputError(bag.path, problem, f"name one in {place}, like '{key}: {found[0]}'")
    return found[0]


def _give(found: Collection[str]) -> str:
    return f"name one of {', '.join(found)}" if found else "record one, see datasets/README.md"


def _read_names(path: Path) -> _TopicNames:
    remedy = "write it with the keys points, image and camera_info"
    try:
        return msgspec.convert(read_yaml(path, remedy) or {}, _TopicNames)
    except msgspec.ValidationError as error:
        raise BadInputError(path, str(error), remedy) from None
