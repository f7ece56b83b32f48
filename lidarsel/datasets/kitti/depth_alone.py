"""Depth completion frames without raw scans: the line of each pixel comes from the PNG's own geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import GroundTruth, Problem, ReadOptions
from lidarsel.datasets.kitti.depth_frames import SparsePixels, read_sparse, read_truth
from lidarsel.datasets.kitti.depth_tree import DepthFiles
from lidarsel.datasets.parts.files import read_image
from lidarsel.datasets.parts.fingerprint import fingerprint, spread
from lidarsel.datasets.scans.scan_dataset import FEW, SAMPLE
from lidarsel.datasets.scans.thinned import facts_of, notes_of, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Calibration, Frame, ImagePoints, Scan
from lidarsel.geometry.png_lines import DepthPixels, LineModel, fit_lines, line_numbers_in

_FITTED_ON = 8


@dataclass(frozen=True, eq=False)
class Rig:
    """A camera and its mounting, shared by frames. known: from calibration files, not nominal."""

    name: str
    calibration: Calibration
    known: bool


class DepthAlone:
    """See ``lidarsel.datasets.base.Dataset``. Only lines that reach the image can be told, from the topmost down."""

    def __init__(
        self,
        layout: str,
        root: Path,
        frames: Sequence[tuple[DepthFiles, Rig]],
        calibration_files: Sequence[Path],
        ground_truth: GroundTruth,
        options: ReadOptions,
        notes: Sequence[str],
    ) -> None:
        self.layout = layout
        self.root = root
        self.ground_truth: GroundTruth = ground_truth
        usable, problems = _usable(root, frames, options.skip_bad)
        self._frames = usable
        self.problems: Sequence[Problem] = problems
        self._thinned = thinned_above(usable[0][0].sparse.parent)
        self._models: dict[str, LineModel] = {}
        if self._thinned is None:
            self._models = _fit(root, self._frames)
            widest = max(self._models.values(), key=lambda model: model.n_lines)
            self._numbers = {name: line_numbers_in(model, widest) for name, model in self._models.items()}
            self.n_lines, self.elevation_deg = widest.n_lines, widest.elevation_deg
        else:
            self.n_lines, self.elevation_deg = self._thinned.lines.n_lines, self._thinned.elevation_deg
        self.sensor = f"lidar with {self.n_lines} lines in the image"
        self.frame_ids: Sequence[str] = [f"{f.drive}/image_{f.camera}/{f.stem}" for f, _ in self._frames]
        self.drives: Sequence[str] = [files.drive for files, _ in self._frames]
        self.notes: Sequence[str] = [*notes, *self._note()]
        paths = [p for f, _ in self._frames for p in (f.sparse, f.truth, f.image) if p is not None]
        facts = [layout, "lines from depth images", ground_truth, *facts_of([self._thinned]), *self.frame_ids]
        self.fingerprint = fingerprint(facts, calibration_files, paths, root)

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> Frame:
        files, rig = self._frames[index]
        sparse, truth, image = _read(files)
        points = ImagePoints(sparse.row, sparse.column, sparse.depth_m, self._lines(files, sparse, rig))
        if self.ground_truth == "scan":
            truth = points.draw(*sparse.size)
        name = self.frame_ids[index]
        return Frame(name, sparse.size, self.n_lines, points, image, truth, rig.calibration)

    def scan(self, index: int) -> Scan | None:
        return None

    @property
    def depth_images(self) -> list[Path]:
        """The velodyne_raw file of every frame."""
        return [files.sparse for files, _ in self._frames]

    def pixels(self, index: int) -> ImagePoints:
        """The pixels of a frame's depth image with their lines, nothing else of the frame being read."""
        files, rig = self._frames[index]
        sparse = read_sparse(files)
        return ImagePoints(sparse.row, sparse.column, sparse.depth_m, self._lines(files, sparse, rig))

    def _lines(self, files: DepthFiles, sparse: SparsePixels, rig: Rig) -> NDArray[np.int16]:
        if self._thinned is not None:
            return self._thinned.lines_of_image(files.sparse, sparse.row, sparse.column)
        line = self._models[rig.name].lines_of(DepthPixels(sparse.row, sparse.column, sparse.depth_m))
        return np.append(self._numbers[rig.name], np.int16(UNKNOWN_LINE))[line]

    def _note(self) -> list[str]:
        if self._thinned is not None:
            return notes_of([self._thinned])
        unknown = []
        for index in spread(len(self), _FITTED_ON):
            files, rig = self._frames[index]
            try:
                unknown.append((self._lines(files, _read(files)[0], rig) == UNKNOWN_LINE).mean())
            except BadInputError:
                continue  # listed among the problems, and refused when the frame is read
        mounting = "calibration files" if all(rig.known for _, rig in self._frames) else "KITTI's published rig"
        return [
            f"Lines are recovered from the geometry of the depth images, no raw scan being at hand (mounting: "
            f"{mounting}): {self.n_lines} lines reach the image, {np.mean(unknown):.1%} of the pixels have no "
            "certain line and are left out. Lines below the image are unknown and not counted."
        ]


def _read(
    files: DepthFiles,
) -> tuple[SparsePixels, NDArray[np.float32] | None, NDArray[np.uint8] | None]:
    sparse = read_sparse(files)
    truth = None if files.truth is None else read_truth(files, sparse.size)
    image = None if files.image is None else read_image(files.image)
    if image is not None and image.shape[:2] != sparse.size:
        assert files.image is not None
        height, width = sparse.size
        problem = f"is {image.shape[1]}x{image.shape[0]} pixels where its depth image is {width}x{height}"
        raise BadInputError(files.image, problem, "take both images from the same source")
    return sparse, truth, image


def _usable(
    root: Path, frames: Sequence[tuple[DepthFiles, Rig]], skip_bad: bool
) -> tuple[list[tuple[DepthFiles, Rig]], list[Problem]]:
    """The frames, less the damaged ones with ``skip_bad``, and the problems found in those looked at."""
    problems: list[Problem] = []
    bad: set[int] = set()
    for index in spread(len(frames), len(frames) if skip_bad or len(frames) <= FEW else SAMPLE):
        try:
            _read(frames[index][0])
        except BadInputError as error:
            bad.add(index)
            problems.append(Problem(error.path, error.problem))
    usable = [frame for index, frame in enumerate(frames) if not (skip_bad and index in bad)]
    if not usable:
        raise BadInputError(root, "holds no frame that can be read", "see lidarsel inspect for what is wrong")
    return usable, problems


def _fit(root: Path, frames: Sequence[tuple[DepthFiles, Rig]]) -> dict[str, LineModel]:
    """A line model for each rig, from some of its frames."""
    models = {}
    for rig in {rig.name: rig for _, rig in frames}.values():
        own = [files for files, other in frames if other.name == rig.name]
        pixels = []
        for index in spread(len(own), _FITTED_ON):
            try:
                sparse = read_sparse(own[index])
            except BadInputError:
                continue  # listed among the problems, and refused when the frame is read
            pixels.append(DepthPixels(sparse.row, sparse.column, sparse.depth_m))
        try:
            models[rig.name] = fit_lines(pixels, rig.calibration, rig.known)
        except ValueError as error:
            problem = f"lines cannot be told from its depth images ({error})"
            raise BadInputError(root, problem, "give the raw scans with --raw FOLDER") from None
    return models
