"""A data set made of scans and camera images: what the raw, object and odometry layouts have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import GroundTruth, Problem, ReadOptions
from lidarsel.datasets.parts.files import check_depth_png, read_depth, read_image, require_possible
from lidarsel.datasets.parts.fingerprint import fingerprint, spread
from lidarsel.datasets.scans.calibrated import calibration_facts, calibration_notes
from lidarsel.datasets.scans.drive_scans import DriveScans
from lidarsel.datasets.scans.thinned import facts_of, notes_of
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration, Frame, ImagePoints, Scan
from lidarsel.geometry.lines import covers_full_turn
from lidarsel.geometry.projection import image_points

FEW = 64
SAMPLE = 16

Camera = Callable[[], tuple[Calibration, tuple[int, int] | None]]
"""Reads the calibration, and the image size (H, W) it is for where the file tells."""


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame of a data set: a scan of a drive, its image and its camera. decode: reads the image from its file.

    truth: a depth image to take as ground truth (uint16 PNG, metres * 256), where the data set has one for every frame.
    """

    frame_id: str
    drive: DriveScans
    number: int
    image: Path | None
    camera: Camera
    decode: Callable[[Path], NDArray[np.uint8]] = read_image
    truth: Path | None = None


class ScanDataset:
    """See ``lidarsel.datasets.base.Dataset``. Built by the readers, which find the files."""

    def __init__(
        self,
        layout: str,
        root: Path,
        shots: Sequence[Shot],
        calibration_files: Sequence[Path],
        options: ReadOptions,
        notes: Sequence[str] = (),
        sensor: str | None = None,
    ) -> None:
        """sensor: its name, if it is not KITTI's."""
        self.layout = layout
        self.root = root
        survey = survey_shots(root, shots, options.skip_bad, _check)
        self.problems: Sequence[Problem] = survey.problems
        self.n_lines, self.elevation_deg = survey.n_lines, survey.elevation_deg
        self.sensor = sensor or sensor_name(self.n_lines)
        self.ground_truth: GroundTruth
        self._shots, self.ground_truth, truth_notes = _with_ground_truth(root, survey.shots, options)
        thinned = {shot.drive.thinned for shot in shots}
        numbered = calibration_notes(options, [(shot.drive, shot.number) for shot in survey.shots])
        self.notes: Sequence[str] = [*notes, *notes_of(thinned), *numbered, *truth_notes]
        self.frame_ids: Sequence[str] = [shot.frame_id for shot in self._shots]
        self.drives: Sequence[str] = [shot.drive.name for shot in self._shots]
        files = [shot.drive.paths[shot.number] for shot in survey.shots]
        files += [path for shot in survey.shots for path in (shot.image, shot.truth) if path is not None]
        facts = [layout, self.ground_truth, *facts_of(thinned), *calibration_facts(options), *self.frame_ids]
        self.fingerprint = fingerprint(facts, calibration_files, files, root)

    def __len__(self) -> int:
        return len(self._shots)

    def frame(self, index: int) -> Frame:
        shot = self._shots[index]
        image, calibration, size = read_camera(shot)
        scan = shot.drive.scan(shot.number)
        points = image_points(shot.drive.xyz_m(shot.number), scan.line, calibration, size)
        return Frame(
            frame_id=shot.frame_id,
            size=size,
            n_lines=self.n_lines,
            points=points,
            image=image,
            ground_truth_m=self._ground_truth_of(shot, points, calibration, size),
            calibration=calibration,
        )

    def scan(self, index: int) -> Scan | None:
        shot = self._shots[index]
        return shot.drive.scan(shot.number)

    def _ground_truth_of(
        self, shot: Shot, points: ImagePoints, calibration: Calibration, size: tuple[int, int]
    ) -> NDArray[np.float32]:
        if self.ground_truth == "scan":
            return points.draw(*size)
        if self.ground_truth == "official":
            return _read_truth(shot, size)
        return shot.drive.accumulated(shot.number, calibration, size)


ShotKind = TypeVar("ShotKind", bound=Shot)


@dataclass(frozen=True, eq=False)
class Survey(Generic[ShotKind]):
    """What a first look at some scans (all, where bad ones are skipped) tells. shots: those that can be read."""

    shots: list[ShotKind]
    n_lines: int
    elevation_deg: NDArray[np.float64]
    problems: list[Problem]


