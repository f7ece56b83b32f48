"""PandaSet: SEQUENCE/{lidar,camera/front_camera}; each sequence is a drive.

A frame is the scan and the front camera's image of one number. Scans are pickles, which are read and never unpickled.
"""

from functools import partial
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.pandaset.lines import PANDAR64, PANDAR64_CONES, number_sweep
from lidarsel.datasets.pandaset.log import CAMERA, PandaSetLog, scan_files
from lidarsel.datasets.pandaset.sweep import read_sweep
from lidarsel.datasets.parts.files import numbered_files
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.calibrated import numbered_by
from lidarsel.datasets.scans.drive_motion import KnownPoses, known
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.shots import Shot, paired
from lidarsel.errors import BadInputError
from lidarsel.frame import Scan
from lidarsel.geometry.unordered import LaserCones

LAYOUT = LayoutFacts(
    name="pandaset",
    looks_for="SEQUENCE/lidar/*.pkl.gz",
    ground_truth=("accumulated", "scan"),
    extra="",
)
_NOTES = (
    "Lines are the 64 of the spinning lidar (Pandar64), told by the cones of its lasers from where it was when it "
    "measured each point, by the front camera's poses; points of the PandarGT ahead (d = 1) are left out.",
    "Images are taken as free of distortion, as PandaSet's own devkit takes them.",
)


def find_sequences(path: Path) -> list[Path]:
    """The sequences: ``path`` itself, or those in it, or in a folder of it, sorted."""
    found = (p for pattern in ("", "*/", "*/*/") for p in path.glob(f"{pattern}lidar") if p.is_dir())
    return sorted({p.resolve().parent for p in found if scan_files(p)})


def recognise(path: Path) -> bool:
    return path.is_dir() and bool(find_sequences(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where a sequence lacks its images, calibration or poses cannot be used, or the lines cannot
    be told."""
    logs = [
        PandaSetLog(folder, scan_files(folder / "lidar"), numbered_files(folder / CAMERA, (".jpg",)))
        for folder in find_sequences(path)
    ]
    for log in logs:
        if not log.images:
            raise BadInputError(log.folder / CAMERA, "holds no image (*.jpg)", "unpack the images of the sequence too")
    cones = options.sensor or PANDAR64_CONES
    notes, cache, shots = list(_NOTES), ScanCache(), []
    for log in logs:
        name = log.folder.name
        numbers, said = paired(name, log.scans, log.images)
        notes += said
        numbering = numbered_by(cones, partial(_scan, log, cones))
        motion = known(KnownPoses(f"{CAMERA}/poses.json", log.world_from_lidar))
        drive = DriveScans(name, log.scans, cache, numbering, motion, options.skip_bad)
        shots += [Shot(f"{name}/{number:02d}", drive, number, log.images[number], log.camera) for number in numbers]
    files = [file for log in logs for file in log.calibration_files]
    return open_scans(LAYOUT.name, path, shots, files, options, notes, PANDAR64)


def _scan(log: PandaSetLog, cones: LaserCones, path: Path, number: int) -> Scan:
    return number_sweep(cones, path, read_sweep(log, path, number))


READER = Reader(
    LAYOUT,
    place=66,
    why_there="no other layout has its pickles",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "view"}),
    thinning=None,
)
