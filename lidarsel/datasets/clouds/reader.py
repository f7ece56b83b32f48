"""A folder of PCD or PLY files whose points carry ``ring``, with images of the same names in images/."""

from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.clouds.files import SUFFIXES, read_cloud_points, read_cloud_scan
from lidarsel.datasets.parts.calibration_yaml import CALIBRATION, read_yaml_calibration
from lidarsel.datasets.parts.files import files_below
from lidarsel.datasets.parts.images import IMAGE_FOLDERS, IMAGE_SUFFIXES
from lidarsel.datasets.reader import LayoutFacts, LogFile, Reader, Thinning
from lidarsel.datasets.scans.calibrated import lines_by_sensor
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.frames_in_a_row import motion_if_in_a_row
from lidarsel.datasets.scans.numbering import SensorLines
from lidarsel.datasets.scans.ring_scans import find_rings
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.sensor_name import any_sensor
from lidarsel.datasets.scans.shots import Shot
from lidarsel.datasets.scans.thinned import thinned_above
from lidarsel.errors import BadInputError

LAYOUT = LayoutFacts(
    name="clouds",
    looks_for="*.pcd or *.ply with calibration.yaml and images/",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[poses] to accumulate",
)
_OTHER_SCANS = ".bin"


def recognise(path: Path) -> bool:
    return path.is_dir() and any(file.suffix.lower() in SUFFIXES for file in path.iterdir())


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Frames are in the order of their names. Neighbours are accumulated (poses by KISS-ICP) where the scans show that
    they follow each other.

    Raises BadInputError where the calibration is missing or damaged, no cloud has its image, or none can be read.
    """
    calibration = path / CALIBRATION
    read_yaml_calibration(calibration)  # a wrong calibration is told before any cloud is read
    clouds = _files(path, SUFFIXES)
    images = next((found for name in IMAGE_FOLDERS if (found := _files(path / name, IMAGE_SUFFIXES))), {})
    paths = dict(enumerate(clouds.values()))
    thinned = thinned_above(path)
    numbering: SensorLines
    notes: list[str] = []
    if options.sensor is not None:
        numbering = replace(lines_by_sensor(options.sensor, read_cloud_points), thinned=thinned)
    else:
        known = None if thinned is None else thinned.elevations.elevation_deg
        field = options.ring_field
        reads = [partial(read_cloud_scan, cloud, field) for cloud in paths.values()]
        rings = find_rings(path, reads, options.skip_bad, known)
        numbering = rings.numbering(lambda cloud, _: read_cloud_scan(cloud, field), thinned)
        notes += rings.notes
    motion, told = motion_if_in_a_row(path, {path.name: paths}, options)
    notes += told
    drive = DriveScans(path.resolve().name, paths, ScanCache(), numbering, motion, options.skip_bad)
    camera = partial(lru_cache(maxsize=1)(read_yaml_calibration), calibration)
    shots = [
        Shot(stem, drive, number, images.get(stem), camera)
        for number, stem in enumerate(clouds)
        if stem in images or not images
    ]
    if images and len(shots) < max(len(clouds), len(images)):
        notes.append(f"{len(clouds)} clouds and {len(images)} images, of which {len(shots)} pair up.")
    return open_scans(LAYOUT.name, path, shots, [calibration], options, notes, any_sensor)


def log_files(data: Path) -> list[LogFile]:
    """All clouds of a folder and the folders in it are of its lidar.

    Raises BadInputError where scans of another format stand among them: copied whole, they would keep every line.
    """
    data = data.resolve()
    placed = [(file, file.relative_to(data)) for file in files_below(data)]
    whole = next((file for file, _ in placed if file.suffix.lower() == _OTHER_SCANS), None)
    if whole is not None and any(file.suffix.lower() in SUFFIXES for file, _ in placed):
        problem = f"stands among {' and '.join(SUFFIXES)} files, and would be copied with all its lines"
        raise BadInputError(whole, problem, "give the scans and the clouds a folder each")
    return [LogFile(file, name, "cloud" if file.suffix.lower() in SUFFIXES else "other") for file, name in placed]


def _holds_clouds(data: Path) -> bool:
    """Also in folders in it, as of several drives."""
    return any(file.suffix.lower() in SUFFIXES for file in files_below(data))


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


READER = Reader(
    LAYOUT,
    place=90,
    why_there="after all that is no packet capture, as clouds may lie beside anything",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "ring_field", "view"}),
    thinning=Thinning((".pcd or .ply file",), log_files, recognise=_holds_clouds),
)
