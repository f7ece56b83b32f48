"""What a row of frames.csv becomes: a shot with or without a depth image, or a depth image alone."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

from lidarsel.datasets.base import GroundTruth
from lidarsel.datasets.depth_images.alone import MountedCamera
from lidarsel.datasets.depth_images.files import DepthFiles
from lidarsel.datasets.depth_images.with_scans import DepthShot
from lidarsel.datasets.frames_csv.calibration import CsvCamera, read_any_calibration
from lidarsel.datasets.frames_csv.rows import CsvRow
from lidarsel.datasets.parts.depth import depth_size
from lidarsel.datasets.parts.lens import require_no_lens
from lidarsel.datasets.scans.drive_scans import DriveScans
from lidarsel.datasets.scans.shots import Shot
from lidarsel.errors import BadInputError

_CAMERA = "0"  # a table names one image a frame

ReadCalibration = Callable[[Path], CsvCamera]


def calibration_reader() -> ReadCalibration:
    """Reads each file once, for one data set: a file that has changed is read anew with the next."""
    return lru_cache(maxsize=256)(read_any_calibration)


def shot(row: CsvRow, drive: DriveScans, truth: GroundTruth, read: ReadCalibration) -> Shot:
    official = row.ground_truth if truth == "official" else None
    camera = partial(read, row.calibration)
    name = f"{row.drive}/{row.frame:06d}"
    return Shot(name, drive, row.frame, row.image, camera, truth=official, truth_units_per_m=row.depth_units_per_m)


def depth_shot(row: CsvRow, drive: DriveScans, truth: GroundTruth, read: ReadCalibration) -> DepthShot:
    files = _depth_files(row, truth)
    camera = partial(_sized_calibration, read, row.calibration, files.sparse)
    return DepthShot(f"{row.drive}/{row.frame:06d}", drive, row.frame, row.image, camera, files=files)


def _sized_calibration(read: ReadCalibration, path: Path, depth: Path) -> CsvCamera:
    """A calibration file that tells no size is for the depth image's."""
    calibration, size = read(path)
    return calibration, size or depth_size(depth)


def _depth_files(row: CsvRow, truth: GroundTruth) -> DepthFiles:
    assert row.depth is not None
    official = row.ground_truth if truth == "official" else None
    return DepthFiles(
        drive=row.drive,
        camera=_CAMERA,
        number=row.frame,
        stem=f"{row.frame:06d}",
        sparse=row.depth,
        truth=official,
        image=row.image,
        units_per_m=row.depth_units_per_m,
    )


def frames_alone(
    rows: Sequence[CsvRow], truth: GroundTruth, read: ReadCalibration
) -> list[tuple[DepthFiles, MountedCamera]]:
    """Frames of one calibration share a camera. Raises BadInputError where it is for another size than its frames."""
    cameras: dict[bytes, MountedCamera] = {}
    compared: set[bytes] = set()
    frames = []
    for row in rows:
        calibration, size = read(row.calibration)
        key = calibration.image_from_lidar.tobytes()
        files = _depth_files(row, truth)
        require_no_lens(files.sparse, calibration)
        cameras.setdefault(key, MountedCamera(str(row.calibration), calibration, known=True))
        found = None
        if size is not None and key not in compared:
            with suppress(BadInputError):  # a damaged image is told by the data set's survey
                found = depth_size(files.sparse)
        if found is not None:
            compared.add(key)
        if found not in (None, size):
            problem = f"is not of the size that {row.calibration.name} is for"
            raise BadInputError(files.sparse, problem, "take depth image and calibration of the same camera")
        frames.append((files, cameras[key]))
    return frames
