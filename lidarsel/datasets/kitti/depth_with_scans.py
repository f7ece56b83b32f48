"""Depth completion frames whose raw scans are at hand: the line of each official pixel comes from its scan."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import GroundTruth, Problem, ReadOptions
from lidarsel.datasets.kitti.depth_frames import (
    SparsePixels,
    cropped_calibration,
    read_sparse,
    read_truth,
)
from lidarsel.datasets.kitti.depth_tree import DepthFiles
from lidarsel.datasets.parts.files import read_image
from lidarsel.datasets.parts.fingerprint import fingerprint, spread
from lidarsel.datasets.scans.calibrated import calibration_facts, calibration_notes
from lidarsel.datasets.scans.scan_dataset import Shot, sensor_name, survey_shots
from lidarsel.datasets.scans.thinned import facts_of, notes_of, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Calibration, Frame, ImagePoints, Scan
from lidarsel.geometry.matching import REACH_PIXELS, Match, match_pixels
from lidarsel.geometry.projection import project

_KITTI_FOCAL_PIXELS = 700.0
_MATCHED_ON = 9


@dataclass(frozen=True, eq=False)
class DepthShot(Shot):
    """A shot of the raw tree with its files of the depth completion tree."""

    files: DepthFiles = field(kw_only=True)


def reach_pixels(calibration: Calibration) -> float:
    """How far off a point may be to tell a pixel's line: 3 pixels in KITTI's image, where lines lie 4 apart.

    A smaller image has its lines closer together; the pixels beside are looked at always.
    """
    return float(np.clip(REACH_PIXELS * calibration.intrinsics[1, 1] / _KITTI_FOCAL_PIXELS, 1.5, REACH_PIXELS))


class DepthWithScans:
    """See ``lidarsel.datasets.base.Dataset``. Points are the official velodyne_raw pixels."""

    def __init__(
        self,
        layout: str,
        root: Path,
        shots: Sequence[DepthShot],
        calibration_files: Sequence[Path],
        ground_truth: GroundTruth,
        options: ReadOptions,
        notes: Sequence[str],
    ) -> None:
        self.layout = layout
        self.root = root
        self.ground_truth: GroundTruth = ground_truth
        survey = survey_shots(root, shots, options.skip_bad, self._read)
        self.problems: Sequence[Problem] = survey.problems
        self.n_lines, self.elevation_deg = survey.n_lines, survey.elevation_deg
        self.sensor = sensor_name(self.n_lines)
        self._shots = survey.shots
        self.frame_ids: Sequence[str] = [shot.frame_id for shot in self._shots]
        self.drives: Sequence[str] = [shot.drive.name for shot in self._shots]
        folders = {shot.files.sparse.parent for shot in shots}
        thinned = {*(shot.drive.thinned for shot in shots), *map(thinned_above, sorted(folders))}
        numbered = calibration_notes(options, [(shot.drive, shot.number) for shot in self._shots])
        self.notes: Sequence[str] = [*notes, *notes_of(thinned), *numbered, *self._matching_note()]
        paths = [p for s in self._shots for p in (s.files.sparse, s.files.truth, s.image) if p is not None]
        paths += [shot.drive.paths[shot.number] for shot in self._shots]
        facts = [
            layout,
            "lines from scans",
            ground_truth,
            *facts_of(thinned),
            *calibration_facts(options),
            *self.frame_ids,
        ]
        self.fingerprint = fingerprint(facts, calibration_files, paths, root)

    def __len__(self) -> int:
        return len(self._shots)

    def frame(self, index: int) -> Frame:
        shot = self._shots[index]
        image, sparse, calibration, truth = self._read(shot)
        line = self._match(shot, sparse, calibration).line
        points = ImagePoints(sparse.row, sparse.column, sparse.depth_m, line)
        if self.ground_truth == "accumulated":
            truth = shot.drive.accumulated(shot.number, calibration, sparse.size)
        elif self.ground_truth == "scan":
            truth = points.draw(*sparse.size)
        return Frame(shot.frame_id, sparse.size, self.n_lines, points, image, truth, calibration)

    def scan(self, index: int) -> Scan | None:
        shot = self._shots[index]
        return shot.drive.scan(shot.number)

    def match(self, index: int) -> Match:
        """How the frame's official pixels were met by its scan."""
        shot = self._shots[index]
        return self._match(shot, *_read_sparse(shot))

    @property
    def depth_images(self) -> list[Path]:
        """The velodyne_raw file of every frame."""
        return [shot.files.sparse for shot in self._shots]

    def pixels(self, index: int) -> ImagePoints:
        """The pixels of a frame's depth image with their lines, nothing else of the frame being read."""
        shot = self._shots[index]
        sparse, calibration = _read_sparse(shot)
        line = self._match(shot, sparse, calibration).line
        return ImagePoints(sparse.row, sparse.column, sparse.depth_m, line)

    def _read(
        self, shot: DepthShot
    ) -> tuple[NDArray[np.uint8] | None, SparsePixels, Calibration, NDArray[np.float32] | None]:
        """Image, sparse depth, calibration and ground truth where it is a file; all of one size."""
        sparse, calibration = _read_sparse(shot)
        truth = None if shot.files.truth is None else read_truth(shot.files, sparse.size)
        image = None if shot.image is None else read_image(shot.image)
        if image is not None and image.shape[:2] != sparse.size:
            assert shot.image is not None
            height, width = sparse.size
            problem = f"is {image.shape[1]}x{image.shape[0]} pixels where its depth image is {width}x{height}"
            raise BadInputError(shot.image, problem, "take both images from the same source")
        return image, sparse, calibration, truth

    def _match(self, shot: DepthShot, sparse: SparsePixels, calibration: Calibration) -> Match:
        scan = shot.drive.scan(shot.number)
        projected = project(shot.drive.xyz_m(shot.number), calibration, sparse.size)
        reach = reach_pixels(calibration)
        return match_pixels(sparse.row, sparse.column, sparse.depth_m, projected, scan.line, reach)

    def _matching_note(self) -> list[str]:
        """What share of the pixels has its line for sure, over some frames."""
        matches = []
        for i in spread(len(self), _MATCHED_ON):
            try:
                matches.append(self.match(i))
            except BadInputError:
                continue  # listed among the problems, and refused when the frame is read
        if not matches:
            return []
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
    return sparse, cropped_calibration(shot.files, full, full_size, sparse.size)
