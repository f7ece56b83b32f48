"""Scans whose points carry a ``ring`` number: what the readers of such formats share.

Rings may be numbered from the lowest or from the highest, and a ring may never return (it looks at the sky, or is
broken), so how the sensor numbers them is found over the data set, not scan by scan.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import require_reachable
from lidarsel.datasets.scans.numbering import SensorLines
from lidarsel.datasets.scans.survey import looked_at
from lidarsel.datasets.scans.thinned import ThinnedTree
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Scan
from lidarsel.geometry.lines import SECTORS, elevation_of_points_deg, median_elevation_deg, sectors_seen

MOST_RINGS = 1024
"""No spinning lidar has more; a greater number is damage, and would make thousands of lines that never return."""
_NO_RANGE_M = 1e-3
_SECTORS_MISSED = 2
_LEAST_CORRELATION = 0.9  # an HDL-64E's two blocks make 0.995; a VLP-16 in firing order 0.59
_SKIP = "copy the file anew, or leave it out with --skip-bad"


@dataclass(frozen=True, eq=False)
class RingScan:
    """A scan as its file has it, finite points only. xyz_m: float32 (N, 3). intensity: float32 (N,). ring: int64 (N,),
    0..MOST_RINGS-1. Made by ``ring_scan``, which checks."""

    path: Path
    xyz_m: NDArray[np.float32]
    intensity: NDArray[np.float32]
    ring: NDArray[np.int64]


ReadRings = Callable[[Path, int], RingScan]
"""Reads the scan of a frame number from its file, or raises BadInputError naming that."""


def ring_scan(
    path: Path, xyz_m: NDArray[np.floating], intensity: NDArray[np.floating], ring: NDArray[np.generic]
) -> RingScan:
    """(N, 3), (N,) and (N,) of any numeric type -> the scan without its points that are not finite ("no return").

    Raises BadInputError naming ``path`` where no point is left, one lies beyond what any lidar reaches, or a ring is no
    whole number of 0..MOST_RINGS-1.
    """
    finite = np.isfinite(xyz_m).all(axis=1)
    xyz, values = xyz_m[finite], np.asarray(ring)[finite].astype(np.float64)
    if not (np.abs(xyz) > _NO_RANGE_M).any():
        raise BadInputError(path, "has no point away from the lidar", _SKIP)
    require_reachable(path, xyz)
    good = (values >= 0) & (values < MOST_RINGS) & (values == np.floor(values))
    if not good.all():
        raise BadInputError(path, f"has a point of ring {values[~good][0]:g}, no ring of a spinning lidar", _SKIP)
    return RingScan(
        path,
        np.ascontiguousarray(xyz, np.float32),
        np.ascontiguousarray(intensity[finite], np.float32),
        values.astype(np.int64),
    )


@dataclass(frozen=True, eq=False)
class Rings:
    """How a sensor numbers its rings. elevation_deg: float64 (n_lines,), finite, by line, 0 = topmost.

    from_lowest: whether ring 0 is the lowest line. notes: what the report must say. sectors: of 10 degrees of azimuth
    in which a scan has points, median; 0 where nothing may be told by it, as in thinned scans.
    """

    elevation_deg: NDArray[np.float64]
    from_lowest: bool
    notes: tuple[str, ...]
    sectors: int

    def numbering(self, read: ReadRings, thinned: ThinnedTree | None = None) -> SensorLines:
        """Of the scans of a drive. thinned: the record of ``lidarsel apply`` beside them."""

        def scan(path: Path, number: int) -> Scan:
            numbered = self.number(read(path, number))
            if thinned is not None:
                thinned.require_chosen(path, numbered.line)
            return numbered

        return SensorLines(scan, self.elevation_deg, thinned, None if thinned is None else thinned.elevations)

    def number(self, scan: RingScan) -> Scan:
        """The scan with its lines; a point at the lidar itself has no direction, hence no line.

        Raises BadInputError where a ring is beyond the sensor's, or the scan is cut short: all rings fire together, so
        what is cut off is not rings, as in KITTI's files, but a part of the turn.
        """
        seen = sectors_seen(scan.xyz_m) if self.sectors else 0
        if seen < self.sectors - _SECTORS_MISSED:
            turned = f"{360 * seen // SECTORS} degrees of a turn, where others of its sensor cover"
            raise BadInputError(scan.path, f"has points in {turned} {360 * self.sectors // SECTORS}", _SKIP)
        n_lines = len(self.elevation_deg)
        if scan.ring.max() >= n_lines:
            problem = f"has a point of ring {scan.ring.max()} where the data set has rings 0..{n_lines - 1}"
            raise BadInputError(
                scan.path, problem, "leave such scans out, or have every scan looked at with --skip-bad"
            )
        line = n_lines - 1 - scan.ring if self.from_lowest else scan.ring
        away = np.abs(scan.xyz_m).max(axis=1) > _NO_RANGE_M
        return Scan(scan.xyz_m, scan.intensity, np.where(away, line, UNKNOWN_LINE).astype(np.int16))


def find_rings(
    root: Path,
    scans: Sequence[Callable[[], RingScan]],
    skip_bad: bool,
    known_elevation_deg: NDArray[np.float64] | None = None,
) -> Rings:
    """Look at all of the data set's scans where ``skip_bad`` or few, else at some, evenly spread.

    Damaged ones are passed over here; the data set's survey reports them. known_elevation_deg: float64 (n_lines,), of
    scans that were thinned; the rings that are left tell only in which sense they are numbered.
    Raises BadInputError where none can be read, or where rings are not in the order of elevations.
    """
    if not scans:
        raise BadInputError(root, "holds no frame", "see datasets/README.md for how to lay the data out")
    medians: list[NDArray[np.float64]] = []
    sectors: list[int] = []
    first: BadInputError | None = None
    for index in looked_at(len(scans), skip_bad):
        try:
            scan = scans[index]()
            medians.append(_ring_elevation_deg(scan))
            sectors.append(sectors_seen(scan.xyz_m))
        except BadInputError as error:
            first = first or error
    if not medians:
        assert first is not None
        raise first
    table = np.full((len(medians), max(map(len, medians))), np.nan)
    for row, found in zip(table, medians, strict=True):
        row[: len(found)] = found
    usual = int(np.median(sectors))
    return _rings(root, table, usual) if known_elevation_deg is None else _known_rings(root, table, known_elevation_deg)


def _ring_elevation_deg(scan: RingScan) -> NDArray[np.float64]:
    """float64 (max ring + 1,): NaN where the ring did not return."""
    away = np.abs(scan.xyz_m).max(axis=1) > _NO_RANGE_M
    ring = scan.ring[away]
    return median_elevation_deg(elevation_of_points_deg(scan.xyz_m[away]), ring, int(ring.max()) + 1)


def _rings(root: Path, table: NDArray[np.float64], sectors: int) -> Rings:
    """table: float64 (scans, rings), NaN = did not return."""
    returned = np.flatnonzero(np.isfinite(table).any(axis=0))
    elevation = np.nanmedian(table[:, returned], axis=0)
    if len(returned) > 2 and abs(np.corrcoef(returned, elevation)[0, 1]) < _LEAST_CORRELATION:
        problem = "its rings are not numbered in the order of their elevations, seen from the scans' origin"
        raise BadInputError(root, problem, "export scans in the lidar's own coordinates, rings numbered by elevation")
    slope = float(np.polyfit(returned, elevation, 1)[0]) if len(returned) > 1 else 0.0
    rings = np.arange(table.shape[1])
    nearest = np.clip(rings, returned[0], returned[-1])
    # beyond the ends by the mean slope: two neighbours there may stand uncommonly close
    filled = np.interp(nearest, returned, elevation) + slope * (rings - nearest)
    from_lowest = slope > 0
    elevation_deg = filled[::-1].copy() if from_lowest else filled
    return Rings(elevation_deg, from_lowest, _notes(np.setdiff1d(rings, returned)), sectors)


def _known_rings(root: Path, table: NDArray[np.float64], elevation_deg: NDArray[np.float64]) -> Rings:
    n_lines = len(elevation_deg)
    if table.shape[1] > n_lines:
        problem = f"has rings up to {table.shape[1] - 1} where the log that it was thinned from has {n_lines} lines"
        raise BadInputError(root, problem, "thin the log anew with lidarsel apply")
    off = {
        lowest: np.nanmedian(np.abs(table - line[: table.shape[1]]))
        for lowest, line in ((True, elevation_deg[::-1]), (False, elevation_deg))
    }
    return Rings(elevation_deg, bool(off[True] < off[False]), (), 0)


def _notes(silent: NDArray[np.int64]) -> tuple[str, ...]:
    if not len(silent):
        return ()
    names = ", ".join(map(str, silent[:5])) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
    return (f"Rings that never returned in the scans looked at, their elevation by interpolation: {names}.",)
