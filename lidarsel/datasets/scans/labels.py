"""Labels beside a drive's scans, and the classes of ground-truth pixels that they tell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.files import numbered_files, returned
from lidarsel.datasets.parts.semantic_kitti import read_label_classes
from lidarsel.datasets.scans.columns import ScanColumns, find_columns, read_columns
from lidarsel.datasets.scans.drive_scans import DriveScans
from lidarsel.errors import BadInputError
from lidarsel.geometry.boxes import Box, values_in_boxes
from lidarsel.geometry.labelled_scans import LabelledScan, labels_of_pixels
from lidarsel.geometry.placed_scans import Depth, PlacedScan
from lidarsel.geometry.views import View
from lidarsel.object_classes import ObjectClass


class TruthLabels(Protocol):
    """Where the classes of a drive's ground truth come from. source: in words, for the report. all_round: whether what
    the camera does not see is labelled too."""

    @property
    def source(self) -> str: ...

    @property
    def all_round(self) -> bool: ...

    def file(self, number: int) -> Path | None:
        """What the classes of a frame number are read of; None where it has no labels."""
        ...

    def check(self, drive: DriveScans, number: int) -> None:
        """Raises BadInputError where the labels of a frame are damaged."""
        ...

    def classes(self, drive: DriveScans, number: int, truth_m: Depth, view: View) -> NDArray[np.uint8] | None:
        """uint8 (H, W), ``ObjectClass`` of each pixel with ground truth (0 elsewhere); None without labels.

        truth_m: float32 (H, W), 0 = no value. view: its image. Raises BadInputError where the labels are damaged.
        """
        ...


@dataclass(frozen=True, eq=False)
class PointLabels:
    """Labels of points, a file a scan: a pixel is of the class of the point that made it.

    files: by frame number. columns: of the scans.
    """

    files: Mapping[int, Path]
    columns: ScanColumns
    source = "the labels of points (labels/*.label)"
    all_round = True

    def file(self, number: int) -> Path | None:
        return self.files.get(number)

    def check(self, drive: DriveScans, number: int) -> None:
        if number in self.files:
            self._of_scan(drive, number)

    def classes(self, drive: DriveScans, number: int, truth_m: Depth, view: View) -> NDArray[np.uint8] | None:
        if number not in self.files:
            return None
        return labels_of_pixels(truth_m, self._around(drive, number), view)

    def _around(self, drive: DriveScans, number: int) -> Iterator[LabelledScan]:
        """The frame's own scan, then its neighbours, nearest first, as far as they have labels."""
        yield LabelledScan(PlacedScan(drive.xyz_m(number), np.eye(4)), self._of_scan(drive, number))
        for other, scan in drive.placed_neighbours(number):
            if other in self.files:
                yield LabelledScan(scan, self._of_scan(drive, other))

    def _of_scan(self, drive: DriveScans, number: int) -> NDArray[np.uint8]:
        return drive.label(number, partial(self._read, drive.paths[number], self.files[number]))

    def _read(self, scan: Path, path: Path) -> NDArray[np.uint8]:
        """uint8 (N,): of a scan's points as they are read, without "no return"."""
        found = read_label_classes(path)
        there = returned(scan, read_columns(scan, self.columns).xyz_m)
        if len(found) != len(there):
            problem = f"has {len(found)} labels where its scan has {len(there)} points"
            raise BadInputError(path, problem, "take scans and labels from the same source")
        return found[there]


def point_labels(scans: Mapping[int, Path], options: ReadOptions) -> PointLabels | None:
    """SemanticKITTI's labels: ``labels/NAME.label`` beside the folder of the scans. None where there are none."""
    first = next(iter(scans.values()), None)
    if first is None:
        return None
    files = {n: path for n, path in numbered_files(first.parent.parent / "labels", (".label",)).items() if n in scans}
    return PointLabels(files, find_columns(list(scans.values()), options.scan_columns)) if files else None


Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the whole image."""


@dataclass(frozen=True, eq=False)
class FrameBoxes:
    """What is told of one frame. boxes: in the coordinates of its scan. untold: where nothing is told but by a box."""

    boxes: Sequence[Box]
    untold: Sequence[Rectangle] = ()


@dataclass(frozen=True, eq=False)
class BoxLabels:
    """Boxes round the things of every frame: a pixel is of the class of the box that its point lies in, else "other".

    Args:
        source: in words.
        files: by frame number.
        boxes: reads those of a frame number, or raises BadInputError naming its file.
        all_round: whether things that the camera does not see have boxes.
    """

    source: str
    files: Mapping[int, Path]
    boxes: Callable[[int], FrameBoxes]
    all_round: bool

    def file(self, number: int) -> Path | None:
        return self.files.get(number)

    def check(self, drive: DriveScans, number: int) -> None:
        if number in self.files:
            self.boxes(number)

    def classes(self, drive: DriveScans, number: int, truth_m: Depth, view: View) -> NDArray[np.uint8] | None:
        if number not in self.files:
            return None
        told = self.boxes(number)
        row, column = np.nonzero(truth_m)
        xyz = view.back_project(row, column, truth_m[row, column])
        value = values_in_boxes(xyz, told.boxes, ObjectClass.OTHER)
        for left, top, right, bottom in told.untold:
            within = (column >= left) & (column <= right) & (row >= top) & (row <= bottom)
            value[within & (value == ObjectClass.OTHER)] = ObjectClass.UNTOLD
        found = np.zeros(truth_m.shape, np.uint8)
        found[row, column] = value
        return found
