"""The table of frames.csv: one frame a row, its files named in columns. Nothing but the table is looked at here."""

from dataclasses import dataclass
from pathlib import Path
from posixpath import splitext

import numpy as np

from lidarsel.datasets.clouds.files import SUFFIXES as CLOUD_SUFFIXES
from lidarsel.datasets.frames_csv.table import README, read_table
from lidarsel.datasets.parts.matrices import is_rigid, padded
from lidarsel.datasets.parts.reach import TRUST, path_named
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import Matrix

FORMATS = ("kitti", "nuscenes")
"""Of .bin scans: float32 x, y, z, intensity line after line; or these and the ring, in any order of points."""
_FILES = ("scan", "image", "depth", "ground_truth")
_LEAST_UNITS, _MOST_UNITS = 1.0, 1e6


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A frame. Paths are below the csv's folder unless its paths are trusted; None where the table has no such column.

    frame: its number in its drive, the place among the drive's rows where no column tells. in_scan_order: the scan's
    lines follow from the order of its points, not from rings. depth_units_per_m: of depth and ground_truth, where the
    table tells. pose: float64 (4, 4), lidar -> world.
    """

    drive: str
    frame: int
    calibration: Path
    scan: Path | None
    in_scan_order: bool
    image: Path | None
    depth: Path | None
    ground_truth: Path | None
    depth_units_per_m: float | None
    pose: Matrix | None

    def files(self) -> list[Path]:
        """What the row names."""
        named = (self.calibration, self.scan, self.image, self.depth, self.ground_truth)
        return [file for file in named if file is not None]


def read_rows(path: Path, trust_paths: bool = False) -> tuple[list[CsvRow], list[str]]:
    """The rows by drive (drives in the order of the table) and frame number, and what the report must say of the table.

    trust_paths: it may name files beyond its folder.

    Raises BadInputError naming the file, and the line where it is one: an unknown or missing column, an empty cell, a
    path that leaves the csv's folder, a cell that cannot be what its column says, a frame named twice.
    """
    table = read_table(path)
    header = table.header
    only_drive = path.parent.resolve().name
    calibrations: dict[str, Path] = {}
    by_drive: dict[str, dict[int, CsvRow]] = {}
    poses: list[tuple[int, Matrix]] = []
    for line, cells in table.lines:
        if len(cells) != len(header):
            raise _bad(path, line, f"has {len(cells)} cells where the header has {len(header)}")
        cell = dict(zip(header, map(str.strip, cells), strict=True))
        empty = next((name for name, text in cell.items() if not text), None)
        if empty is not None:
            raise _bad(path, line, f"has an empty cell {empty}", "fill it, or leave out the row or the column")
        frames = by_drive.setdefault(cell.setdefault("drive", only_drive), {})
        if not cell["drive"].isprintable():
            raise _bad(path, line, f"has the drive {cell['drive']!r}, which holds control characters")
        row = _row(path, line, cell, len(frames), calibrations, trust_paths)
        if row.frame in frames:
            raise _bad(path, line, f"names frame {row.frame} of drive {row.drive} a second time")
        frames[row.frame] = row
        if row.pose is not None:
            poses.append((line, row.pose))
    _require_rigid(path, poses)
    if len({row.in_scan_order for frames in by_drive.values() for row in frames.values()}) > 1:
        raise BadInputError(path, "mixes scans with and without rings", "give the two kinds a csv each")
    return [frames[number] for frames in by_drive.values() for number in sorted(frames)], table.notes


def _row(
    path: Path, line: int, cell: dict[str, str], place: int, calibrations: dict[str, Path], trust_paths: bool
) -> CsvRow:
    files = {name: _file(path, line, name, cell[name], trust_paths) if name in cell else None for name in _FILES}
    calibration = cell["calibration"]
    if calibration not in calibrations:
        calibrations[calibration] = _file(path, line, "calibration", calibration, trust_paths)
    number = cell.get("frame", str(place))
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise _bad(path, line, f"has the frame {number[:40]!r}, no whole number of at least 0")
    return CsvRow(
        drive=cell["drive"],
        frame=int(number),
        calibration=calibrations[calibration],
        scan=files["scan"],
        in_scan_order=files["scan"] is not None and _in_scan_order(path, line, cell),
        image=files["image"],
        depth=files["depth"],
        ground_truth=files["ground_truth"],
        depth_units_per_m=_units_per_m(path, line, cell["depth_scale"]) if "depth_scale" in cell else None,
        pose=_pose(path, line, cell["pose"]) if "pose" in cell else None,
    )


def _file(path: Path, line: int, column: str, text: str, trust_paths: bool) -> Path:
    """The file that a cell names. A table from elsewhere must not reach files beyond its folder."""
    found = path_named(path.parent, text, trust_paths)
    if found is None:
        remedy = (
            "give a path of this system" if trust_paths else f"give a path within it, or {TRUST} if you trust the csv"
        )
        raise _bad(path, line, f"names {text!r} in {column}, beyond the folder of the csv", remedy)
    return found


def _units_per_m(path: Path, line: int, text: str) -> float:
    """A number below 1 is likely meant the other way round, as metres of a stored unit."""
    try:
        units = float(text)
    except ValueError:
        units = np.nan
    if not _LEAST_UNITS <= units <= _MOST_UNITS:
        remedy = "give the stored units of a metre: 1000 for millimetres, 256 for KITTI's images"
        raise _bad(path, line, f"has the depth_scale {text[:40]!r}", remedy)
    return units


def _in_scan_order(path: Path, line: int, cell: dict[str, str]) -> bool:
    suffix = splitext(cell["scan"])[1].lower()  # pathlib would take a second over 100,000 rows
    if suffix not in (".bin", *CLOUD_SUFFIXES):
        raise _bad(path, line, f"names a scan {cell['scan']!r}, neither .bin nor {' nor '.join(CLOUD_SUFFIXES)}")
    told = cell.get("scan_format", "kitti" if suffix == ".bin" else suffix[1:])
    if told not in (FORMATS if suffix == ".bin" else (suffix[1:],)):
        raise _bad(
            path,
            line,
            f"has the scan_format {told[:40]!r} for a {suffix} file",
            f"give {' or '.join(FORMATS)} for .bin",
        )
    return told == "kitti"


def _pose(path: Path, line: int, text: str) -> Matrix:
    """12 numbers, the rows of a 3x4 matrix -> float64 (4, 4)."""
    try:
        numbers = np.array([float(word) for word in text.split()])
    except ValueError:
        numbers = np.empty(0)
    if numbers.shape != (12,) or not np.isfinite(numbers).all():
        raise _bad(path, line, "has a pose that is not 12 finite numbers with spaces between")
    return padded(numbers.reshape(3, 4))


def _require_rigid(path: Path, poses: list[tuple[int, Matrix]]) -> None:
    """All at once: one by one takes 2 s over 100,000 rows, at once 0.1 s (measured)."""
    rigid = is_rigid(np.array([pose for _, pose in poses])) if poses else np.ones(1, bool)
    if not rigid.all():
        raise _bad(path, poses[int(rigid.argmin())][0], "has a pose that is no rotation and translation")


def _bad(path: Path, line: int, problem: str, remedy: str = README) -> BadInputError:
    return BadInputError(path, f"line {line} {problem}", remedy)
