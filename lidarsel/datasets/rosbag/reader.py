"""ROS bags: PointCloud2 with ``ring``, an image topic and its CameraInfo; each bag is a drive.

Scans are taken as they are: a bag does not tell how its lidar turns, nor whether its driver freed them of motion.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.rosbag.file import METADATA, Bag, require_rosbags
from lidarsel.datasets.rosbag.log import BagCamera, BagLog, read_log
from lidarsel.datasets.scans.calibrated import numbered_by
from lidarsel.datasets.scans.drive_motion import registered
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache, can_accumulate
from lidarsel.datasets.scans.numbering import SensorLines
from lidarsel.datasets.scans.ring_scans import Rings, find_rings
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.sensor_name import any_sensor
from lidarsel.datasets.scans.shots import Shot

LAYOUT = LayoutFacts(
    name="rosbag",
    looks_for="*.bag, *.mcap, *.db3, metadata.yaml",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[ros]; lidarsel[poses] to accumulate",
)
_SUFFIXES = (".bag", ".mcap", ".db3")


def find_bags(path: Path) -> list[Path]:
    """The bag itself, or the bags in a folder: .bag, .mcap and .db3 files, and folders of ROS 2."""
    if path.is_file():
        return [path] if path.suffix in _SUFFIXES else []
    if _is_ros2(path):
        return [path.resolve()]
    inside = sorted(path.iterdir())
    return [p for p in inside if (p.suffix in _SUFFIXES and p.is_file()) or _is_ros2(p)]


def recognise(path: Path) -> bool:
    return bool(find_bags(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where rosbags is not installed, a bag is damaged, or what it lacks is given nowhere."""
    require_rosbags(path)
    logs = [read_log(Bag(bag)) for bag in find_bags(path)]
    notes = [note for log in logs for note in log.notes]
    rings: Rings | None = None
    if options.sensor is None:
        reads = [partial(log.scan, number, options.ring_field) for log in logs for number in log.images]
        rings = find_rings(path, reads, options.skip_bad)
        notes += rings.notes
    cache = ScanCache()
    shots: list[Shot] = []
    for log in logs:
        name = log.bag.path.name
        paths = {number: log.bag.file_of(message) for number, message in enumerate(log.scans)}
        accumulates = options.ground_truth != "scan" and any(can_accumulate(n, paths) for n in paths)
        motion = registered(log.bag.path, deskewed=True) if accumulates else None
        drive = DriveScans(name, paths, cache, _numbering(log, rings, options), motion, options.skip_bad)
        for number, image in log.images.items():
            decode = partial(_decode, log, number)
            camera = partial(_camera, log)
            shots.append(Shot(f"{name}/{number:06d}", drive, number, log.bag.file_of(image), camera, decode))
    calibrations = [file for log in logs for file in log.files]
    dataset = open_scans(LAYOUT.name, path, shots, calibrations, options, notes, any_sensor)
    if dataset.ground_truth == "accumulated":
        note = "Scans are accumulated as the bag has them; the vehicle's motion within a scan is not removed."
        return replace(dataset, notes=[*dataset.notes, note])
    return dataset


def _numbering(log: BagLog, rings: Rings | None, options: ReadOptions) -> SensorLines:
    if rings is not None:
        return rings.numbering(lambda _, number: log.scan(number, options.ring_field))
    sensor = options.sensor
    assert sensor is not None
    return numbered_by(sensor, lambda _, number: log.scan_by(sensor, number))


def _decode(log: BagLog, number: int, path: Path) -> NDArray[np.uint8]:
    """``path`` holds the whole drive, so that it does not tell the image."""
    return log.image(number)


def _camera(log: BagLog) -> BagCamera:
    return log.camera


def _is_ros2(path: Path) -> bool:
    file = path / METADATA
    return file.is_file() and b"rosbag2_bagfile_information" in file.read_bytes()[:4096]


READER = Reader(
    LAYOUT,
    place=70,
    why_there="after the layouts that are folders in a fixed form: a bag may lie beside what was made of it",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "ring_field", "view"}),
    thinning=None,
)
