"""A folder of PCD or PLY files whose points carry ``ring``, with images of the same names in images/."""

from functools import lru_cache, partial
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.clouds.files import SUFFIXES, read_cloud_points, read_cloud_scan
from lidarsel.datasets.parts.calibration_yaml import read_yaml_calibration
from lidarsel.datasets.scans.calibrated import scans_by
from lidarsel.datasets.scans.drive_motion import RegisteredMotion
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.ring_scans import RingScan, find_rings
from lidarsel.datasets.scans.scan_dataset import ScanDataset, Shot
from lidarsel.datasets.scans.thinned import thinned_above
from lidarsel.errors import BadInputError

LAYOUT = "clouds"
LOOKS_FOR = "*.pcd or *.ply with calibration.yaml and images/"
GROUND_TRUTH = ("accumulated", "scan")
EXTRA = "lidarsel[poses] to accumulate"
_CALIBRATION = "calibration.yaml"
_IMAGE_FOLDERS = ("images", "image")
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")


def recognise(path: Path) -> bool:
    return path.is_dir() and any(file.suffix.lower() in SUFFIXES for file in path.iterdir())


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Frames are in the order of their names. Nothing tells that they follow each other at the lidar's rate, so
    neighbours are accumulated (poses by KISS-ICP) only where that ground truth is asked for.

    Raises BadInputError where the calibration is missing or damaged, no cloud has its image, or none can be read.
    """
    calibration = path / _CALIBRATION
    read_yaml_calibration(calibration)  # a wrong calibration is told before any cloud is read
    clouds = _files(path, SUFFIXES)
    images = next((found for name in _IMAGE_FOLDERS if (found := _files(path / name, _IMAGE_SUFFIXES))), {})
    paths = dict(enumerate(clouds.values()))
    thinned = thinned_above(path)
    if options.sensor is not None:
        numbered, notes = scans_by(options.sensor, paths, read_cloud_points), []
    else:
        known = None if thinned is None else thinned.elevation_deg
        rings = find_rings(path, [partial(read_cloud_scan, cloud) for cloud in paths.values()], options.skip_bad, known)
        numbered, notes = rings.numbered(partial(_read, paths)), [*rings.notes]
    drive = DriveScans(path.resolve().name, paths, ScanCache(), options.skip_bad, numbered)
    drive.thinned = thinned
    if options.ground_truth == "accumulated":
        drive.motion = RegisteredMotion(path, drive.paths, lambda number: drive.scan(number).xyz_m, deskewed=True)
    camera = partial(lru_cache(maxsize=1)(read_yaml_calibration), calibration)
    shots = [
        Shot(stem, drive, number, images.get(stem), camera)
        for number, stem in enumerate(clouds)
        if stem in images or not images
    ]
    if images and len(shots) < max(len(clouds), len(images)):
        notes.append(f"{len(clouds)} clouds and {len(images)} images, of which {len(shots)} pair up.")
    sensor = f"{len(numbered.elevation_deg)}-line lidar"
    return ScanDataset(LAYOUT, path, shots, [calibration], options, notes, sensor)


def _files(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    """The folder's files of these kinds by stem, in order of names; empty where there is no such folder.

    Raises BadInputError for two files of one stem.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() not in suffixes:
            continue
        if path.stem in found:
            problem = f"stands beside {found[path.stem].name}, and frames go by these names"
            raise BadInputError(path, problem, "keep one of the two in the folder")
        found[path.stem] = path
    return found


def _read(paths: dict[int, Path], number: int) -> RingScan:
    return read_cloud_scan(paths[number])
