"""Depth images without scans: the line of each pixel comes from the images' own geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import DatasetFacts, FileProblem, GroundTruth, ReadOptions
from lidarsel.datasets.depth_images.files import DepthFiles, SparsePixels, read_frame_image, read_sparse, read_truth
from lidarsel.datasets.parts.agreement import COMPARED_ON, Agreement, compare, require_plausible, scale_facts
from lidarsel.datasets.parts.fingerprint import fingerprint, spread
from lidarsel.datasets.parts.simulated import simulation_cautions
from lidarsel.datasets.scans.survey import elevation_cautions, looked_at
from lidarsel.datasets.scans.thinned import ThinnedTree, facts_of, notes_of, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Calibration, Frame, ImagePoints, Scan
from lidarsel.geometry.cones import LineElevations
from lidarsel.geometry.png_lines import DepthPixels, LineModel, fit_lines, line_numbers_in

_FITTED_ON = 8  # frames of a camera: their roads and walls together show every line


@dataclass(frozen=True, eq=False)
class MountedCamera:
    """A camera and its mounting, shared by frames. known: from calibration files, not nominal."""

    name: str
    calibration: Calibration
    known: bool


DepthFrames = Sequence[tuple[DepthFiles, MountedCamera]]


class PixelNumbering(Protocol):
    """How the lines of a depth image's pixels are told. elevations: of all lines."""

    @property
    def elevations(self) -> LineElevations: ...

    def lines_of(self, files: DepthFiles, sparse: SparsePixels, camera: MountedCamera) -> NDArray[np.int16]:
        """int16 (N,): the line of each pixel, -1 = unknown. Raises BadInputError."""
        ...


@dataclass(eq=False, kw_only=True)
class DepthAlone(DatasetFacts):
    """A ``Dataset`` of these frames. Only lines that reach the image can be told, from the topmost down. Made by
    ``open_depth_alone``."""

    frames: DepthFrames
    numbering: PixelNumbering

    def frame(self, index: int) -> Frame:
        files, camera = self.frames[index]
        sparse, truth, image = _read(files)
        line = self.numbering.lines_of(files, sparse, camera)
        points = ImagePoints(sparse.row, sparse.column, sparse.depth_m, line)
        if self.ground_truth == "scan":
            truth = points.draw(*sparse.size)
        name = self.frame_ids[index]
        return Frame(name, sparse.size, self.n_lines, points, image, truth, camera.calibration)

    def scan(self, index: int) -> Scan | None:
        return None

    @property
    def depth_images(self) -> list[Path]:
        """The velodyne_raw file of every frame."""
        return [files.sparse for files, _ in self.frames]

    def pixels(self, index: int) -> ImagePoints:
        """The pixels of a frame's depth image with their lines, nothing else of the frame being read."""
        files, camera = self.frames[index]
        sparse = read_sparse(files)
        line = self.numbering.lines_of(files, sparse, camera)
        return ImagePoints(sparse.row, sparse.column, sparse.depth_m, line)


def open_depth_alone(
    layout: str,
    root: Path,
    frames: DepthFrames,
    calibration_files: Sequence[Path],
    ground_truth: GroundTruth,
    options: ReadOptions,
    notes: Sequence[str],
) -> DepthAlone:
    """The data set that some depth images make, each with its camera.

    Args:
        layout: the reader's name.
        root: the data set's folder.
        frames: its depth images with their cameras, drive by drive in time order.
        calibration_files: what the cameras were read of.
        ground_truth: where it comes from, chosen by the reader.
        options: how to read.
        notes: what the reader has to say.

    Raises:
        BadInputError: no frame can be read, or their lines cannot be told.
    """
    usable, problems = _usable(root, frames, options.skip_bad)
    doubts = _compare(usable)
    thinned = thinned_above(usable[0][0].sparse.parent)
    paths = [p for f, _ in usable for p in (f.sparse, f.truth, f.image) if p is not None]
    names = [f"{f.drive}/image_{f.camera}/{f.stem}" for f, _ in usable]
    facts = [layout, "lines from depth images", ground_truth, *scale_facts(options), *facts_of([thinned]), *names]
    numbering: PixelNumbering
    if thinned is None:
        numbering = _fit(root, usable)
        told = _note(usable, numbering)
    else:
        numbering, told = _RecordedPixels(thinned), notes_of([thinned])
    elevations = numbering.elevations
    n_lines = len(elevations.elevation_deg)
    return DepthAlone(
        layout=layout,
        root=root,
        sensor=f"lidar with {n_lines} lines in the image",
        n_lines=n_lines,
        elevation_deg=elevations.elevation_deg,
        elevation_kind=elevations.kind,
        frame_ids=names,
        drives=[files.drive for files, _ in usable],
        ground_truth=ground_truth,
        notes=[*notes, *told],
        cautions=[*simulation_cautions(usable[0][0].sparse), *elevation_cautions(elevations)],
        problems=problems,
        fingerprint=fingerprint(facts, calibration_files, paths, root),
        doubts=doubts,
        frames=usable,
        numbering=numbering,
    )


