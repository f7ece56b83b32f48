"""One ROS bag as a drive: its scans in time order, the image of each, and the camera.

The mounting comes from /tf_static, or from a calibration.yaml beside the bag, which then stands for CameraInfo as well.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.calibration_yaml import CALIBRATION, read_yaml_calibration
from lidarsel.datasets.parts.pairing import PAIR_WITHIN_MS, pair
from lidarsel.datasets.parts.within import within
from lidarsel.datasets.rosbag.file import METADATA, Bag, Message
from lidarsel.datasets.rosbag.messages import (
    camera_matrix_of,
    distortion_of,
    find_transform,
    image_of,
    points_of,
    scan_of,
)
from lidarsel.datasets.rosbag.topics import NAMES, Topics, beside, find_topics
from lidarsel.datasets.scans.calibrated import scan_by
from lidarsel.datasets.scans.ring_scans import RingScan
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration, Scan
from lidarsel.geometry.unordered import LaserCones

_STATIC = "/tf_static"

BagCamera = tuple[Calibration, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class BagLog:
    """A bag read so far. scans: in time order, a scan's number its place. images: by the number of their scan."""

    bag: Bag
    scans: list[Message]
    images: dict[int, Message]
    camera: BagCamera
    files: list[Path]
    notes: list[str]

    def scan(self, number: int, ring: str | None = None) -> RingScan:
        """ring: the field that holds the ring, None for a usual one."""
        message = self.scans[number]
        with within(_name_of(message)):
            return scan_of(self.bag.file_of(message), self.bag.read(message), ring)

    def scan_by(self, cones: LaserCones, number: int) -> Scan:
        """Numbered by a calibration, whatever its rings."""
        message = self.scans[number]
        path = self.bag.file_of(message)
        with within(_name_of(message)):
            return scan_by(cones, path, *points_of(path, self.bag.read(message)))

    def image(self, number: int) -> NDArray[np.uint8]:
        message = self.images[number]
        with within(_name_of(message)):
            return image_of(self.bag.file_of(message), self.bag.read(message))


def read_log(bag: Bag) -> BagLog:
    """Raises BadInputError where the bag is damaged, or what it lacks is given nowhere."""
    calibration = beside(bag.path, CALIBRATION)
    topics = find_topics(bag, with_camera_info=calibration is None)
    index = bag.index([topics.points, topics.image])
    scans, images, notes = _in_time_order(bag, index[topics.points], index[topics.image])
    pairs = pair([m.stamp_ns for m in scans], [m.stamp_ns for m in images])
    if not pairs:
        problem = f"has {len(scans)} scans and {len(images)} images, of which no two are within {PAIR_WITHIN_MS} ms"
        raise BadInputError(bag.path, problem, f"record both by one clock, or name other topics in {NAMES}")
    if len(pairs) < len(scans):
        notes.append(
            f"{bag.path.name}: {len(scans) - len(pairs)} of {len(scans)} scans are left out as frames, having no image "
            f"of their own within {PAIR_WITHIN_MS} ms."
        )
    camera = read_yaml_calibration(calibration) if calibration is not None else _recorded_camera(bag, topics, scans[0])
    files = [calibration, beside(bag.path, NAMES), bag.path / METADATA]
    there = [file for file in files if file is not None and file.is_file()]
    return BagLog(bag, scans, {s: images[i] for s, i in pairs.items()}, camera, there, notes)


def _in_time_order(
    bag: Bag, scans: list[Message], images: list[Message]
) -> tuple[list[Message], list[Message], list[str]]:
    """By the headers' stamps; by the times of recording where a driver sets none, as two clocks would not pair."""
    unset = {message.topic for message in (*scans, *images) if message.stamp_ns == 0}
    if not unset:
        return sorted(scans, key=_stamp_ns), sorted(images, key=_stamp_ns), []
    note = f"{bag.path.name}: {', '.join(sorted(unset))} has headers without time, so times of recording are taken."
    recorded = [[Message(m.topic, m.record_ns, m.nth, m.record_ns) for m in group] for group in (scans, images)]
    return recorded[0], recorded[1], [note]


def _stamp_ns(message: Message) -> int:
    return message.stamp_ns


def _recorded_camera(bag: Bag, topics: Topics, scan: Message) -> BagCamera:
    """From the first CameraInfo and /tf_static. P projects from the frame of the header, as ROS' image_geometry has it,
    and K does of images that are not rectified, once they are freed of their lens."""
    assert topics.camera_info is not None
    info = bag.first(topics.camera_info)
    lidar, camera = bag.read(scan).header.frame_id, info.header.frame_id
    linked = bag.read_all(_STATIC) if _STATIC in bag.types else ()
    remedy = f"write {bag.path.parent / CALIBRATION} as datasets/README.md shows"
    try:
        camera_from_lidar = find_transform(linked, camera, lidar)
    except ValueError:
        raise BadInputError(bag.path, f"has a transform in {_STATIC} that is no rigid motion", remedy) from None
    if camera_from_lidar is None:
        raise BadInputError(bag.path, f"does not link {lidar!r} with {camera!r} in {_STATIC}", remedy)
    distortion = () if "rect" in topics.image else distortion_of(bag.path, info)
    matrix = camera_matrix_of(bag.path, info, rectified=not distortion)
    calibration = Calibration(camera_from_lidar, matrix, distortion=distortion)
    return calibration, (int(info.height), int(info.width))


def _name_of(message: Message) -> str:
    return f"{message.topic} at {message.stamp_ns / 1e9:.9f} s"
