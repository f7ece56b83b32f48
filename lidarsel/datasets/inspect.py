"""What is in a data set: the facts that ``lidarsel inspect`` tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ElevationKind
from lidarsel.crop_loss import CropLoss, crop_loss
from lidarsel.cropping import Crop, crop_window
from lidarsel.datasets.base import Dataset, FileProblem, GroundTruth
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Frame
from lidarsel.object_classes import ObjectClass


@dataclass(frozen=True, eq=False)
class DatasetSummary:
    """Facts of a data set; means are over the frames looked at.

    n_frames: frames of the data set; n_looked_at: of these, read for the figures. frames_of_drive: by drive name.
    image_sizes: distinct (H, W). has_images: whether every frame looked at has its camera image.
    lines_per_frame: (least, most) lines of a scan, or of a depth image where there is no scan.
    elevation_deg, points_per_line: float64 (n_lines,), the latter counting points in the image. elevation_kind: "cone",
    the lasers' own, or "apparent", the median angle of a line's points.
    lines_in_image: the lines that reach the image at all. unknown_share: of the points in the image, those of no
    certain line. cut: what the networks do not see, by the crop, or None. density,
    ground_truth_coverage: share of the image's pixels with a lidar point, with ground truth.
    n_labelled: of the frames looked at, those with labels. class_shares: of the ground truth of these, by the names of
    ``ObjectClass``.
    """

    layout: str
    root: str
    sensor: str
    n_frames: int
    n_looked_at: int
    frames_of_drive: dict[str, int]
    image_sizes: list[tuple[int, int]]
    has_images: bool
    n_lines: int
    lines_per_frame: tuple[int, int]
    elevation_deg: NDArray[np.float64]
    elevation_kind: ElevationKind
    points_per_line: NDArray[np.float64]
    lines_in_image: list[int]
    unknown_share: float
    cut: CropLoss | None
    density: float
    ground_truth: GroundTruth
    ground_truth_coverage: float
    n_labelled: int
    class_shares: dict[str, float]
    fingerprint: str
    problems: list[FileProblem]
    notes: list[str]


def inspect_dataset(
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    frames: Sequence[int] | None = None,
    crop: Crop = "auto",
) -> DatasetSummary:
    """Read the frames of these indices (all by default) and sum up, with what ``crop`` leaves out.

    A frame that cannot be read is a problem.

    ``progress(done, total)`` is called after every frame. Raises BadInputError where no frame can be read.
    """
    chosen = list(range(len(dataset)) if frames is None else frames)
    facts: list[_FrameCounts] = []
    problems = {(p.path, p.message): p for p in dataset.problems}
    for done, index in enumerate(chosen, 1):
        try:
            facts.append(_look_at(dataset, index, crop))
        except BadInputError as error:
            problems.setdefault((error.path, error.problem), FileProblem(error.path, error.problem))
        if progress is not None:
            progress(done, len(chosen))
    if not facts:
        remedy = "mend the files, see datasets/README.md"
        first = next(iter(problems.values()), None)
        reason = "no frame can be read" + (f", the first: {first.path.name} {first.message}" if first else "")
        raise BadInputError(dataset.root, reason, remedy)
    points = np.sum([f.points_per_line for f in facts], axis=0) / len(facts)
    n_points = sum(f.n_points for f in facts)
    drives = list(dataset.drives)
    return DatasetSummary(
        layout=dataset.layout,
        root=str(dataset.root),
        sensor=dataset.sensor,
        n_frames=len(dataset),
        n_looked_at=len(facts),
        frames_of_drive={name: drives.count(name) for name in dict.fromkeys(drives)},
        image_sizes=sorted({f.size for f in facts}),
        has_images=all(f.has_image for f in facts),
        n_lines=dataset.n_lines,
        lines_per_frame=(min(f.n_lines for f in facts), max(f.n_lines for f in facts)),
        elevation_deg=np.asarray(dataset.elevation_deg, np.float64),
        elevation_kind=dataset.elevation_kind,
        points_per_line=points,
        lines_in_image=np.flatnonzero(points).tolist(),
        unknown_share=sum(f.n_unknown for f in facts) / n_points if n_points else 0.0,
        cut=crop_loss(
            crop, [f.size for f in facts], [f.points_per_line for f in facts], [f.points_per_line_kept for f in facts]
        ),
        density=float(np.mean([f.density for f in facts])),
        ground_truth=dataset.ground_truth,
        ground_truth_coverage=float(np.mean([f.coverage for f in facts])),
        n_labelled=sum(f.class_pixels is not None for f in facts),
        class_shares=_class_shares([f.class_pixels for f in facts if f.class_pixels is not None]),
        fingerprint=dataset.fingerprint,
        problems=list(problems.values()),
        notes=[*dataset.doubts, *(caution.text for caution in dataset.cautions), *dataset.notes],
    )


@dataclass(frozen=True, eq=False)
class _FrameCounts:
    size: tuple[int, int]
    has_image: bool
    n_lines: int
    n_points: int
    n_unknown: int
    points_per_line: NDArray[np.int64]
    points_per_line_kept: NDArray[np.int64]
    density: float
    coverage: float
    class_pixels: NDArray[np.int64] | None


def _look_at(dataset: Dataset, index: int, crop: Crop) -> _FrameCounts:
    frame = dataset.frame(index)
    scan = dataset.scan(index)
    return _FrameCounts(
        size=frame.size,
        has_image=frame.image is not None,
        n_lines=_count_lines(frame.points.line if scan is None else scan.line),
        n_points=len(frame.points),
        n_unknown=int((frame.points.line == UNKNOWN_LINE).sum()),
        points_per_line=frame.points.count_by_line(dataset.n_lines),
        points_per_line_kept=frame.crop(*crop_window(crop, frame.size)).points.count_by_line(dataset.n_lines),
        density=float((frame.points.draw(*frame.size) > 0).mean()),
        coverage=_coverage(frame),
        class_pixels=_class_pixels(frame),
    )


def _count_lines(line: NDArray[np.int16]) -> int:
    return len(np.unique(line[line != UNKNOWN_LINE]))


def _class_pixels(frame: Frame) -> NDArray[np.int64] | None:
    """int64 by ``ObjectClass``: pixels with ground truth of each; None without labels."""
    if frame.truth_class is None or frame.ground_truth_m is None:
        return None
    return np.bincount(frame.truth_class[frame.ground_truth_m > 0], minlength=len(ObjectClass))


def _class_shares(pixels: Sequence[NDArray[np.int64]]) -> dict[str, float]:
    total = np.sum(pixels, axis=0) if pixels else np.zeros(len(ObjectClass))
    return {found.word: float(total[found] / total.sum()) for found in ObjectClass} if total.any() else {}


def _coverage(frame: Frame) -> float:
    return 0.0 if frame.ground_truth_m is None else float((frame.ground_truth_m > 0).mean())
