"""KITTI's odometry layout: sequences/NN/{velodyne,image_2,calib.txt}, poses in poses/NN.txt or sequences/NN/poses.txt.

Its scans are freed of motion already (KITTI odometry development kit), so they are not de-skewed again.
"""

from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.calibration import ODOMETRY_REMEDY, read_object_calibration
from lidarsel.datasets.kitti.cameras import camera_images
from lidarsel.datasets.kitti.scan_folders import find_sequences
from lidarsel.datasets.kitti.thinning import THINNING
from lidarsel.datasets.parts.files import numbered_files, read_numbers
from lidarsel.datasets.parts.matrices import is_rigid, padded
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.bin_numbering import numbering_of
from lidarsel.datasets.scans.drive_motion import KnownPoses, MakeMotion, known, registered
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache, can_accumulate
from lidarsel.datasets.scans.labels import point_labels
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.shots import Camera, Shot, paired
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration

LAYOUT = LayoutFacts(
    name="kitti_odometry",
    looks_for="sequences/NN/{velodyne,image_2,calib.txt}",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[poses] to accumulate sequences without poses",
)

_read = lru_cache(maxsize=64)(read_object_calibration)


def recognise(path: Path) -> bool:
    return bool(find_sequences(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where a calibration file is missing or no frame can be read."""
    shots: list[Shot] = []
    notes: list[str] = []
    calibrations: list[Path] = []
    cache = ScanCache()
    for folder in find_sequences(path):
        calibration = folder / "calib.txt"
        if not calibration.is_file():
            raise BadInputError(calibration, "calibration file is missing", ODOMETRY_REMEDY)
        calibrations.append(calibration)
        scans = numbered_files(folder / "velodyne", (".bin",))
        camera_number, images, told = camera_images(folder)
        notes += told
        numbering = numbering_of(scans, options)
        camera = partial(_camera, calibration, camera_number)
        motion = _motion(folder, scans, camera, options)
        drive = DriveScans(folder.name, scans, cache, numbering, motion, options.skip_bad)
        numbers, unpaired = paired(folder.name, scans, images)
        notes += unpaired
        labels = point_labels(scans, options)
        for n in numbers:
            name = f"{folder.name}/{scans[n].stem}"
            shots.append(Shot(name, drive, n, images.get(n), camera, labels=labels))
    return open_scans(LAYOUT.name, path, shots, calibrations, options, notes)


def _camera(path: Path, camera: int) -> tuple[Calibration, None]:
    return _read(path, camera), None


def _motion(folder: Path, scans: dict[int, Path], camera: Camera, options: ReadOptions) -> MakeMotion | None:
    if options.ground_truth == "scan" or not any(can_accumulate(n, scans) for n in scans):
        return None
    places = (folder / "poses.txt", folder.parent.parent / "poses" / f"{folder.name}.txt")
    poses = next((p for p in places if p.is_file()), None)
    if poses is None:
        return registered(folder, deskewed=True)
    world_from_lidar = read_poses(poses) @ camera()[0].camera_from_lidar
    if len(world_from_lidar) <= max(scans):
        problem = f"has {len(world_from_lidar)} poses where the scans are numbered up to {max(scans)}"
        raise BadInputError(poses, problem, "take the pose file of this sequence")
    return known(KnownPoses("poses.txt", dict(enumerate(world_from_lidar)).get))


def read_poses(path: Path) -> NDArray[np.float64]:
    """float64 (N, 4, 4), world <- left camera, of a file of 12 numbers a line. Raises BadInputError."""
    remedy = "take KITTI's pose file of the sequence"
    table = read_numbers(path)
    if table.shape[1:] != (12,):
        raise BadInputError(path, "has lines of other than 12 numbers", remedy)
    world_from_camera = padded(table.reshape(-1, 3, 4))
    rigid = is_rigid(world_from_camera)
    if not rigid.all():
        raise BadInputError(path, f"its pose {int(rigid.argmin())} (from 0) is no rotation and translation", remedy)
    return world_from_camera


READER = Reader(
    LAYOUT,
    place=40,
    why_there="before the object layout, for which a single sequence could be taken",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "scan_columns", "view"}),
    thinning=THINNING,
)
