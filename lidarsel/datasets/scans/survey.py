"""A first look at the scans of a data set: how many lines its sensor has, where they point, which files are damaged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import Caution
from lidarsel.datasets.base import FileProblem
from lidarsel.datasets.parts.fingerprint import spread
from lidarsel.datasets.scans.plausible import TURN_AXES, doubtful_lines, other_axes
from lidarsel.datasets.scans.shots import Shot, ShotKind
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Scan
from lidarsel.geometry.cones import LineElevations, elevations_told, fit_cones, some_of_each_line
from lidarsel.geometry.lines import covers_full_turn
from lidarsel.geometry.ring_order import RingElevations, over_scans, require_shared, ring_elevations

_FEW = 64  # frames that are all looked at: two seconds of KITTI's scans
_SAMPLE = 16  # of more: enough for the median of elevations, cheap on a data set of thousands
_NOT_OF_LIDAR = "name the file's columns with --scan-columns, or calibrate the sensor with lidarsel calibrate"
_POINTS_OF_A_LINE = 2048  # that cones are fitted to: as many as in a scan of KITTI's, which tell 0.01 degrees


def looked_at(n_frames: int, skip_bad: bool) -> list[int]:
    """The frames that are looked at when a data set is opened: all of up to 64, or where bad ones are to be skipped;
    else 16, evenly spread."""
    return spread(n_frames, n_frames if skip_bad or n_frames <= _FEW else _SAMPLE)


@dataclass(frozen=True, eq=False)
class Survey:
    """What a look at some frames tells. n_lines, elevations: of the sensor. bad: why a frame cannot be read, by its
    index. line_cautions: what results must say of the lines."""

    n_lines: int
    elevations: LineElevations
    bad: dict[int, BadInputError]
    line_cautions: list[Caution]

    @property
    def problems(self) -> list[FileProblem]:
        """In the order of frames."""
        return [FileProblem(self.bad[index].path, self.bad[index].problem) for index in sorted(self.bad)]

    @property
    def cautions(self) -> list[Caution]:
        """What results must say of the lines and their elevations."""
        return [*self.line_cautions, *elevation_cautions(self.elevations)]


def elevation_cautions(elevations: LineElevations) -> list[Caution]:
    """A warning where elevations are not the lasers' own."""
    if elevations.kind == "cone":
        return []
    said = (
        "Elevations are apparent ones, the median angle of each line's points seen from the scans' origin, and shift "
        "with the scene: lines are told by their numbers, and no sensor is to be set by these elevations."
    )
    return [Caution("lines", said)]


def survey_shots(
    root: Path, shots: Sequence[ShotKind], skip_bad: bool, check: Callable[[ShotKind], object] | None
) -> Survey:
    """Count lines and find damaged files. The sensor's number of lines is the most frequent one (of two as frequent,
    the greater).

    Args:
        root: the data set's folder, for messages.
        shots: its frames.
        skip_bad: whether damaged frames are to be left out, so that all must be looked at.
        check: reads what a frame has beside its scan and labels, and raises BadInputError where that is damaged;
            None where nothing else is read.

    Raises:
        BadInputError: no frame of those looked at can be read.
    """
    if not shots:
        raise BadInputError(root, "holds no frame", "see datasets/README.md for how to lay the data out")
    looked = looked_at(len(shots), skip_bad)
    elevations: dict[int, NDArray[np.float64]] = {}
    lines: dict[int, tuple[RingElevations, NDArray[np.int64]]] = {}
    samples = _Samples(len(looked))
    bad: dict[int, BadInputError] = {}
    full_turns = False
    for index in looked:
        shot = shots[index]
        try:
            scan = shot.scan()
            if check is not None:
                check(shot)
            if shot.labels is not None:
                shot.labels.check(shot.drive, shot.number)
            if shot.drive.numbering.tells_lines:
                lines[index] = _lines_of(shot, scan)
        except BadInputError as error:
            bad[index] = error
            continue
        full_turns = full_turns or covers_full_turn(scan.xyz_m)
        elevations[index] = shot.drive.numbering.elevations_of(scan)
        samples.add(scan, shot.drive.numbering.known, len(elevations[index]))
    if not elevations:
        raise next(iter(bad.values()))
    counts = [len(e) for e in elevations.values()]
    n_lines = max(set(counts), key=lambda n: (counts.count(n), n)) if full_turns else max(counts)
    if n_lines < 2 and lines:  # calibrate reads scans whose lines nothing tells yet
        problem = "has scans of a single line, of which none can be left out"
        raise BadInputError(root, problem, f"see whether the files hold whole scans; {_NOT_OF_LIDAR}")
    apparent_deg = np.median([e for e in elevations.values() if len(e) == n_lines], axis=0)
    told = samples.elevations(n_lines, apparent_deg)
    whole = [lines[index] for index, found in elevations.items() if index in lines and len(found) == n_lines]
    for index, found in elevations.items():
        if len(found) != n_lines:
            shot = shots[index]
            try:
                shot.drive.numbering.of_sensor(told).scan(shot.scan_path, shot.number)
            except BadInputError as error:
                bad[index] = error
    return Survey(n_lines, told, bad, _doubtful(whole, n_lines) if full_turns else [])