def survey_shots(
    root: Path, shots: Sequence[ShotKind], skip_bad: bool, check: Callable[[ShotKind], object]
) -> Survey[ShotKind]:
    """Count lines and find damaged files: on all of up to 64 frames, or with ``skip_bad``; else on 16, evenly spread.

    ``check`` reads what a frame has beside its scan, and raises BadInputError where that is damaged.
    The data set's number of lines is the most frequent one (of two as frequent, the greater).
    Raises BadInputError where no frame of those looked at can be read.
    """
    if not shots:
        raise BadInputError(root, "holds no frame", "see datasets/README.md for how to lay the data out")
    looked_at = spread(len(shots), len(shots) if skip_bad or len(shots) <= FEW else SAMPLE)
    elevations: dict[int, NDArray[np.float64]] = {}
    bad: dict[int, BadInputError] = {}
    full_turns = False
    for index in looked_at:
        shot = shots[index]
        try:
            scan = shot.drive.scan(shot.number)
            check(shot)
        except BadInputError as error:
            bad[index] = error
            continue
        full_turns |= covers_full_turn(scan.xyz_m)
        elevations[index] = shot.drive.elevations_of(scan)
    if not elevations:
        raise next(iter(bad.values()))
    counts = [len(e) for e in elevations.values()]
    n_lines = max(set(counts), key=lambda n: (counts.count(n), n)) if full_turns else max(counts)
    elevation_deg = np.median([e for e in elevations.values() if len(e) == n_lines], axis=0)
    for drive in {id(shot.drive): shot.drive for shot in shots}.values():
        drive.elevation_deg = elevation_deg
    for index, found in elevations.items():
        if len(found) != n_lines:
            try:
                shots[index].drive.scan(shots[index].number)
            except BadInputError as error:
                bad[index] = error
    kept = list(shots)
    if skip_bad:
        kept = [shot for index, shot in enumerate(shots) if index not in bad]
        for index in bad:
            shots[index].drive.paths.pop(shots[index].number, None)
    problems = [Problem(bad[i].path, bad[i].problem) for i in sorted(bad)]
    return Survey(kept, n_lines, elevation_deg, problems)


def read_camera(shot: Shot) -> tuple[NDArray[np.uint8] | None, Calibration, tuple[int, int]]:
    """Image or None, calibration, and size (H, W). Raises BadInputError where the image is of another size."""
    calibration, size = shot.camera()
    image = None if shot.image is None else shot.decode(shot.image)
    if size is not None:
        require_possible(shot.image or shot.drive.paths[shot.number], size)
    if image is None:
        if size is None:
            raise BadInputError(
                shot.drive.paths[shot.number],
                "has no camera image, and the calibration does not tell the image's size",
                "put the images beside the scans (see datasets/README.md)",
            )
        return None, calibration, size
    if size is not None and image.shape[:2] != size:
        assert shot.image is not None
        problem = f"is {image.shape[1]}x{image.shape[0]} pixels where the calibration is for {size[1]}x{size[0]}"
        raise BadInputError(shot.image, problem, "take the image at its original size")
    return image, calibration, (image.shape[0], image.shape[1])


def _check(shot: Shot) -> None:
    """Raises BadInputError where the camera or the ground truth of a frame cannot be read."""
    *_, size = read_camera(shot)
    if shot.truth is not None:
        _read_truth(shot, size)


def _read_truth(shot: Shot, size: tuple[int, int]) -> NDArray[np.float32]:
    assert shot.truth is not None
    found = check_depth_png(shot.truth)
    if found != size:
        problem = f"is {found[1]}x{found[0]} pixels where the camera's image is {size[1]}x{size[0]}"
        raise BadInputError(shot.truth, problem, "take the ground truth in the camera's size")
    return read_depth(shot.truth)


def sensor_name(n_lines: int) -> str:
    """KITTI has one lidar; data with another number of lines in its layout has another."""
    return "Velodyne HDL-64E" if n_lines == 64 else f"{n_lines}-line lidar"


def _with_ground_truth(
    root: Path, shots: list[Shot], options: ReadOptions
) -> tuple[list[Shot], GroundTruth, list[str]]:
    """The frames that have the wanted ground truth, what it is, and what the report must say of it."""
    wanted = options.ground_truth
    if wanted in ("auto", "official") and all(shot.truth is not None for shot in shots):
        return shots, "official", ["Ground truth is read from the depth images that the data set names for it."]
    if wanted in ("official", "dense"):
        problem = f"this layout has no {wanted} ground truth"
        raise BadInputError(root, problem, "use --ground-truth auto, accumulated or scan")
    able = [shot for shot in shots if shot.drive.motion is not None and shot.drive.can_accumulate(shot.number)]
    if wanted == "scan" or (wanted == "auto" and not able):
        note = "Ground truth is each frame's own full scan: no neighbouring scans are used."
        return shots, "scan", [note]
    if not able:
        problem = "no frame has two neighbouring scans with known motion to accumulate"
        raise BadInputError(root, problem, "use --ground-truth scan")
    sources = sorted({shot.drive.motion.source for shot in able if shot.drive.motion is not None})
    notes = [
        f"Ground truth is accumulated from up to 11 neighbouring scans (poses: {', '.join(sources)}); "
        "pixels where scans disagree are dropped. It is not KITTI's official ground truth."
    ]
    left_out = [shot.frame_id for shot in shots if shot not in able]
    if left_out:
        names = ", ".join(left_out[:5]) + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
        notes.append(f"Left out, having fewer than 2 neighbouring scans within 5 frames: {names}.")
    return able, "accumulated", notes
