"""KITTI's raw layout: DATE/DRIVE_sync/{image_02,velodyne_points,oxts}/data, calibration in DATE.

A folder may be given that holds dates, a date, or one drive.
"""

import re
from functools import lru_cache
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.calibration import read_raw_calibration
from lidarsel.datasets.scans.calibrated import calibrated_scans
from lidarsel.datasets.scans.drive_motion import DriveMotion, OxtsMotion, RegisteredMotion
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.scan_dataset import Camera, ScanDataset, Shot
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration

LAYOUT = "kitti_raw"
LOOKS_FOR = "DATE/DRIVE/velodyne_points/data/*.bin"
GROUND_TRUTH = ("accumulated", "scan")
EXTRA = "lidarsel[poses] to accumulate scans that have no oxts"
CAMERAS = ("02", "03")
CALIBRATION_FILES = ("calib_cam_to_cam.txt", "calib_velo_to_cam.txt", "calib_imu_to_velo.txt")
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")

read_calibration = lru_cache(maxsize=64)(read_raw_calibration)


def find_drives(path: Path) -> list[Path]:
    """The drive folders in ``path``, sorted: those that hold velodyne_points/data, at most two levels down."""
    if (path / "velodyne_points").is_dir():
        return [path.resolve()]
    found = [p.parent for pattern in ("*", "*/*") for p in path.glob(f"{pattern}/velodyne_points") if p.is_dir()]
    return sorted(found)


def recognise(path: Path) -> bool:
    return bool(find_drives(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where a calibration file is missing or no frame can be read."""
    drives, cache = find_drives(path), ScanCache()
    shots: list[Shot] = []
    notes: list[str] = []
    calibration_files: set[Path] = set()
    for folder in drives:
        drive = open_drive(folder, options, cache)
        notes += drive.notes
        camera_name = camera_of(folder)
        camera = camera_reader(folder.parent, camera_name)
        camera()
        images = numbered_files(folder / f"image_{camera_name}" / "data", _IMAGE_SUFFIXES)
        numbers = [n for n in drive.paths if n in images or not images]
        if images and len(numbers) < max(len(images), len(drive.paths)):
            notes.append(
                f"{folder.name}: {len(drive.paths)} scans and {len(images)} images, of which {len(numbers)} pair up."
            )
        for n in numbers:
            name = f"{folder.name}/image_{camera_name}/{drive.paths[n].stem}"
            shots.append(Shot(name, drive, n, images.get(n), camera))
        calibration_files |= {p for p in map(folder.parent.joinpath, CALIBRATION_FILES) if p.is_file()}
    return ScanDataset(LAYOUT, path, shots, sorted(calibration_files), options, notes)


def open_drive(folder: Path, options: ReadOptions, cache: ScanCache) -> DriveScans:
    """A drive's scans and motion: oxts where every scan has its record, else KISS-ICP where there are several."""
    scans = numbered_files(folder / "velodyne_points" / "data", (".bin",))
    if not scans:
        raise BadInputError(folder / "velodyne_points" / "data", "holds no scan (*.bin)", "put the drive's scans there")
    drive = DriveScans(folder.name, scans, cache, options.skip_bad, calibrated_scans(scans, options))
    drive.motion = _motion(folder, drive, options)
    return drive


def camera_of(folder: Path) -> str:
    """The camera a drive is read from: 02, or 03 where only that one has images."""
    return next((c for c in CAMERAS if (folder / f"image_{c}" / "data").is_dir()), CAMERAS[0])


def camera_reader(date_folder: Path, camera: str) -> Camera:
    """Reads that day's calibration of a camera, once."""

    def read() -> tuple[Calibration, tuple[int, int] | None]:
        return read_calibration(date_folder, camera)

    return read


def numbered_files(folder: Path, suffixes: tuple[str, ...]) -> dict[int, Path]:
    """Files named by a number, by that number, ascending; other files are passed over."""
    if not folder.is_dir():
        return {}
    files = (p for p in folder.iterdir() if p.suffix.lower() in suffixes and re.fullmatch(r"\d+", p.stem))
    return {int(p.stem): p for p in sorted(files)}


def _motion(folder: Path, drive: DriveScans, options: ReadOptions) -> DriveMotion | None:
    oxts = numbered_files(folder / "oxts" / "data", (".txt",))
    if oxts.keys() >= drive.paths.keys():
        calibration, _ = read_calibration(folder.parent, camera_of(folder))
        if calibration.lidar_from_imu is None:
            raise BadInputError(
                folder.parent / "calib_imu_to_velo.txt",
                "calibration file is missing, which oxts need",
                "take the original file of that day (see datasets/README.md)",
            )
        return OxtsMotion(oxts, calibration.lidar_from_imu)
    if oxts:
        missing = len(drive.paths.keys() - oxts.keys())
        drive.notes.append(f"{folder.name}: {missing} of {len(drive.paths)} scans lack their oxts; none are used.")
    if options.ground_truth == "scan" or not any(drive.can_accumulate(n) for n in drive.paths):
        return None
    return RegisteredMotion(folder, drive.paths, lambda n: drive.scan(n).xyz_m)