def _lines_of(shot: Shot, scan: Scan) -> tuple[RingElevations, NDArray[np.int64]]:
    """Of a scan's lines: their elevations, and int64 (n,), how many points they have.

    Raises BadInputError where the points of a line do not share an elevation, so that it is no line of a lidar.
    """
    told = scan.line != UNKNOWN_LINE
    found = ring_elevations(scan.xyz_m.compress(told, axis=0), scan.line.compress(told))
    try:
        require_shared(found)
    except ValueError as error:
        problem = f"has {len(found.ring)} lines by the order of its points, but these share no elevation: {error}"
        axes = other_axes(scan.xyz_m)
        raise BadInputError(shot.scan_path, axes or problem, TURN_AXES if axes else _NOT_OF_LIDAR) from None
    return found, np.bincount(scan.line[told])


def _doubtful(found: list[tuple[RingElevations, NDArray[np.int64]]], n_lines: int) -> list[Caution]:
    if not found:
        return []
    points = np.zeros(n_lines, np.int64)
    for _, own in found:
        points[: len(own)] += own
    return [Caution("lines", said) for said in doubtful_lines(points, over_scans([one for one, _ in found]))]


def numbering_notes(shots: Sequence[Shot]) -> list[str]:
    """What results must say of how the lines of these frames' drives are told, once each."""
    return list(dict.fromkeys(note for shot in shots for note in shot.drive.numbering.notes))


def surveyed(shots: Sequence[ShotKind], survey: Survey, skip_bad: bool) -> list[ShotKind]:
    """The frames with what the survey told of their drives, less the bad ones where these are to be skipped."""
    known = {id(shot.drive): shot.drive for shot in shots}
    left_out: dict[int, set[int]] = {key: set() for key in known}
    for index in survey.bad if skip_bad else ():
        left_out[id(shots[index].drive)].add(shots[index].number)
    drives = {key: drive.surveyed(survey.elevations, left_out[key]) for key, drive in known.items()}
    kept = (shot for index, shot in enumerate(shots) if not (skip_bad and index in survey.bad))
    return [replace(shot, drive=drives[id(shot.drive)]) for shot in kept]


class _Samples:
    """Points of the scans looked at, by which elevations are told; or what records and calibrations say of these."""

    def __init__(self, n_scans: int) -> None:
        self._each = _POINTS_OF_A_LINE // min(n_scans, _SAMPLE)
        self._scans: dict[int, list[tuple[NDArray[np.float32], NDArray[np.int16]]]] = {}
        self._known: list[LineElevations] = []

    def add(self, scan: Scan, known: LineElevations | None, n_lines: int) -> None:
        """A scan with so many lines. known: the elevations of its sensor, if they are."""
        if known is not None:
            self._known.append(known)
            return
        some = some_of_each_line(scan.line, n_lines, self._each)
        self._scans.setdefault(n_lines, []).append((scan.xyz_m[some], scan.line[some]))

    def elevations(self, n_lines: int, apparent_deg: NDArray[np.float64]) -> LineElevations:
        """Of the sensor's lines. apparent_deg: float64 (n_lines,), median over scans, of the known ones where known."""
        scans = self._scans.get(n_lines, [])
        if not scans:
            cones = bool(self._known) and all(known.kind == "cone" for known in self._known)
            return LineElevations(apparent_deg, "cone" if cones else "apparent")
        some = [scans[place] for place in spread(len(scans), _SAMPLE)]
        xyz_m, line = (np.concatenate(parts) for parts in zip(*some, strict=True))
        return elevations_told(fit_cones(xyz_m, line, n_lines), apparent_deg)
