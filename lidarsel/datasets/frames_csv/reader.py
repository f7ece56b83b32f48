"""frames.csv: data in any folders, one frame a row, its files named by column."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

from lidarsel.datasets.base import Dataset, GroundTruth, ReadOptions
from lidarsel.datasets.clouds.files import read_cloud_points, read_cloud_scan
from lidarsel.datasets.depth_images.alone import open_depth_alone
from lidarsel.datasets.depth_images.with_scans import open_depth_with_scans
from lidarsel.datasets.frames_csv.rows import CsvRow, read_rows
from lidarsel.datasets.frames_csv.shots import calibration_reader, depth_shot, frames_alone, shot
from lidarsel.datasets.kitti.raw_drive import calibration_files
from lidarsel.datasets.nuscenes.sweep import read_sweep
from lidarsel.datasets.parts.reach import require_links_inside
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.bin_numbering import numbering_of
from lidarsel.datasets.scans.calibrated import Points, lines_by_sensor
from lidarsel.datasets.scans.drive_motion import KnownPoses, known, registered
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.frames_in_a_row import motion_if_in_a_row
from lidarsel.datasets.scans.numbering import ScanNumbering
from lidarsel.datasets.scans.ring_scans import Rings, RingScan, find_rings
from lidarsel.datasets.scans.scan_dataset import open_scans
from lidarsel.datasets.scans.sensor_name import any_sensor
from lidarsel.datasets.scans.thinned import ThinnedTree, thinned_above
from lidarsel.errors import BadInputError

LAYOUT = LayoutFacts(
    name="frames_csv",
    looks_for="frames.csv",
    ground_truth=("official", "accumulated", "scan"),
    extra="lidarsel[poses] to accumulate scans without the column pose",
)
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
    found, notes = read_rows(table, options.trust_paths)
    rows = [replace(row, depth_units_per_m=row.depth_units_per_m or options.depth_scale) for row in found]
    if path.is_file():  # of a folder all links have been looked at; beside a lone table may stand anything
        own = len(table.parent.parts)
        named = (file for row in rows for file in row.files())
        if options.trust_paths:
            named = (file for file in named if file.is_relative_to(table.parent))
        tops = dict.fromkeys(file.parts[own] for file in named if len(file.parts) > own)
        require_links_inside(table.parent, options.follow_links, tops)
    if options.depth_scale is not None and rows[0].depth is None and rows[0].ground_truth is None:
        raise BadInputError(table, "names no depth images, whose unit could be told", "leave --depth-scale out")
    if options.view != "camera" and (rows[0].depth is not None or rows[0].ground_truth is not None):
        problem = "names depth images, which are the camera's own"
        raise BadInputError(table, problem, "leave --view out, or the columns depth and ground_truth")
    truth = _ground_truth(table, rows[0], options)
    root, calibrations = table.parent, [table, *_calibration_files(rows)]
    read = calibration_reader()
    if rows[0].scan is None:
        if options.sensor is not None:
            raise BadInputError(table, "names no scans to number by --sensor", "name the column scan")
        return open_depth_alone(LAYOUT.name, root, frames_alone(rows, truth, read), calibrations, truth, options, notes)
    if options.scan_columns is not None and not rows[0].in_scan_order:
        problem = "names scans whose columns have names or are those of nuScenes"
        raise BadInputError(table, problem, "leave --scan-columns out, or take nuscenes out of the column scan_format")
    rings = None
    thinned = _thinned(table, rows)
    if not rows[0].in_scan_order and options.sensor is None:
        reads = [partial(_read_rings, row.scan, options.ring_field) for row in rows if row.scan]
        known = None if thinned is None else thinned.elevations.elevation_deg
        rings = find_rings(table, reads, options.skip_bad, known)
    drives, told = _drives(root, rows, rings, thinned, truth, options)
    notes += [*([] if rings is None else rings.notes), *told]
    if rows[0].depth is None:
        shots = [shot(row, drives[row.drive], truth, read) for row in rows]
        return open_scans(LAYOUT.name, root, shots, calibrations, options, notes, any_sensor)
    usable = [row for row in rows if truth != "accumulated" or drives[row.drive].can_accumulate(row.frame)]
    if len(usable) < len(rows):
        notes.append(f"Left out, having fewer than 2 neighbours to accumulate: {len(rows) - len(usable)} frames.")
    depth_shots = [depth_shot(row, drives[row.drive], truth, read) for row in usable]
    return open_depth_with_scans(LAYOUT.name, root, depth_shots, calibrations, truth, options, notes, any_sensor)


def _ground_truth(table: Path, row: CsvRow, options: ReadOptions) -> GroundTruth:
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


def _calibration_files(rows: Sequence[CsvRow]) -> list[Path]:
    """Those that are there; a missing one is told with the frame that needs it."""
    named = dict.fromkeys(row.calibration for row in rows)
    return [file for path in named for file in (calibration_files(path) if path.is_dir() else [path]) if file.is_file()]


def _thinned(table: Path, rows: Sequence[CsvRow]) -> ThinnedTree | None:
    """The thinned log that the scans stand in, or None. Raises BadInputError where only some of them do."""
    folders = sorted({row.scan.parent for row in rows if row.scan is not None})
    found = dict.fromkeys(map(thinned_above, folders))
    if len(found) > 1:
        raise BadInputError(table, "names scans that were thinned and others that were not", "give them a csv each")
    return next(iter(found))


def _drives(
    root: Path,
    rows: Sequence[CsvRow],
    rings: Rings | None,
    thinned: ThinnedTree | None,
    truth: GroundTruth,
    options: ReadOptions,
) -> tuple[dict[str, DriveScans], list[str]]:
    """By name, and what must be told of them."""
    cache = ScanCache()
    frames: dict[str, list[int]] = {}
    for row in rows:
        frames.setdefault(row.drive, []).append(row.frame)
    make_motion, told = None, list[str]()
    if truth == "accumulated":
        make_motion = registered(root, deskewed=True) if rows[0].pose is None else None
    elif truth == "scan" and rows[0].depth is None:
        make_motion, told = motion_if_in_a_row(root, frames, options)
    drives: dict[str, DriveScans] = {}
    for name, own in groupby(rows, lambda row: row.drive):
        by_frame = {row.frame: row for row in own}
        paths = {frame: row.scan for frame, row in by_frame.items() if row.scan is not None}
        numbering: ScanNumbering
        if rings is not None:
            numbering = rings.numbering(lambda path, _: _read_rings(path, options.ring_field), thinned)
        elif options.sensor is None or rows[0].in_scan_order:
            numbering = numbering_of(paths, options)
        else:
            numbering = replace(lines_by_sensor(options.sensor, _read_points), thinned=thinned)
        poses = {frame: row.pose for frame, row in by_frame.items() if row.pose is not None}
        motion = known(KnownPoses("frames.csv", poses.get)) if poses and truth == "accumulated" else make_motion
        drives[name] = DriveScans(name, paths, cache, numbering, motion, options.skip_bad)
    return drives, told


def _read_points(path: Path) -> Points:
    if path.suffix.lower() != ".bin":
        return read_cloud_points(path)
    scan = read_sweep(path)
    return scan.xyz_m, scan.intensity


def _read_rings(path: Path, ring: str | None) -> RingScan:
    return read_sweep(path) if path.suffix.lower() == ".bin" else read_cloud_scan(path, ring)


READER = Reader(
    LAYOUT,
    place=10,
    why_there="first: who writes a frames.csv wants it to be used, whatever stands beside it",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "scan_columns", "ring_field", "depth_scale", "trust_paths", "view"}),
    thinning=None,
)
