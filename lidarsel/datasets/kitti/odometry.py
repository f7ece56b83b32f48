"""KITTI's odometry layout: sequences/NN/{velodyne,image_2,calib.txt}, poses in poses/NN.txt or sequences/NN/poses.txt.

Its scans are freed of motion already (KITTI odometry development kit), so they are not de-skewed again.
"""

from functools import lru_cache, partial
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.calibration import read_object_calibration
from lidarsel.datasets.kitti.raw import numbered_files
from lidarsel.datasets.scans.calibrated import calibrated_scans
from lidarsel.datasets.scans.drive_motion import DriveMotion, GivenMotion, RegisteredMotion
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.scan_dataset import ScanDataset, Shot
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration

LAYOUT = "kitti_odometry"
LOOKS_FOR = "sequences/NN/{velodyne,image_2,calib.txt}"
GROUND_TRUTH = ("accumulated", "scan")
EXTRA = "lidarsel[poses] to accumulate sequences without poses"

_read = lru_cache(maxsize=64)(read_object_calibration)


def find_sequences(path: Path) -> list[Path]:
    """The sequence folders: ``path`` itself, or those in sequences/ or dataset/sequences/, or directly below."""
    if _is_sequence(path):
        return [path.resolve()]
    found = (p for pattern in ("*", "sequences/*", "dataset/sequences/*") for p in path.glob(pattern))
    return sorted(p for p in found if _is_sequence(p))


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
            raise BadInputError(calibration, "calibration file is missing", "take KITTI odometry's calibration files")
        calibrations.append(calibration)
        scans = numbered_files(folder / "velodyne", (".bin",))
        images = numbered_files(folder / "image_2", (".png", ".jpg", ".jpeg"))
        drive = DriveScans(folder.name, scans, cache, options.skip_bad, calibrated_scans(scans, options))
        drive.motion = _motion(folder, drive, options)
        numbers = [n for n in scans if n in images or not images]
        if len(numbers) < max(len(scans), len(images)):
            notes.append(
                f"{folder.name}: {len(scans)} scans and {len(images)} images, of which {len(numbers)} pair up."
            )
        camera = partial(_camera, calibration)
        shots += [Shot(f"{folder.name}/{scans[n].stem}", drive, n, images.get(n), camera) for n in numbers]
    return ScanDataset(LAYOUT, path, shots, calibrations, options, notes)


def _is_sequence(path: Path) -> bool:
    if not (path / "velodyne").is_dir() or (path / "calib").is_dir():
        return False
    return (path / "calib.txt").is_file() or path.parent.name == "sequences"


def _camera(path: Path) -> tuple[Calibration, None]:
    return _read(path), None


def _motion(folder: Path, drive: DriveScans, options: ReadOptions) -> DriveMotion | None:
    if options.ground_truth == "scan" or not any(drive.can_accumulate(n) for n in drive.paths):
        return None
    places = (folder / "poses.txt", folder.parent.parent / "poses" / f"{folder.name}.txt")
    poses = next((p for p in places if p.is_file()), None)
    if poses is None:
        return RegisteredMotion(folder, drive.paths, lambda n: drive.scan(n).xyz_m, deskewed=True)
    motion = GivenMotion(poses, _read(folder / "calib.txt").camera_from_lidar)
    if len(motion) <= max(drive.paths):
        problem = f"has {len(motion)} poses where the scans are numbered up to {max(drive.paths)}"
        raise BadInputError(poses, problem, "take the pose file of this sequence")
    return motion
