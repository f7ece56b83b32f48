"""KITTI's object layout: training/{velodyne,image_2,calib}/NNNNNN.*.

KITTI's own frames are single moments, but drives are kept in its layout as well: the scans tell which it is.
"""

from functools import partial
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.calibration import read_object_calibration, refuse_waymo
from lidarsel.datasets.kitti.cameras import camera_images
from lidarsel.datasets.kitti.object_labels import object_labels
from lidarsel.datasets.kitti.scan_folders import TEST_SPLIT, find_splits
from lidarsel.datasets.kitti.thinning import THINNING
from lidarsel.datasets.parts.files import numbered_files
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.bin_numbering import numbering_of
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.frames_in_a_row import motion_if_in_a_row
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.shots import Shot, paired
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration

LAYOUT = LayoutFacts(
    name="kitti_object",
    looks_for="training/{velodyne,image_2,calib}",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[poses] to accumulate frames that follow each other",
)


def recognise(path: Path) -> bool:
    return bool(find_splits(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where a calibration file is missing, no frame can be read, or accumulation is asked for of
    frames that do not follow each other."""
    if options.ground_truth in ("official", "dense"):
        problem = "has no depth ground truth, as no split of the object layout has"
        raise BadInputError(path, problem, "use --ground-truth scan, which judges at the lidar's own points")
    shots: list[Shot] = []
    notes: list[str] = []
    calibrations: list[Path] = []
    cache = ScanCache()
    scans_of = {split: numbered_files(split / "velodyne", (".bin",)) for split in find_splits(path)}
    motion, rows = motion_if_in_a_row(path, {split.name: scans for split, scans in scans_of.items()}, options)
    notes += rows
    for split, scans in scans_of.items():
        camera_number, images, told = camera_images(split)
        notes += told
        if split.name == TEST_SPLIT:
            notes.append("testing is a test split: KITTI gives no ground truth for it, nor is any needed here.")
        drive = DriveScans(split.name, scans, cache, numbering_of(scans, options), motion, options.skip_bad)
        labels = object_labels(split, scans)
        numbers, unpaired = paired(split.name, scans, images)
        notes += unpaired
        for n in numbers:
            calibration = split / "calib" / f"{scans[n].stem}.txt"
            if not calibration.is_file():
                raise BadInputError(calibration, "calibration file is missing", "take it from KITTI's object data set")
            if n == numbers[0]:
                refuse_waymo(calibration)
            calibrations.append(calibration)
            name = f"{split.name}/{scans[n].stem}"
            camera = partial(_camera, calibration, camera_number)
            shots.append(Shot(name, drive, n, images.get(n), camera, labels=labels))
    return open_scans(LAYOUT.name, path, shots, calibrations, options, notes)


def _camera(path: Path, camera: int) -> tuple[Calibration, None]:
    return read_object_calibration(path, camera), None


READER = Reader(
    LAYOUT,
    place=50,
    why_there="after odometry, whose single sequence has velodyne/ and image_2/ as well",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "scan_columns", "view"}),
    thinning=THINNING,
)
