"""Thinning one scan or depth image to chosen lines, exact to the byte for what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import LinesFile
from lidarsel.datasets.parts.files import check_depth_png, read_image_u16, returned
from lidarsel.datasets.parts.png import write_png
from lidarsel.datasets.reader import PointValues
from lidarsel.datasets.scans.bin_numbering import simulated_cones
from lidarsel.datasets.scans.calibrated import lines_by
from lidarsel.datasets.scans.columns import KITTI_COLUMNS, ColumnTable, ScanColumns, read_columns
from lidarsel.datasets.scans.numbering import lines_in_file, numbered_for
from lidarsel.datasets.scans.ring_scans import ring_scan
from lidarsel.datasets.scans.thinned import Runs, ThinnedTree, elevations_of, runs_of, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, ImagePoints, Scan
from lidarsel.geometry.ring_order import known_order, require_shared, ring_elevations
from lidarsel.geometry.unordered import LaserCones
from lidarsel.reading import read_whole

SKIP = "leave it out with --skip-bad"
_OTHER_LINES = f"give lines chosen for this sensor, or {SKIP}"
_BYTES_PER_NUMBER = 4


@dataclass(frozen=True)
class ThinningCount:
    """Points (pixels of a depth image) before and after; unknown: dropped because their line could not be told, which
    "no return" has none of."""

    points_before: int
    points: int
    unknown: int


def thin_scan(
    source: Path,
    target: Path,
    lines: LinesFile,
    sensor: LaserCones | None = None,
    columns: ScanColumns = KITTI_COLUMNS,
    beside: Sequence[tuple[PointValues, Path]] = (),
) -> tuple[ThinningCount, Runs]:
    """Write a ``.bin`` scan's points of the chosen lines, in their order.

    Args:
        source: the scan.
        target: where to write.
        lines: the chosen ones.
        sensor: the calibration that tells the lines; None takes record, simulated product, rings or order.
        columns: of the scans of its folder.
        beside: the files with a value for each point, and where to write each thinned.

    Returns:
        How many points there were and are, and the lines of what was written.

    Raises:
        BadInputError: the scan is damaged, or has other lines than ``lines`` is for.
    """
    table = read_columns(source, columns)
    thinned = thinned_above(source.parent)
    cones = simulated_cones(source) if sensor is None else sensor
    if thinned is None and cones is not None:
        line = calibrated_lines(cones, source, table.xyz_m, lines)
    elif thinned is None and table.ring is not None:
        line = ring_lines(source, table.ring, table.xyz_m, lines)
    else:
        line = _numbered(source, table, lines, thinned)
    kept, count = keep(source, line, lines, returned(source, table.xyz_m))
    _write_rows(source, target, kept, _BYTES_PER_NUMBER * len(columns.names))
    for values, place in beside:
        _write_rows(values.source, place, kept, values.value_bytes)
    return count, runs_of(line[kept])


def thin_depth_image(
    source: Path, pixels: ImagePoints, target: Path, line_target: Path, lines: LinesFile
) -> ThinningCount:
    """Write a depth image's pixels of the chosen lines, and the image of their lines.

    Args:
        source: the depth image.
        pixels: its pixels with their lines.
        target, line_target: where the two are written.
        lines: the chosen ones.

    Raises:
        BadInputError: no pixel is of a chosen line, or one of these was thinned away before.
    """
    require_left(source, lines)
    kept, count = keep(source, pixels.line, lines)
    depth, line = np.zeros((2, *check_depth_png(source)), np.uint16)
    at = pixels.row[kept], pixels.column[kept]
    depth[at] = read_image_u16(source)[at]
    line[at] = pixels.line[kept] + 1
    for place, content in ((target, depth), (line_target, line)):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_png(place, content)
    return count


def keep(
    path: Path, line: NDArray[np.integer], lines: LinesFile, there: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.bool_], ThinningCount]:
    """int (N,), -1 = unknown -> bool (N,), the points of the chosen lines, and their count.

    ``there``: bool (N,), the points that are no "no return"; None for all.
    Raises BadInputError where there is none: no reader takes an empty scan.
    """
    kept = np.isin(line, lines.lines)
    if not kept.any():
        raise BadInputError(path, "has no point of the chosen lines", SKIP)
    unknown = line == UNKNOWN_LINE if there is None else there & (line == UNKNOWN_LINE)
    return kept, ThinningCount(len(line), int(kept.sum()), int(unknown.sum()))


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


def ring_lines(
    path: Path, ring: NDArray[np.generic], xyz_m: NDArray[np.floating], lines: LinesFile
) -> NDArray[np.int16]:
    """(N,) of any numeric type, float (N, 3) -> int16 (N,), by the rings, of which "no return" has one as well.

    A line may lack points (the sky); but of another sensor's rings at least half would be missing. Raises
    BadInputError where they do not fit ``lines``.
    """
    scan = ring_scan(path, xyz_m, np.zeros(len(xyz_m), np.float32), ring)
    rings = ring_elevations(scan.xyz_m, scan.ring)
    n_rings = len(rings.ring)
    thinned = thinned_above(path.parent) is not None
    try:
        if not thinned:
            require_shared(rings)
        if n_rings <= lines.n_lines // 2 and not thinned:
            raise ValueError("other rings")
        line_of_ring = known_order(rings, np.array(lines.elevation_deg)).line_of_ring
    except ValueError:
        found = f"{n_rings} rings, {rings.ring[0]} to {rings.ring[-1]}"
        problem = f"has {found}, where the lines file is for {lines.n_lines} lines"
        raise BadInputError(path, problem, f"give lines chosen for this sensor, or {SKIP}") from None
    inside = np.isin(ring, np.arange(len(line_of_ring)))
    line = np.full(len(xyz_m), UNKNOWN_LINE, np.int16)
    line[inside] = line_of_ring[np.asarray(ring)[inside].astype(np.int64)]
    return line


def _numbered(path: Path, table: ColumnTable, lines: LinesFile, thinned: ThinnedTree | None) -> NDArray[np.int16]:
    line = lines_in_file(path, table.xyz_m, returned(path, table.xyz_m), thinned)
    if thinned is not None:
        require_left(path, lines)
        return line
    numbered = numbered_for(Scan(table.xyz_m, table.intensity, line), elevations_of(lines))
    if numbered is None:
        raise _of_other_lines(path, int(line.max()) + 1, lines)
    return numbered.line


def _of_other_lines(path: Path, n_lines: int, lines: LinesFile) -> BadInputError:
    return BadInputError(path, f"has {n_lines} lines where the lines file is for {lines.n_lines}", _OTHER_LINES)


def _write_rows(source: Path, target: Path, kept: NDArray[np.bool_], row_bytes: int) -> None:
    """Copy the kept rows of a file of fixed-size rows."""
    rows = np.frombuffer(read_whole(source, SKIP), np.dtype((np.void, row_bytes)))
    if len(rows) != len(kept):
        raise BadInputError(source, f"has {len(rows)} points where its scan has {len(kept)}", SKIP)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(rows[kept].tobytes())
