"""The table of frames.csv: one frame a row, its files named in columns. Nothing but the table is looked at here."""

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from posixpath import splitext

import numpy as np

from lidarsel.datasets.clouds.files import SUFFIXES as CLOUD_SUFFIXES
from lidarsel.datasets.parts.files import read_bytes
from lidarsel.datasets.parts.matrices import is_rigid, padded
from lidarsel.datasets.parts.reach import path_below
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import Matrix

COLUMNS = (
    "scan",
    "scan_format",
    "image",
    "calibration",
    "depth",
    "ground_truth",
    "drive",
    "frame",
    "pose",
)
FORMATS = ("kitti", "nuscenes")
"""Of .bin scans: float32 x, y, z, intensity line after line; or these and the ring, in any order of points."""
_FILES = ("scan", "image", "depth", "ground_truth")
_README = "see datasets/README.md for frames.csv"


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A frame. Paths are below the csv's folder; None where the table has no such column.

    frame: its number in its drive, the place among the drive's rows where no column tells. in_scan_order: the scan's
    lines follow from the order of its points, not from rings. pose: float64 (4, 4), lidar -> world.
    """

    drive: str
    frame: int
    calibration: Path
    scan: Path | None
    in_scan_order: bool
    image: Path | None
    depth: Path | None
    ground_truth: Path | None
    pose: Matrix | None

    def files(self) -> list[Path]:
        """What the row names."""
        named = (self.calibration, self.scan, self.image, self.depth, self.ground_truth)
        return [file for file in named if file is not None]


def read_rows(path: Path) -> list[CsvRow]:
    """The rows by drive (drives in the order of the table) and frame number.

    Raises BadInputError naming the file, and the line where it is one: an unknown or missing column, an empty cell, a
    path that leaves the csv's folder, a cell that cannot be what its column says, a frame named twice.
    """
    table = _table(path)
    header = [name.strip() for name in table[0][1]]
    _check_header(path, header)
    only_drive = path.parent.resolve().name
    calibrations: dict[str, Path] = {}
    by_drive: dict[str, dict[int, CsvRow]] = {}
    poses: list[tuple[int, Matrix]] = []
    for line, cells in table[1:]:
        if len(cells) != len(header):
            raise _bad(path, line, f"has {len(cells)} cells where the header has {len(header)}")
        cell = dict(zip(header, map(str.strip, cells), strict=True))
        empty = next((name for name, text in cell.items() if not text), None)
        if empty is not None:
            raise _bad(path, line, f"has an empty cell {empty}", "fill it, or leave out the row or the column")
        frames = by_drive.setdefault(cell.setdefault("drive", only_drive), {})
        if not cell["drive"].isprintable():
            raise _bad(path, line, f"has the drive {cell['drive']!r}, which holds control characters")
        row = _row(path, line, cell, len(frames), calibrations)
        if row.frame in frames:
            raise _bad(path, line, f"names frame {row.frame} of drive {row.drive} a second time")
        frames[row.frame] = row
        if row.pose is not None:
            poses.append((line, row.pose))
    _require_rigid(path, poses)
    if len({row.in_scan_order for frames in by_drive.values() for row in frames.values()}) > 1:
        raise BadInputError(path, "mixes scans with and without rings", "give the two kinds a csv each")
    return [frames[number] for frames in by_drive.values() for number in sorted(frames)]


def _table(path: Path) -> list[tuple[int, list[str]]]:
    """The lines that hold something, with their numbers; the header first."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
        reader = csv.reader(StringIO(text, newline=""), strict=True)
        table = [(reader.line_num, cells) for cells in reader if cells]
    except UnicodeDecodeError:
        raise BadInputError(path, "is no UTF-8 text", "save it as UTF-8") from None
    except csv.Error as error:
        raise BadInputError(path, f"line {reader.line_num} is no CSV ({error})", _README) from None
    if len(table) < 2:
        raise BadInputError(path, "names no frame", _README)
    return table


def _check_header(path: Path, header: list[str]) -> None:
    unknown = next((name for name in header if name not in COLUMNS), None)
    if unknown is not None:
        raise BadInputError(path, f"has a column {unknown[:40]!r}", f"its columns may be {', '.join(COLUMNS)}")
    if len(set(header)) < len(header):
        raise BadInputError(path, "has a column twice", "name each column once")
    if "calibration" not in header or not {"scan", "depth"} & set(header):
        problem = "needs the column calibration, and scan or depth"
        raise BadInputError(path, problem, _README)
    for name, needed in (("scan_format", "scan"), ("pose", "scan")):
        if name in header and needed not in header:
            raise BadInputError(path, f"has a column {name} but none {needed}", _README)


def _row(path: Path, line: int, cell: dict[str, str], place: int, calibrations: dict[str, Path]) -> CsvRow:
    files = {name: _inside(path, line, name, cell[name]) if name in cell else None for name in _FILES}
    calibration = cell["calibration"]
    if calibration not in calibrations:
        calibrations[calibration] = _inside(path, line, "calibration", calibration)
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
        pose=_pose(path, line, cell["pose"]) if "pose" in cell else None,
    )


def _inside(path: Path, line: int, column: str, text: str) -> Path:
    """The file that a cell names. A table from elsewhere must not reach files beyond its folder."""
    found = path_below(path.parent, text)
    if found is None:
        raise _bad(path, line, f"names {text!r} in {column}, beyond the folder of the csv", "give a path within it")
    return found


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


def _bad(path: Path, line: int, problem: str, remedy: str = _README) -> BadInputError:
    return BadInputError(path, f"line {line} {problem}", remedy)
