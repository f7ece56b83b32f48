"""What every reader gives: a data set of frames with numbered lines. How a reader is told of: ``reader.py``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import Caution
from lidarsel.choices import ElevationKind, ViewName
from lidarsel.frame import Frame, Scan
from lidarsel.geometry.unordered import LaserCones

GroundTruth = Literal["official", "dense", "accumulated", "scan"]
"""Where the ground truth comes from: KITTI's own PNGs, a simulator's exact dense depth, neighbouring scans
accumulated, or the frame's own full scan."""


@dataclass(frozen=True)
class ReadOptions:
    """What a user may say about the reading of a data set.

    Args:
        ground_truth: "auto" takes official, else accumulated, else scan, and the data set's notes say which.
        raw: folder of the KITTI raw tree that belongs to a depth completion tree; None looks inside and beside it.
        skip_bad: leave damaged frames out (each stays listed in ``problems``) instead of refusing the data set.
        sensor: the calibration that tells the lines of points in no order; None takes scan order or rings.
        scan_columns: the names of the columns of .bin scans; None tells them by their statistics.
        ring_field: the name of the field of clouds that holds the ring; None takes the usual ones.
        depth_scale: stored units of depth images to a metre; None for KITTI's 256 and a .npy's 1.
        view: what frames show, the camera's image or a range image of the lidar's whole turn.
        labels: whether frames tell the classes of their ground truth, where there are labels.
        follow_links: read also what links lead to that point out of the data set's folder.
        trust_paths: read also files beyond that folder which a table of frames names.
    """

    ground_truth: Literal["auto", "official", "dense", "accumulated", "scan"] = "auto"
    raw: Path | None = None
    skip_bad: bool = False
    sensor: LaserCones | None = None
    scan_columns: tuple[str, ...] | None = None
    ring_field: str | None = None
    follow_links: bool = False
    trust_paths: bool = False
    depth_scale: float | None = None
    view: ViewName = "camera"
    labels: bool = True


@dataclass(frozen=True)
class FileProblem:
    """Something wrong with one file, told by ``inspect`` and refused by ``run`` unless bad frames are skipped."""

    path: Path
    message: str


@runtime_checkable
class Dataset(Protocol):
    """A set of frames of one sensor. Opening is cheap; frames are read one by one.

    Attributes:
        layout: the reader's name.
        root: the folder.
        sensor: its name, for lines.yaml.
        n_lines: of the sensor.
        elevation_deg: float64 (n_lines,), descending with few exceptions.
        elevation_kind: "cone", the lasers' own, or "apparent", the median angle of each line's points seen from the
            lidar's origin.
        frame_ids, drives: one per frame; frames of a drive are consecutive and in time order.
        ground_truth: where it comes from.
        notes: sentences the report must carry, of how the data were read.
        cautions: what of the data weakens an answer.
        problems: damaged files.
        fingerprint: SHA-256 hex of a part of the folder's contents. It tells one job from another; evaluations are not
            kept under it, but under what was read of each frame.
        doubts: what makes its figures doubtful, said before all else.
    """

    layout: str
    root: Path
    sensor: str
    n_lines: int
    elevation_deg: NDArray[np.float64]
    elevation_kind: ElevationKind
    frame_ids: Sequence[str]
    drives: Sequence[str]
    ground_truth: GroundTruth
    notes: Sequence[str]
    cautions: Sequence[Caution]
    problems: Sequence[FileProblem]
    fingerprint: str
    doubts: Sequence[str]

    def __len__(self) -> int: ...

    def frame(self, index: int) -> Frame:
        """The frame whole, uncropped. Raises BadInputError for a damaged file."""
        ...

    def scan(self, index: int) -> Scan | None:
        """The frame's whole scan with the line of each point, or None where the data has no scan."""
        ...


@runtime_checkable
class HasLabels(Protocol):
    """A data set that may have labels. is_labelled: whether they tell the classes of any frame's ground truth."""

    @property
    def is_labelled(self) -> bool: ...


def is_labelled(dataset: Dataset) -> bool:
    """Whether labels tell the classes of any frame's ground truth."""
    return isinstance(dataset, HasLabels) and dataset.is_labelled


@dataclass(eq=False, kw_only=True)
class DatasetFacts:
    """What a data set of this package knows of itself once it is opened, field by field as in ``Dataset``."""

    layout: str
    root: Path
    sensor: str
    n_lines: int
    elevation_deg: NDArray[np.float64]
    elevation_kind: ElevationKind
    frame_ids: Sequence[str]
    drives: Sequence[str]
    ground_truth: GroundTruth
    notes: Sequence[str]
    problems: Sequence[FileProblem]
    fingerprint: str
    doubts: Sequence[str] = ()
    cautions: Sequence[Caution] = ()

    def __len__(self) -> int:
        return len(self.frame_ids)
