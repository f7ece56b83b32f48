"""Thinning one scan or depth image to chosen lines, exact to the byte for what is kept."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import LinesFile
from lidarsel.datasets.parts.files import DEPTH_UNITS_PER_M, check_depth_png
from lidarsel.datasets.parts.png import write_png
from lidarsel.datasets.scans.calibrated import kitti_points, lines_by
from lidarsel.datasets.scans.numbering import numbered_for, read_scan
from lidarsel.datasets.scans.thinned import Runs, elevations_of, runs_of, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, ImagePoints, Scan
from lidarsel.geometry.unordered import LaserCones
from lidarsel.reading import read_whole

SKIP = "leave it out with --skip-bad"
_OTHER_LINES = f"give lines chosen for this sensor, or {SKIP}"
_BYTES_PER_POINT = 16
_BYTES_PER_TRUE_LINE = 2


@dataclass(frozen=True)
class ThinningCount:
    """Points (pixels of a depth image) before and after; unknown: dropped because their line could not be told."""

    points_before: int
    points: int
    unknown: int


def thin_scan(
    source: Path,
    target: Path,
    lines: LinesFile,
    sensor: LaserCones | None = None,
    true_lines: tuple[Path, Path] | None = None,
) -> tuple[ThinningCount, Runs]:
    """Write a KITTI scan's points of the chosen lines, in their order.

    Args:
        source: the scan.
        target: where to write.
        lines: the chosen ones.
        sensor: the calibration that tells the lines of scans in no order.
        true_lines: of a simulated scan, the file with the true line of each point, and where to write it thinned.

    Returns:
        How many points there were and are, and the lines of what was written.

    Raises:
        BadInputError: the scan is damaged, or has other lines than ``lines`` is for.
    """
    if sensor is not None and thinned_above(source.parent) is None:
        line = calibrated_lines(sensor, source, kitti_points(source)[0], lines)
    else:
        line = _numbered(source, lines).line
    kept, count = keep(source, line, lines)
    _write_rows(source, target, kept, _BYTES_PER_POINT)
    if true_lines is not None:
        _write_rows(*true_lines, kept, _BYTES_PER_TRUE_LINE)
    return count, runs_of(line[kept])


def thin_depth_image(
    source: Path, pixels: ImagePoints, target: Path, line_target: Path, lines: LinesFile
) -> ThinningCount:
    """Write a depth image's pixels of the chosen lines, and the image of their lines. Raises BadInputError."""
    require_left(source, lines)
    kept, count = keep(source, pixels.line, lines)
    depth, line = np.zeros((2, *check_depth_png(source)), np.uint16)
    at = pixels.row[kept], pixels.column[kept]
    depth[at] = pixels.depth_m[kept] * np.float32(DEPTH_UNITS_PER_M)  # exact: it was a whole number / 256
    line[at] = pixels.line[kept] + 1
    for place, content in ((target, depth), (line_target, line)):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_png(place, content)
    return count


def keep(path: Path, line: NDArray[np.integer], lines: LinesFile) -> tuple[NDArray[np.bool_], ThinningCount]:
    """int (N,), -1 = unknown -> bool (N,), the points of the chosen lines, and their count.

    Raises BadInputError where there is none: no reader takes an empty scan.
    """
    kept = np.isin(line, lines.lines)
    if not kept.any():
        raise BadInputError(path, "has no point of the chosen lines", SKIP)
    return kept, ThinningCount(len(line), int(kept.sum()), int((line == UNKNOWN_LINE).sum()))


def require_left(path: Path, lines: LinesFile) -> None:
    """Refuse lines that a log thinned before does not hold any more. Raises BadInputError."""
    thinned = thinned_above(path.parent)
    if thinned is None:
        return
    if lines.n_lines != thinned.lines.n_lines:
        raise _of_other_lines(path, thinned.lines.n_lines, lines)
    gone = sorted(set(lines.lines) - set(thinned.lines.lines))
    if gone:
        problem = f"was thinned before, and the chosen line {gone[0]} is gone"
        raise BadInputError(path, problem, "thin the whole log, or choose among the lines that are left")


def calibrated_lines(
    sensor: LaserCones, path: Path, xyz_m: NDArray[np.floating], lines: LinesFile
) -> NDArray[np.int16]:
    """float (N, 3) -> int16 (N,), by a calibration. Raises BadInputError where it or ``lines`` is of another sensor."""
    if sensor.n_lines != lines.n_lines:
        raise _of_other_lines(path, sensor.n_lines, lines)
    return lines_by(sensor, path, xyz_m)


def _numbered(path: Path, lines: LinesFile) -> Scan:
    thinned = thinned_above(path.parent)
    scan = read_scan(path, thinned)
    if thinned is not None:
        require_left(path, lines)
        return scan
    numbered = numbered_for(scan, elevations_of(lines))
    if numbered is None:
        raise _of_other_lines(path, int(scan.line.max()) + 1, lines)
    return numbered


def _of_other_lines(path: Path, n_lines: int, lines: LinesFile) -> BadInputError:
    return BadInputError(path, f"has {n_lines} lines where the lines file is for {lines.n_lines}", _OTHER_LINES)


def _write_rows(source: Path, target: Path, kept: NDArray[np.bool_], row_bytes: int) -> None:
    """Copy the kept rows of a file of fixed-size rows."""
    rows = np.frombuffer(read_whole(source, SKIP), np.dtype((np.void, row_bytes)))
    if len(rows) != len(kept):
        raise BadInputError(source, f"has {len(rows)} points where its scan has {len(kept)}", SKIP)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(rows[kept].tobytes())
