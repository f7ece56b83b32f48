"""Depth completion frames whose raw scans are at hand: the line of each official pixel comes from its scan."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import DatasetFacts, GroundTruth, ReadOptions
from lidarsel.datasets.depth_images.files import (
    DepthFiles,
    SparsePixels,
    cropped_calibration,
    read_frame_image,
    read_sparse,
    read_truth,
)
from lidarsel.datasets.parts.agreement import require_plausible, scale_facts
from lidarsel.datasets.parts.fingerprint import fingerprint, spread
from lidarsel.datasets.parts.lens import require_no_lens
from lidarsel.datasets.parts.simulated import simulation_cautions
from lidarsel.datasets.scans.calibrated import calibration_notes, numbering_facts
from lidarsel.datasets.scans.comparison import Measurement, compare_scans
from lidarsel.datasets.scans.sensor_name import HDL_64E, NameSensor, sensor_name
from lidarsel.datasets.scans.shots import Shot, label_notes
from lidarsel.datasets.scans.survey import numbering_notes, survey_shots, surveyed
from lidarsel.datasets.scans.thinned import facts_of, notes_of, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Calibration, Frame, ImagePoints, Scan
from lidarsel.geometry.matching import Match, match_pixels, reach_pixels_of
from lidarsel.geometry.projection import project
from lidarsel.geometry.views import CameraView

_MATCHED_ON = 9  # frames, for shares told to a tenth of a percent


@dataclass(frozen=True, eq=False)
class DepthShot(Shot):
    """A shot of the raw tree with its files of the depth completion tree."""

    files: DepthFiles = field(kw_only=True)


@dataclass(eq=False, kw_only=True)
class DepthWithScans(DatasetFacts):
    """A ``Dataset`` of these shots, its points the pixels of depth images. Made by ``open_depth_with_scans``."""

    shots: Sequence[DepthShot]

    def frame(self, index: int) -> Frame:
        shot = self.shots[index]
        image, sparse, calibration, truth = _read(shot)
        line = _match(shot, sparse, calibration).line
        points = ImagePoints(sparse.row, sparse.column, sparse.depth_m, line)
        view = CameraView(calibration, sparse.size)
        if self.ground_truth == "accumulated":
            truth = shot.drive.accumulated(shot.number, view)
        elif self.ground_truth == "scan":
            truth = points.draw(*sparse.size)
        assert truth is not None
        classes = shot.truth_class(truth, view)
        return Frame(shot.frame_id, sparse.size, self.n_lines, points, image, truth, calibration, classes)

    @property
    def is_labelled(self) -> bool:
        return any(shot.label_path is not None for shot in self.shots)

    def scan(self, index: int) -> Scan | None:
        shot = self.shots[index]
        return shot.scan()

    def match(self, index: int) -> Match:
        """How the frame's official pixels were met by its scan."""
        shot = self.shots[index]
        return _match(shot, *_read_sparse(shot))

    @property
    def depth_images(self) -> list[Path]:
        """The velodyne_raw file of every frame."""
        return [shot.files.sparse for shot in self.shots]

    def pixels(self, index: int) -> ImagePoints:
        """The pixels of a frame's depth image with their lines, nothing else of the frame being read."""
        shot = self.shots[index]
        sparse, calibration = _read_sparse(shot)
        line = _match(shot, sparse, calibration).line
        return ImagePoints(sparse.row, sparse.column, sparse.depth_m, line)


