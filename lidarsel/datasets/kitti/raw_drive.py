"""A drive of KITTI's raw layout, DATE/DRIVE_sync: its scans and motion, the calibration of its day."""

from functools import lru_cache
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.calibration import read_raw_calibration
from lidarsel.datasets.parts.files import numbered_files
from lidarsel.datasets.parts.images import IMAGE_SUFFIXES
from lidarsel.datasets.scans.bin_numbering import numbering_of
from lidarsel.datasets.scans.drive_motion import MakeMotion, OxtsMotion, known, registered
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache, can_accumulate
from lidarsel.errors import BadInputError

CAMERAS = ("02", "03")
"""The colour ones, which depth completion is of."""
GREY_CAMERAS = ("00", "01")
CALIBRATION_FILES = ("calib_cam_to_cam.txt", "calib_velo_to_cam.txt", "calib_imu_to_velo.txt")

read_calibration = lru_cache(maxsize=64)(read_raw_calibration)


def find_drives(path: Path) -> list[Path]:
    """The drive folders in ``path``, sorted: those that hold velodyne_points/data, at most two levels down."""
    if (path / "velodyne_points").is_dir():
        return [path.resolve()]
    found = [p.parent for pattern in ("*", "*/*") for p in path.glob(f"{pattern}/velodyne_points") if p.is_dir()]
    return sorted(found)


def open_drive(folder: Path, options: ReadOptions, cache: ScanCache) -> tuple[DriveScans, list[str]]:
    """A drive's scans and motion (oxts where every scan has its record, else KISS-ICP where there are several), and
    what the report must say of it. Raises BadInputError where it holds no scan."""
    scans = numbered_files(folder / "velodyne_points" / "data", (".bin",))
    if not scans:
        raise BadInputError(folder / "velodyne_points" / "data", "holds no scan (*.bin)", "put the drive's scans there")
    numbering = numbering_of(scans, options)
    motion, notes = _motion(folder, scans, options)
    return DriveScans(folder.name, scans, cache, numbering, motion, options.skip_bad), notes


def camera_of(folder: Path) -> str:
    """The camera a drive is read from: 02, or where that has no images the first of 03, 00 and 01 that has."""
    able = (c for c in (*CAMERAS, *GREY_CAMERAS) if (folder / f"image_{c}" / "data").is_dir())
    return next(able, CAMERAS[0])


def images_of(folder: Path, camera: str) -> dict[int, Path]:
    """The camera's images of a drive, by frame number."""
    return numbered_files(folder / f"image_{camera}" / "data", IMAGE_SUFFIXES)


def calibration_files(day: Path) -> list[Path]:
    """Those of a day that are there."""
    return [file for name in CALIBRATION_FILES if (file := day / name).is_file()]


def _motion(folder: Path, scans: dict[int, Path], options: ReadOptions) -> tuple[MakeMotion | None, list[str]]:
    oxts = numbered_files(folder / "oxts" / "data", (".txt",))
    if oxts.keys() >= scans.keys():
        calibration, _ = read_calibration(folder.parent, camera_of(folder))
        if calibration.lidar_from_imu is None:
            raise BadInputError(
                folder.parent / "calib_imu_to_velo.txt",
                "calibration file is missing, which oxts need",
                "take the original file of that day (see datasets/README.md)",
            )
        return known(OxtsMotion(oxts, calibration.lidar_from_imu)), []
    missing = len(scans.keys() - oxts.keys())
    notes = [f"{folder.name}: {missing} of {len(scans)} scans lack their oxts; none are used."] if oxts else []
    if options.ground_truth == "scan" or not any(can_accumulate(n, scans) for n in scans):
        return None, notes
    return registered(folder), notes