@dataclass(frozen=True, eq=False)
class _RecordedPixels:
    """Of images thinned by ``lidarsel apply``, which keeps their lines beside them."""

    thinned: ThinnedTree

    @property
    def elevations(self) -> LineElevations:
        return self.thinned.elevations

    def lines_of(self, files: DepthFiles, sparse: SparsePixels, camera: MountedCamera) -> NDArray[np.int16]:
        return self.thinned.lines_of_image(files.sparse, sparse.row, sparse.column)


@dataclass(frozen=True, eq=False)
class _FittedPixels:
    """By a model of lines for each camera. numbers: int16, the camera's lines -> those of the camera that sees most."""

    models: dict[str, LineModel]
    numbers: dict[str, NDArray[np.int16]]
    elevations: LineElevations

    def lines_of(self, files: DepthFiles, sparse: SparsePixels, camera: MountedCamera) -> NDArray[np.int16]:
        line = self.models[camera.name].lines_of(DepthPixels(sparse.row, sparse.column, sparse.depth_m))
        return np.append(self.numbers[camera.name], np.int16(UNKNOWN_LINE))[line]


def _note(frames: DepthFrames, numbering: PixelNumbering) -> list[str]:
    unknown = []
    for index in spread(len(frames), _FITTED_ON):
        files, camera = frames[index]
        try:
            unknown.append((numbering.lines_of(files, _read(files)[0], camera) == UNKNOWN_LINE).mean())
        except BadInputError:
            continue  # listed among the problems, and refused when the frame is read
    mounting = "calibration files" if all(camera.known for _, camera in frames) else "KITTI's published rig"
    return [
        f"Lines are recovered from the geometry of the depth images, no raw scan being at hand (mounting: "
        f"{mounting}): {len(numbering.elevations.elevation_deg)} lines reach the image, {np.mean(unknown):.1%} of the "
        "pixels have no certain line and are left out. Lines below the image are unknown and not counted."
    ]


def _read(files: DepthFiles) -> tuple[SparsePixels, NDArray[np.float32] | None, NDArray[np.uint8] | None]:
    sparse = read_sparse(files)
    truth = None if files.truth is None else read_truth(files, sparse.size)
    return sparse, truth, read_frame_image(files.image, sparse.size)


def _compare(frames: DepthFrames) -> list[str]:
    """What some frames make doubtful: depth images against ground truth of a file. Raises BadInputError."""
    found: list[Agreement] = []
    for index in spread(len(frames), COMPARED_ON):
        try:
            sparse, truth, _ = _read(frames[index][0])
        except BadInputError:
            continue  # listed among the problems, and refused when the frame is read
        if truth is not None:
            found.append(compare(sparse.row, sparse.column, sparse.depth_m, truth))
    files = frames[0][0]
    if files.truth is None:
        return []
    return require_plausible(files.truth, "the ground truth", "the depth image", found, files.units_per_m)


def _usable(root: Path, frames: DepthFrames, skip_bad: bool) -> tuple[DepthFrames, list[FileProblem]]:
    """The frames, less the damaged ones with ``skip_bad``, and the problems found in those looked at."""
    problems: list[FileProblem] = []
    bad: set[int] = set()
    for index in looked_at(len(frames), skip_bad):
        try:
            _read(frames[index][0])
        except BadInputError as error:
            bad.add(index)
            problems.append(FileProblem(error.path, error.problem))
    usable = [frame for index, frame in enumerate(frames) if not (skip_bad and index in bad)]
    if not usable:
        raise BadInputError(root, "holds no frame that can be read", "see lidarsel inspect for what is wrong")
    return usable, problems


def _fit(root: Path, frames: DepthFrames) -> _FittedPixels:
    """A line model for each camera, from some of its frames."""
    models: dict[str, LineModel] = {}
    for camera in {camera.name: camera for _, camera in frames}.values():
        own = [files for files, other in frames if other.name == camera.name]
        pixels = []
        for index in spread(len(own), _FITTED_ON):
            try:
                sparse = read_sparse(own[index])
            except BadInputError:
                continue  # listed among the problems, and refused when the frame is read
            pixels.append(DepthPixels(sparse.row, sparse.column, sparse.depth_m))
        try:
            models[camera.name] = fit_lines(pixels, camera.calibration, camera.known)
        except ValueError as error:
            problem = f"lines cannot be told from its depth images ({error})"
            raise BadInputError(root, problem, "give the raw scans with --raw FOLDER") from None
    widest = max(models.values(), key=lambda model: model.n_lines)
    numbers = {name: line_numbers_in(model, widest) for name, model in models.items()}
    return _FittedPixels(models, numbers, LineElevations(widest.elevation_deg, "apparent"))