def open_depth_with_scans(
    layout: str,
    root: Path,
    shots: Sequence[DepthShot],
    calibration_files: Sequence[Path],
    ground_truth: GroundTruth,
    options: ReadOptions,
    notes: Sequence[str],
    usual_sensor: NameSensor = HDL_64E,
) -> DepthWithScans:
    """The data set that some depth images make, each with its scan.

    Args:
        layout: the reader's name.
        root: the data set's folder.
        shots: its depth images with scans and cameras, drive by drive in time order.
        calibration_files: what the cameras were read of.
        ground_truth: where it comes from, chosen by the reader.
        options: how to read.
        notes: what the reader has to say.
        usual_sensor: the name of the sensor that logs of this layout are of, where elevations fit it.

    Raises:
        BadInputError: no frame can be read.
    """
    shots = [shot.asked_for(options) for shot in shots]
    survey = survey_shots(root, shots, options.skip_bad, _read)
    kept = surveyed(shots, survey, options.skip_bad)
    folders = {shot.files.sparse.parent for shot in shots}
    thinned = {*(shot.drive.numbering.thinned for shot in shots), *map(thinned_above, sorted(folders))}
    doubts = _compare(kept)
    numbered = calibration_notes(options, [(shot.drive, shot.number) for shot in kept])
    names = [shot.frame_id for shot in kept]
    paths = [p for s in kept for p in (s.files.sparse, s.files.truth, s.image, s.label_path) if p is not None]
    paths += [shot.scan_path for shot in kept]
    facts = [
        layout,
        "lines from scans",
        ground_truth,
        *scale_facts(options),
        *facts_of(thinned),
        *numbering_facts(options),
        *names,
    ]
    return DepthWithScans(
        layout=layout,
        root=root,
        sensor=sensor_name(shots[0].scan_path, survey.elevations.elevation_deg, usual_sensor),
        n_lines=survey.n_lines,
        elevation_deg=survey.elevations.elevation_deg,
        elevation_kind=survey.elevations.kind,
        frame_ids=names,
        drives=[shot.drive.name for shot in kept],
        ground_truth=ground_truth,
        notes=[
            *notes,
            *notes_of(thinned),
            *numbering_notes(kept),
            *numbered,
            *_matching_note(kept),
            *label_notes(kept),
        ],
        cautions=[*simulation_cautions(shots[0].scan_path), *survey.cautions],
        problems=survey.problems,
        fingerprint=fingerprint(facts, calibration_files, paths, root),
        doubts=doubts,
        shots=kept,
    )


def _compare(shots: Sequence[DepthShot]) -> list[str]:
    """What some frames make doubtful: their scans projected, depth image and ground truth of a file beside them.

    Raises BadInputError where no point falls in any of the images, or one of the two is in another unit.
    """

    def measured(shot: DepthShot) -> Measurement:
        _, sparse, calibration, truth = _read(shot)
        beside = [sparse.image()] if truth is None else [sparse.image(), truth]
        return CameraView(calibration, sparse.size), beside

    doubts, found = compare_scans(shots, measured)
    files = shots[0].files
    for place, (path, name) in enumerate(((files.sparse, "the depth image"), (files.truth, "the ground truth"))):
        if path is not None:
            beside = [of_frame[place] for of_frame in found]
            doubts += require_plausible(path, name, "the projected scan", beside, files.units_per_m)
    return doubts


def _read(
    shot: DepthShot,
) -> tuple[NDArray[np.uint8] | None, SparsePixels, Calibration, NDArray[np.float32] | None]:
    """Image, sparse depth, calibration and ground truth where it is a file; all of one size."""
    sparse, calibration = _read_sparse(shot)
    truth = None if shot.files.truth is None else read_truth(shot.files, sparse.size)
    return read_frame_image(shot.image, sparse.size), sparse, calibration, truth


def _match(shot: DepthShot, sparse: SparsePixels, calibration: Calibration) -> Match:
    projected = project(shot.drive.xyz_m(shot.number), calibration, sparse.size)
    reach = reach_pixels_of(float(calibration.intrinsics[1, 1]))
    return match_pixels(sparse.row, sparse.column, sparse.depth_m, projected, shot.scan().line, reach)


def _matching_note(shots: Sequence[DepthShot]) -> list[str]:
    """What share of the pixels has its line for sure, over some frames."""
    matches = []
    for index in spread(len(shots), _MATCHED_ON):
        try:
            matches.append(_match(shots[index], *_read_sparse(shots[index])))
        except BadInputError:
            continue  # listed among the problems, and refused when the frame is read
    if not matches:
        return []
    if not any((match.line != UNKNOWN_LINE).any() for match in matches):
        problem = "no pixel of its depth images is met by a point of its scan"
        remedy = "see whether depth images and scans are of the same frames, and the calibration theirs"
        raise BadInputError(shots[0].files.sparse, problem, remedy)
    exact = np.concatenate([match.exact for match in matches])
    unknown = np.concatenate([match.line for match in matches]) == UNKNOWN_LINE
    return [
        f"Lines come from the raw scans: {exact.mean():.1%} of the velodyne_raw pixels are met exactly, "
        f"{(~exact & ~unknown).mean():.1%} by a point near by that agrees within 0.3 m, {unknown.mean():.1%} "
        f"are unknown (frames looked at: {len(matches)})."
    ]


def _read_sparse(shot: DepthShot) -> tuple[SparsePixels, Calibration]:
    """The depth image and the calibration for its size."""
    sparse = read_sparse(shot.files)
    full, full_size = shot.camera()
    assert full_size is not None
    require_no_lens(shot.files.sparse, full)
    return sparse, cropped_calibration(shot.files, full, full_size, sparse.size)
