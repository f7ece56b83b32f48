"""frames.csv: data in any folders, one frame a row, its files named by column."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import Dataset, GroundTruth, ReadOptions
from lidarsel.datasets.clouds.files import read_cloud_points, read_cloud_scan
from lidarsel.datasets.frames_csv.motion import CsvMotion
from lidarsel.datasets.frames_csv.rows import Row, read_rows
from lidarsel.datasets.frames_csv.shots import calibration_reader, depth_shot, frames_alone, shot
from lidarsel.datasets.kitti.depth_alone import DepthAlone
from lidarsel.datasets.kitti.depth_with_scans import DepthWithScans
from lidarsel.datasets.kitti.raw import CALIBRATION_FILES
from lidarsel.datasets.nuscenes.sweep import read_sweep
from lidarsel.datasets.scans.calibrated import Points, calibrated_scans, scans_by
from lidarsel.datasets.scans.drive_motion import RegisteredMotion
from lidarsel.datasets.scans.drive_scans import DriveScans, NumberedScans, ScanCache
from lidarsel.datasets.scans.ring_scans import Rings, RingScan, find_rings
from lidarsel.datasets.scans.scan_dataset import ScanDataset
from lidarsel.errors import BadInputError

LAYOUT = "frames_csv"
LOOKS_FOR = "frames.csv"
GROUND_TRUTH = ("official", "accumulated", "scan")
EXTRA = "lidarsel[poses] to accumulate scans without the column pose"
_TABLE = "frames.csv"


def recognise(path: Path) -> bool:
    return path.suffix.lower() == ".csv" if path.is_file() else (path / _TABLE).is_file()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A large table is a million objects that stay: looking for garbage among them doubles the time (measured)."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_collector_paused()
def open_dataset(path: Path, options: ReadOptions) -> Dataset:
    """``path``: a .csv file, or a folder that holds frames.csv.

    Raises BadInputError where the table cannot be used, the wanted ground truth is not named, or no frame can be read.
    """
    table = path if path.is_file() else path / _TABLE
    rows = read_rows(table)
    truth = _ground_truth(table, rows[0], options)
    root, calibrations = table.parent, [table, *_calibration_files(rows)]
    read = calibration_reader()
    if rows[0].scan is None:
        if options.sensor is not None:
            raise BadInputError(table, "names no scans to number by --sensor", "name the column scan")
        return DepthAlone(LAYOUT, root, frames_alone(rows, truth, read), calibrations, truth, options, [])
    rings = None
    if not rows[0].in_scan_order and options.sensor is None:
        rings = find_rings(table, [partial(_read_rings, row.scan) for row in rows if row.scan], options.skip_bad)
    drives = _drives(root, rows, rings, truth, options)
    notes = [] if rings is None else [*rings.notes]
    dataset: ScanDataset | DepthWithScans
    if rows[0].depth is None:
        shots = [shot(row, drives[row.drive], truth, read) for row in rows]
        dataset = ScanDataset(LAYOUT, root, shots, calibrations, options, notes)
    else:
        usable = [row for row in rows if truth != "accumulated" or drives[row.drive].can_accumulate(row.frame)]
        if len(usable) < len(rows):
            notes.append(f"Left out, having fewer than 2 neighbours to accumulate: {len(rows) - len(usable)} frames.")
        depth_shots = [depth_shot(row, drives[row.drive], truth, read) for row in usable]
        dataset = DepthWithScans(LAYOUT, root, depth_shots, calibrations, truth, options, notes)
    dataset.sensor = f"{dataset.n_lines}-line lidar"
    return dataset


def _ground_truth(table: Path, row: Row, options: ReadOptions) -> GroundTruth:
    """The wanted one, or the best that the columns allow; all rows have the same."""
    wanted = options.ground_truth
    if wanted == "auto":
        if row.ground_truth is not None:
            return "official"
        return "accumulated" if row.pose is not None and row.depth is None else "scan"
    if wanted == "dense" or (wanted == "official" and row.ground_truth is None):
        problem = f"names no {wanted} ground truth"
        raise BadInputError(table, problem, "name the column ground_truth and use official, or use scan")
    if wanted == "accumulated" and row.scan is None:
        raise BadInputError(table, "names no scans to accumulate", "name the column scan, or use --ground-truth scan")
    return wanted


def _calibration_files(rows: Sequence[Row]) -> list[Path]:
    """Those that are there; a missing one is told with the frame that needs it."""
    named = dict.fromkeys(row.calibration for row in rows)
    files = (file for path in named for file in (map(path.joinpath, CALIBRATION_FILES) if path.is_dir() else [path]))
    return [file for file in files if file.is_file()]


def _drives(
    root: Path, rows: Sequence[Row], rings: Rings | None, truth: GroundTruth, options: ReadOptions
) -> dict[str, DriveScans]:
    cache, drives = ScanCache(), {}
    for name, own in groupby(rows, lambda row: row.drive):
        by_frame = {row.frame: row for row in own}
        paths = {frame: row.scan for frame, row in by_frame.items() if row.scan is not None}
        numbered: NumberedScans | None
        if rings is not None:
            numbered = rings.numbered(partial(_read_frame, paths))
        elif options.sensor is None or rows[0].in_scan_order:
            numbered = calibrated_scans(paths, options)
        else:
            numbered = scans_by(options.sensor, paths, _read_points)
        drive = drives[name] = DriveScans(name, paths, cache, options.skip_bad, numbered)
        if truth != "accumulated":
            continue
        poses = {frame: row.pose for frame, row in by_frame.items() if row.pose is not None}
        if poses:
            drive.motion = CsvMotion(poses)
        else:
            drive.motion = RegisteredMotion(root, drive.paths, partial(_xyz_m, drive), deskewed=True)
    return drives


def _xyz_m(drive: DriveScans, frame: int) -> NDArray[np.float32]:
    return drive.scan(frame).xyz_m


def _read_points(path: Path) -> Points:
    if path.suffix.lower() != ".bin":
        return read_cloud_points(path)
    scan = read_sweep(path)
    return scan.xyz_m, scan.intensity


def _read_frame(paths: dict[int, Path], frame: int) -> RingScan:
    return _read_rings(paths[frame])


def _read_rings(path: Path) -> RingScan:
    return read_sweep(path) if path.suffix.lower() == ".bin" else read_cloud_scan(path)
