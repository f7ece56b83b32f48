"""KITTI-360: data_3d_raw/DRIVE/velodyne_points, data_2d_raw/DRIVE/image_00/data_rect, calibration/, data_poses/DRIVE.

The tree is that of its documentation (cvlibs.net/datasets/kitti-360/documentation.php), the files' formats those that
its scripts read (github.com/autonomousvision/kitti360Scripts): scans as KITTI raw has them, not freed of motion;
calib_cam_to_velo.txt 12 numbers, camera 0 before rectification -> lidar; perspective.txt P_rect, R_rect and S_rect of
the two perspective cameras; cam0_to_world.txt of rectified camera 0.
"""

from functools import lru_cache, partial
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.calibration import pose_from_lidar, read_perspective
from lidarsel.datasets.kitti.kitti360_poses import Kitti360Motion, read_poses
from lidarsel.datasets.kitti.thinning import THINNING
from lidarsel.datasets.parts.files import numbered_files
from lidarsel.datasets.parts.images import IMAGE_SUFFIXES
from lidarsel.datasets.reader import LayoutFacts, LogFile, Reader, Thinning
from lidarsel.datasets.scans.bin_numbering import numbering_of
from lidarsel.datasets.scans.drive_motion import MakeMotion, known, registered
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache, can_accumulate
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.shots import Shot, paired
from lidarsel.errors import BadInputError

LAYOUT = LayoutFacts(
    name="kitti_360",
    looks_for="data_3d_raw/DRIVE/velodyne_points/data/*.bin",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[poses] to accumulate drives without data_poses",
)
_SCANS, _IMAGES, _POSES = "data_3d_raw", "data_2d_raw", "data_poses"
_CAMERAS = ("00", "01")
_FISHEYE = ("02", "03")
_CALIBRATION_FILES = ("calib_cam_to_velo.txt", "perspective.txt", "calib_cam_to_pose.txt")

_read = lru_cache(maxsize=8)(read_perspective)


def find_drives(root: Path) -> list[Path]:
    """The folders of data_3d_raw that hold scans, sorted."""
    return sorted(p.parent for p in (root / _SCANS).glob("*/velodyne_points") if p.is_dir())


def recognise(path: Path) -> bool:
    """Also a folder within it, so that the right one can be named."""
    return bool(find_drives(path)) or _above(path) is not None


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where a calibration file is missing, poses are damaged, or no frame can be read."""
    require_whole(path)
    calibration = path / "calibration"
    _read(calibration, _CAMERAS[0])
    shots: list[Shot] = []
    notes: list[str] = []
    cache = ScanCache()
    for folder in find_drives(path):
        drive, told = _open_drive(path, folder, options, cache)
        name, images, told_of_images = _images(path / _IMAGES / folder.name)
        notes += [*told, *told_of_images]
        numbers, unpaired = paired(folder.name, drive.paths, images)
        notes += unpaired
        camera = partial(_read, calibration, name)
        shots += [
            Shot(f"{folder.name}/image_{name}/{drive.paths[n].stem}", drive, n, images.get(n), camera) for n in numbers
        ]
    files = [file for file_name in _CALIBRATION_FILES if (file := calibration / file_name).is_file()]
    return open_scans(LAYOUT.name, path, shots, files, options, notes)


def require_whole(path: Path) -> None:
    """Raises BadInputError where ``path`` is a folder within KITTI-360, beside which calibration and images stand."""
    whole = None if find_drives(path) else _above(path)
    if whole is not None:
        problem = "is a part of KITTI-360, beside which its images and calibration stand"
        raise BadInputError(path, problem, f"give {whole}")


def _above(path: Path) -> Path | None:
    """The folder of KITTI-360 that a data_3d_raw, or a drive in it, belongs to."""
    place = path.resolve()
    parts = (part for part in (place, place.parent) if part.name == _SCANS and find_drives(part.parent))
    return next((part.parent for part in parts), None)


def _open_drive(root: Path, folder: Path, options: ReadOptions, cache: ScanCache) -> tuple[DriveScans, list[str]]:
    scans = numbered_files(folder / "velodyne_points" / "data", (".bin",))
    if not scans:
        raise BadInputError(folder / "velodyne_points" / "data", "holds no scan (*.bin)", "put the drive's scans there")
    motion, posed = _motion(root, folder, options)
    notes = []
    if posed is not None and options.ground_truth != "scan":
        without = len(scans.keys() - posed)
        scans = {number: scan for number, scan in scans.items() if number in posed}
        if without:
            notes.append(f"{folder.name}: {without} scans have no pose and are left out.")
    elif posed is None and (options.ground_truth == "scan" or not any(can_accumulate(n, scans) for n in scans)):
        motion = None
    numbering = numbering_of(scans, options)
    return DriveScans(folder.name, scans, cache, numbering, motion, options.skip_bad), notes


def _motion(root: Path, folder: Path, options: ReadOptions) -> tuple[MakeMotion | None, set[int] | None]:
    """The drive's motion, and the frames that have a pose; None where the scans must tell it."""
    calibration, place = root / "calibration", root / _POSES / folder.name
    for name in ("cam0_to_world.txt", "poses.txt"):
        path = place / name
        if not path.is_file():
            continue
        of_camera = name == "cam0_to_world.txt"
        moved = _read(calibration, _CAMERAS[0])[0].camera_from_lidar if of_camera else pose_from_lidar(calibration)
        poses = read_poses(path, moved)
        return known(Kitti360Motion(name, poses.get)), set(poses)
    return (None if options.ground_truth == "scan" else registered(folder)), None


def _images(folder: Path) -> tuple[str, dict[int, Path], list[str]]:
    """The first perspective camera that has images, and these by frame number."""
    for camera in _CAMERAS:
        images = numbered_files(folder / f"image_{camera}" / "data_rect", IMAGE_SUFFIXES)
        if images:
            return camera, images, []
    told = [
        f"{folder.name}: has no images of image_00 or image_01; those of image_{camera} are fisheye, and not read."
        for camera in _FISHEYE
        if (folder / f"image_{camera}").is_dir()
    ]
    return _CAMERAS[0], {}, told


def log_files(data: Path) -> list[LogFile]:
    """Every file of the whole data set. Raises BadInputError where a part of it is given."""
    require_whole(data)
    return THINNING.log_files(data)


READER = Reader(
    LAYOUT,
    place=25,
    why_there="before the raw layout, whose drives hold velodyne_points as well",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "view"}),
    thinning=Thinning(rewrites=("scan (velodyne .bin)",), log_files=log_files),
)
