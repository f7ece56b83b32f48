"""Argoverse 2 sensor logs: LOG/{sensors,calibration}, LOG/city_SE3_egovehicle.feather; each log is a drive.

A frame is a sweep and the front camera's image nearest to it in time. Lines are those of the upper of the two lidars.
"""

from functools import partial
from pathlib import Path

from lidarsel.datasets.argoverse.feather import require_pyarrow
from lidarsel.datasets.argoverse.log import CAMERA, ArgoverseLog, pairs, stamped_files
from lidarsel.datasets.argoverse.sweep import read_sweep
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.drive_motion import KnownPoses, known
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.ring_scans import RingScan, find_rings
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.sensor_name import VLP_32C
from lidarsel.datasets.scans.shots import Shot
from lidarsel.errors import BadInputError

LAYOUT = LayoutFacts(
    name="argoverse",
    looks_for="LOG/sensors/lidar/*.feather",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[argoverse]",
)
_SWEEPS = "sensors/lidar"
_NOTES = (
    "Lines are the 32 of the upper lidar; the points of the lower one, which stands upside down, are left out: its "
    "lines have another origin, and two lidars are no lidar of 64 lines.",
    "Images are taken as free of distortion, as Argoverse 2 publishes them; that of intrinsics.feather is passed over.",
)


def find_logs(path: Path) -> list[Path]:
    """The logs: ``path`` itself, or those in it (a split), or in a folder of it (train, val, test), sorted."""
    found = (p for pattern in ("", "*/", "*/*/") for p in path.glob(f"{pattern}{_SWEEPS}") if p.is_dir())
    return sorted({p.resolve().parent.parent for p in found if next(p.glob("*.feather"), None) is not None})


def recognise(path: Path) -> bool:
    return path.is_dir() and bool(find_logs(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where pyarrow is not installed, calibration or poses cannot be used, or no sweep has its
    image."""
    require_pyarrow(path)
    logs = [
        ArgoverseLog(
            folder,
            stamped_files(folder / _SWEEPS, ".feather"),
            stamped_files(folder / "sensors/cameras" / CAMERA, ".jpg"),
        )
        for folder in find_logs(path)
    ]
    notes = list(_NOTES)
    paired = {log.folder: pairs(log) for log in logs}
    for log in logs:
        if not log.images:
            place = log.folder / "sensors/cameras" / CAMERA
            raise BadInputError(
                place, "holds no image (*.jpg)", "take the sensor data set: the lidar one has no images"
            )
        missing = len(log.sweeps) - len(paired[log.folder])
        if missing:
            notes.append(f"{log.folder.name}: {missing} of {len(log.sweeps)} sweeps have no image within 50 ms.")
    reads = [
        partial(_read, log, file)
        for log in logs
        for n, file in enumerate(log.sweeps.values())
        if n in paired[log.folder]
    ]
    rings = find_rings(path, reads, options.skip_bad)
    cache = ScanCache()
    shots: list[Shot] = []
    for log in logs:
        numbering = rings.numbering(partial(_read_numbered, log))
        paths = dict(enumerate(log.sweeps.values()))
        name = log.folder.name
        drive = DriveScans(
            name,
            paths,
            cache,
            numbering,
            known(KnownPoses("city_SE3_egovehicle", log.city_from_lidar)),
            options.skip_bad,
        )
        stamps = list(log.sweeps)
        shots += [
            Shot(
                f"{name}/{CAMERA}/{stamps[number]}",
                drive,
                number,
                log.images[image_ns],
                partial(log.calibration, stamps[number], image_ns),
            )
            for number, image_ns in paired[log.folder].items()
        ]
    files = [file for log in logs for file in log.calibration_files]
    return open_scans(LAYOUT.name, path, shots, files, options, [*notes, *rings.notes], VLP_32C)


def _read(log: ArgoverseLog, path: Path) -> RingScan:
    return read_sweep(path, log.vehicle_from_lidar, log.first_laser)


def _read_numbered(log: ArgoverseLog, path: Path, number: int) -> RingScan:
    return _read(log, path)


READER = Reader(
    LAYOUT,
    place=65,
    why_there="no other layout has its Feather files",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"view"}),
    thinning=None,
)
