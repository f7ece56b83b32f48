"""A data set made of scans and camera images: what the raw, object and odometry layouts have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import DatasetFacts, GroundTruth, ReadOptions
from lidarsel.datasets.parts.agreement import COMPARED_ON, require_plausible, scale_facts
from lidarsel.datasets.parts.depth import depth_size, read_depth_m, require_values
from lidarsel.datasets.parts.fingerprint import fingerprint, spread
from lidarsel.datasets.parts.lens import NOTE, free_of_lens, require_no_lens, require_plausible_lens
from lidarsel.datasets.parts.simulated import simulation_cautions
from lidarsel.datasets.scans.calibrated import calibration_notes, numbering_facts
from lidarsel.datasets.scans.comparison import Measurement, compare_scans
from lidarsel.datasets.scans.drive_scans import DriveScans
from lidarsel.datasets.scans.sensor_name import HDL_64E, NameSensor, sensor_name
from lidarsel.datasets.scans.shots import Shot, label_notes, read_camera
from lidarsel.datasets.scans.survey import numbering_notes, survey_shots, surveyed
from lidarsel.datasets.scans.thinned import facts_of, notes_of
from lidarsel.datasets.scans.whole_turn import view_notes, whole_turn
from lidarsel.errors import BadInputError
from lidarsel.frame import Frame, ImagePoints, Scan
from lidarsel.geometry.views import CameraView, View, WholeTurn, image_points
from lidarsel.listing import listed


@dataclass(eq=False, kw_only=True)
class ScanDataset(DatasetFacts):
    """A ``Dataset`` of these shots, seen in the range image of the whole ``turn`` or, without, in the camera's. Made by
    ``open_scans``."""

    shots: Sequence[Shot]
    turn: WholeTurn | None = None

    def frame(self, index: int) -> Frame:
        shot = self.shots[index]
        image, calibration = None, None
        view: View
        if self.turn is None:
            image, calibration, size = read_camera(shot)
            image, view = free_of_lens(image, calibration), CameraView(calibration, size)
        else:
            view = self.turn
        points = image_points(shot.drive.xyz_m(shot.number), shot.scan().line, view)
        truth = self._ground_truth_of(shot, points, view)
        return Frame(
            frame_id=shot.frame_id,
            size=view.size,
            n_lines=self.n_lines,
            points=points,
            image=image,
            ground_truth_m=truth,
            calibration=calibration,
            truth_class=shot.truth_class(truth, view),
        )

    @property
    def is_labelled(self) -> bool:
        return any(shot.label_path is not None for shot in self.shots)

    def scan(self, index: int) -> Scan | None:
        return self.shots[index].scan()

    def _ground_truth_of(self, shot: Shot, points: ImagePoints, view: View) -> NDArray[np.float32]:
        if self.ground_truth == "scan":
            return points.draw(*view.size)
        if self.ground_truth == "official":
            return _read_truth(shot, view.size)
        return shot.drive.accumulated(shot.number, view)


def open_scans(
    layout: str,
    root: Path,
    shots: Sequence[Shot],
    calibration_files: Sequence[Path],
    options: ReadOptions,
    notes: Sequence[str],
    usual_sensor: NameSensor = HDL_64E,
) -> ScanDataset:
    """The data set that some frames make.

    Args:
        layout: the reader's name.
        root: the data set's folder.
        shots: what the reader found, by drive and time.
        calibration_files: whose content enters the fingerprint whole.
        options: the user's.
        notes: what the reader has to say.
        usual_sensor: what the layout's lidar is called by its lines.

    Raises:
        BadInputError: no frame can be read, or none has the wanted ground truth.
    """
    in_camera = options.view == "camera"
    shots = [shot.asked_for(options) for shot in shots]
    survey = survey_shots(root, shots, options.skip_bad, _check if in_camera else None)
    turn = None if in_camera else whole_turn(survey.elevations.elevation_deg)
    thinned = {shot.drive.numbering.thinned for shot in shots}
    usable = surveyed(shots, survey, options.skip_bad)
    kept, truth, truth_notes = _with_ground_truth(root, usable, options)
    doubts = _compare(kept, truth, turn)
    numbered = calibration_notes(options, [(shot.drive, shot.number) for shot in usable])
    files = [shot.scan_path for shot in usable]
    files += [path for shot in usable for path in (shot.image, shot.truth, shot.label_path) if path is not None]
    facts = [
        layout,
        truth,
        *scale_facts(options),
        *facts_of(thinned),
        *numbering_facts(options),
        *([] if in_camera else ["whole turn"]),
        *(shot.frame_id for shot in kept),
    ]
    return ScanDataset(
        layout=layout,
        root=root,
        sensor=sensor_name(shots[0].scan_path, survey.elevations.elevation_deg, usual_sensor),
        n_lines=survey.n_lines,
        elevation_deg=survey.elevations.elevation_deg,
        elevation_kind=survey.elevations.kind,
        frame_ids=[shot.frame_id for shot in kept],
        drives=[shot.drive.name for shot in kept],
        ground_truth=truth,
        notes=[
            *notes,
            *notes_of(thinned),
            *numbering_notes(usable),
            *numbered,
            *(_lens_notes(kept) if turn is None else view_notes(turn)),
            *truth_notes,
            *label_notes(kept),
        ],
        cautions=[*simulation_cautions(shots[0].scan_path), *survey.cautions],
        problems=survey.problems,
        fingerprint=fingerprint(facts, calibration_files, files, root),
        doubts=doubts,
        shots=kept,
        turn=turn,
    )


def _compare(shots: Sequence[Shot], truth: GroundTruth, turn: WholeTurn | None) -> list[str]:
    """What some frames make doubtful: their scans projected, and ground truth of a file beside them.

    Raises BadInputError where no point falls in any of the images, or ground truth is in another unit.
    """

    def measured(shot: Shot) -> Measurement:
        if turn is not None:
            return turn, []
        *_, calibration, size = read_camera(shot)
        return CameraView(calibration, size), [_read_truth(shot, size)] if truth == "official" else []

    doubts, found = compare_scans(shots, measured)
    if truth == "official":
        first = shots[0]
        assert first.truth is not None
        beside = [agreement for of_frame in found for agreement in of_frame]
        units = first.truth_units_per_m
        doubts += require_plausible(first.truth, "the ground truth", "the projected scan", beside, units)
    return doubts


def _lens_notes(shots: Sequence[Shot]) -> list[str]:
    looked_at = (shots[index] for index in spread(len(shots), COMPARED_ON))
    return [NOTE] if any(shot.camera()[0].distortion for shot in looked_at) else []


def _check(shot: Shot) -> None:
    """Raises BadInputError where the camera or the ground truth of a frame cannot be read."""
    _, calibration, size = read_camera(shot)
    require_plausible_lens(shot.image or shot.scan_path, calibration, size)
    if shot.truth is not None:
        require_no_lens(shot.truth, calibration)
        _read_truth(shot, size)


def _read_truth(shot: Shot, size: tuple[int, int]) -> NDArray[np.float32]:
    assert shot.truth is not None
    found = depth_size(shot.truth)
    if found != size:
        problem = f"is {found[1]}x{found[0]} pixels where the camera's image is {size[1]}x{size[0]}"
        raise BadInputError(shot.truth, problem, "take the ground truth in the camera's size")
    return require_values(shot.truth, read_depth_m(shot.truth, shot.truth_units_per_m))


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
    apart = {} if wanted == "scan" else _apart(able)
    near = [shot for shot in able if shot.drive not in apart]
    told = [f"{drive.name}: {why}" for drive, why in apart.items()]
    mostly_apart = 2 * len(near) < len(able)
    if wanted == "scan" or (wanted == "auto" and (not able or mostly_apart)):
        note = "Ground truth is each frame's own full scan: no neighbouring scans are used."
        return shots, "scan", [note, *(f"Not accumulated: {why}." for why in told)]
    if not near:
        problem = "no frame has two neighbouring scans with known motion to accumulate"
        if told:
            problem += f"; {listed(told, separator='; ')}"
        raise BadInputError(root, problem, "use --ground-truth scan")
    able = near
    sources = sorted({shot.drive.motion.source for shot in able if shot.drive.motion is not None})
    notes = [
        f"Ground truth is accumulated from up to 11 neighbouring scans (poses: {', '.join(sources)}); "
        "pixels where scans disagree are dropped. It is not KITTI's official ground truth."
    ]
    left_out = [shot.frame_id for shot in shots if shot not in able]
    if left_out:
        reason = " that follow it or are followed by it" if told else ""
        notes.append(f"Left out, having fewer than 2 neighbouring scans within 5 frames{reason}: {listed(left_out)}.")
    notes += [f"{told_of}." for told_of in told]
    return able, "accumulated", notes


def _apart(shots: Sequence[Shot]) -> dict[DriveScans, str]:
    """Why the scans of a drive do not follow each other, by the drives of which that is so."""
    reasons = {drive: drive.why_apart for drive in dict.fromkeys(shot.drive for shot in shots)}
    return {drive: why for drive, why in reasons.items() if why is not None}
