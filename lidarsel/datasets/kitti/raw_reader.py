"""KITTI's raw layout: DATE/DRIVE_sync/{image_02,velodyne_points,oxts}/data, calibration in DATE.

A folder may be given that holds dates, a date, or one drive.
"""

from functools import partial
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.drive_labels import drive_labels
from lidarsel.datasets.kitti.raw_drive import (
    GREY_CAMERAS,
    calibration_files,
    camera_of,
    find_drives,
    images_of,
    open_drive,
    read_calibration,
)
from lidarsel.datasets.kitti.thinning import THINNING
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.drive_scans import ScanCache
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.shots import Shot, paired

LAYOUT = LayoutFacts(
    name="kitti_raw",
    looks_for="DATE/DRIVE/velodyne_points/data/*.bin",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[poses] to accumulate scans that have no oxts",
)


def recognise(path: Path) -> bool:
    return bool(find_drives(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where a calibration file is missing or no frame can be read."""
    cache = ScanCache()
    shots: list[Shot] = []
    notes: list[str] = []
    calibrations: set[Path] = set()
    for folder in find_drives(path):
        drive, told = open_drive(folder, options, cache)
        notes += told
        camera_name = camera_of(folder)
        camera = partial(read_calibration, folder.parent, camera_name)
        camera()
        images = images_of(folder, camera_name)
        if images and camera_name in GREY_CAMERAS:
            notes.append(
                f"{folder.name}: there are no colour images; those of image_{camera_name} are grey, read as RGB of "
                "three equal channels."
            )
        numbers, unpaired = paired(folder.name, drive.paths, images)
        notes += unpaired
        labels = drive_labels(folder, drive.paths, options)
        for n in numbers:
            name = f"{folder.name}/image_{camera_name}/{drive.paths[n].stem}"
            shots.append(Shot(name, drive, n, images.get(n), camera, labels=labels))
        calibrations |= set(calibration_files(folder.parent))
    return open_scans(LAYOUT.name, path, shots, sorted(calibrations), options, notes)


READER = Reader(
    LAYOUT,
    place=30,
    why_there="no other layout has its folders, but for depth completion trees that hold their raw tree",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "scan_columns", "view"}),
    thinning=THINNING,
)
