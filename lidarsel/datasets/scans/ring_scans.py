"""Scans whose points carry a ``ring`` number: what the readers of such formats share.

Rings may be numbered from the lowest or from the highest, and a ring may never return (it looks at the sky, or is
broken), so how the sensor numbers them is found over the data set, not scan by scan.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import require_reachable, returned
from lidarsel.datasets.scans.numbering import SensorLines
from lidarsel.datasets.scans.plausible import TURN_AXES, other_axes
from lidarsel.datasets.scans.survey import looked_at
from lidarsel.datasets.scans.thinned import ThinnedTree
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Scan
from lidarsel.geometry.lines import (
    MOST_LINES,
    SECTORS,
    elevation_of_points_deg,
    ends_within_line,
    median_elevation_deg,
    sectors_seen,
)
from lidarsel.geometry.ring_order import RingElevations, RingOrder, find_order, known_order, over_scans, ring_elevations
from lidarsel.listing import listed

RING_FIELDS = ("ring", "channel", "laser_id", "laser_number", "laser", "ring_id", "line", "line_id", "beam", "beam_id")
"""What drivers and exporters call the ring, tried in this order."""
MOST_RINGS = 1024
"""No spinning lidar has more; a greater number is damage, and would make thousands of lines that never return."""
_SECTORS_MISSED = 2
_SKIP = "copy the file anew, or leave it out with --skip-bad"
_OTHER_FIELD = (
    "name the field of the ring with --ring-field, or calibrate the sensor with lidarsel calibrate and give --sensor"
)


@dataclass(frozen=True, eq=False)
class RingScan:
    """A scan as its file has it, without "no return". xyz_m: float32 (N, 3). intensity: float32 (N,). ring: int64 (N,),
    0..MOST_RINGS-1. Made by ``ring_scan``, which checks."""

    path: Path
    xyz_m: NDArray[np.float32]
    intensity: NDArray[np.float32]
    ring: NDArray[np.int64]


ReadRings = Callable[[Path, int], RingScan]
"""Reads the scan of a frame number from its file, or raises BadInputError naming that."""


def ring_field(path: Path, there: Collection[str], wanted: str | None, remedy: str) -> str:
    """The name of the field that holds the ring, among those of a file: the wanted one, or that of any usual name.

    Raises BadInputError naming ``path`` where there is none; ``remedy`` is said where none was wanted.
    """
    if wanted is not None and wanted not in there:
        problem = f"has points without {wanted!r} (their fields: {', '.join(there)})"
        raise BadInputError(path, problem, "give the name of the field that holds the ring with --ring-field")
    found = wanted or next((name for name in RING_FIELDS if name in there), None)
    if found is None:
        problem = f"has points without ring, which tells their lines (their fields: {', '.join(there)})"
        raise BadInputError(path, problem, remedy)
    return found


def ring_scan(
    path: Path, xyz_m: NDArray[np.floating], intensity: NDArray[np.floating], ring: NDArray[np.generic]
) -> RingScan:
    """(N, 3), (N,) and (N,) of any numeric type -> the scan without "no return": points not finite, or at the lidar.

    Raises BadInputError naming ``path`` where no point is left, one lies beyond what any lidar reaches, or a ring is no
    whole number of 0..MOST_RINGS-1.
    """
    away = returned(path, xyz_m)
    xyz, values = xyz_m[away], np.asarray(ring)[away].astype(np.float64)
    require_reachable(path, xyz)
    good = (values >= 0) & (values < MOST_RINGS) & (values == np.floor(values))
    if not good.all():
        raise BadInputError(path, f"has a point of ring {values[~good][0]:g}, no ring of a spinning lidar", _SKIP)
    return RingScan(
        path,
        np.ascontiguousarray(xyz, np.float32),
        np.ascontiguousarray(intensity[away], np.float32),
        values.astype(np.int64),
    )


@dataclass(frozen=True, eq=False)
class Rings:
    """How a sensor numbers its rings. elevation_deg: float64 (n_lines,), finite, by line, 0 = topmost.

    order: which ring is which line. notes: what the report must say. sectors: of 10 degrees of azimuth in which a scan
    has points, median; 0 where nothing may be told by it, as in thinned scans. usual: int64 (K,), the rings that every
    scan should have, none in thinned scans.
    """

    elevation_deg: NDArray[np.float64]
    order: RingOrder
    notes: tuple[str, ...]
    sectors: int
    usual: NDArray[np.int64]

    def numbering(self, read: ReadRings, thinned: ThinnedTree | None = None) -> SensorLines:
        """Of the scans of a drive. thinned: the record of ``lidarsel apply`` beside them."""

        def scan(path: Path, number: int) -> Scan:
            numbered = self.number(read(path, number))
            if thinned is not None:
                thinned.require_chosen(path, numbered.line)
            return numbered

        return SensorLines(scan, self.elevation_deg, thinned, known=None if thinned is None else thinned.elevations)

    def number(self, scan: RingScan) -> Scan:
        """The scan with its lines.

        Raises BadInputError where a ring is not the sensor's, or the scan is cut short: where all rings fire together
        what is cut off is a part of the turn, where one ring stands after the other it is the last ones.
        """
        seen = sectors_seen(scan.xyz_m) if self.sectors else 0
        if seen < self.sectors - _SECTORS_MISSED:
            turned = f"{360 * seen // SECTORS} degrees of a turn, where others of its sensor cover"
            raise BadInputError(scan.path, f"has points in {turned} {360 * self.sectors // SECTORS}", _SKIP)
        if len(self.usual) and _is_cut_between_rings(scan, self.usual):
            raise BadInputError(
                scan.path, f"is cut short: {len(np.unique(scan.ring))} rings, one after the other", _SKIP
            )
        known = np.flatnonzero(self.order.line_of_ring != UNKNOWN_LINE)
        strange = np.setdiff1d(scan.ring, known)
        if len(strange):
            problem = f"has a point of ring {strange[-1]} where the data set has rings {known[0]}..{known[-1]}"
            raise BadInputError(
                scan.path, problem, "leave such scans out, or have every scan looked at with --skip-bad"
            )
        return Scan(scan.xyz_m, scan.intensity, self.order.line_of_ring[scan.ring])


def find_rings(
    root: Path,
    scans: Sequence[Callable[[], RingScan]],
    skip_bad: bool,
    known_elevation_deg: NDArray[np.float64] | None = None,
) -> Rings:
    """Look at all of the data set's scans where ``skip_bad`` or few, else at some, evenly spread.

    Damaged ones are passed over here; the data set's survey reports them. known_elevation_deg: float64 (n_lines,), of
    scans that were thinned; the rings that are left tell only how they are numbered.
    Raises BadInputError where none can be read, or where the points of a ring do not share an elevation.
    """
    if not scans:
        raise BadInputError(root, "holds no frame", "see datasets/README.md for how to lay the data out")
    found: list[RingElevations] = []
    medians: list[NDArray[np.float64]] = []
    counts: list[NDArray[np.int64]] = []
    sectors: list[int] = []
    example: RingScan | None = None
    first: BadInputError | None = None
    for index in looked_at(len(scans), skip_bad):
        try:
            scan = scans[index]()
        except BadInputError as error:
            first = first or error
            continue
        example = example or scan
        found.append(ring_elevations(scan.xyz_m, scan.ring))
        medians.append(median_elevation_deg(elevation_of_points_deg(scan.xyz_m), scan.ring, int(scan.ring.max()) + 1))
        counts.append(np.bincount(scan.ring))
        sectors.append(sectors_seen(scan.xyz_m))
    if example is None:
        assert first is not None
        raise first
    rings = over_scans(found)
    if known_elevation_deg is not None:
        return Rings(known_elevation_deg, _known(root, rings, known_elevation_deg), (), 0, np.empty(0, np.int64))
    try:
        order = find_order(rings)
    except ValueError as error:
        raise _no_lines(example, str(error)) from None
    if order.n_lines > MOST_LINES:
        problem = f"has rings up to {rings.ring[-1]}, but no lidar has over {MOST_LINES} lines"
        raise BadInputError(example.path, problem, _OTHER_FIELD)
    table = np.full((len(medians), order.n_lines), np.nan)
    for row, own in zip(table, medians, strict=True):
        returned_rings = np.flatnonzero(np.isfinite(own))
        row[order.line_of_ring[returned_rings]] = own[returned_rings]
    return Rings(_elevations(table), order, _notes(order, table), int(np.median(sectors)), _usual(counts))


def _usual(counts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """(greatest ring + 1,) points of each scan -> the rings that have half as many points as most, in most scans."""
    table = np.zeros((len(counts), max(map(len, counts))))
    for row, own in zip(table, counts, strict=True):
        row[: len(own)] = own
    usual = np.median(table, axis=0)
    found: NDArray[np.int64] = np.flatnonzero(usual > 0.5 * np.median(usual[usual > 0]))
    return found


def _is_cut_between_rings(scan: RingScan, usual: NDArray[np.int64]) -> bool:
    """Whether a scan that has one ring after the other lacks the last ones, or stops amid one."""
    step = np.diff(scan.ring)
    if (step < 0).any() and (step > 0).any():
        return False
    run = np.cumsum(np.concatenate(([0], step != 0)))
    last, rising = scan.ring[-1], scan.ring[-1] > scan.ring[0]
    lacks = bool((usual > last).any() if rising else (usual < last).any())
    return lacks or ends_within_line(scan.xyz_m, run)


def _elevations(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """(scans, n_lines), NaN = did not return -> float64 (n_lines,), finite."""
    there = np.flatnonzero(np.isfinite(table).any(axis=0))
    elevation = np.nanmedian(table[:, there], axis=0)
    slope = float(np.polyfit(there, elevation, 1)[0]) if len(there) > 1 else 0.0
    lines = np.arange(table.shape[1])
    nearest = np.clip(lines, there[0], there[-1])
    # beyond the ends by the mean slope: two neighbours there may stand uncommonly close
    filled: NDArray[np.float64] = np.interp(nearest, there, elevation) + slope * (lines - nearest)
    return filled


def _known(root: Path, rings: RingElevations, elevation_deg: NDArray[np.float64]) -> RingOrder:
    try:
        return known_order(rings, elevation_deg)
    except ValueError:
        problem = (
            f"has rings up to {rings.ring[-1]} where the log that it was thinned from has {len(elevation_deg)} lines"
        )
        raise BadInputError(root, problem, "thin the log anew with lidarsel apply") from None


def _no_lines(scan: RingScan, why: str) -> BadInputError:
    axes = other_axes(scan.xyz_m, scan.ring)
    if axes is not None:
        return BadInputError(scan.path, axes, TURN_AXES)
    names = np.unique(scan.ring)
    told = f"ring is {names[0]} in all points" if len(names) == 1 else f"points of a ring share no elevation ({why})"
    return BadInputError(scan.path, f"tells no lines: {told}", _OTHER_FIELD)


def _notes(order: RingOrder, table: NDArray[np.float64]) -> tuple[str, ...]:
    notes = []
    if order.by_elevation:
        notes.append(
            "Rings are laser numbers (in another order than their elevations, as of firing, or with gaps); lines are "
            "numbered by elevation, 0 = topmost."
        )
    elif order.first:
        notes.append(f"Rings are numbered from {order.first}; lines from 0 = topmost.")
    silent_lines = np.flatnonzero(np.isnan(table).all(axis=0))
    silent = sorted(int(np.flatnonzero(order.line_of_ring == line)[0]) for line in silent_lines)
    if silent:
        notes.append(
            f"Rings that never returned in the scans looked at, their elevation by interpolation: {listed(silent)}."
        )
    return tuple(notes)
