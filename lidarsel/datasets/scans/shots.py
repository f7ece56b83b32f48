"""A frame as the readers find it: which scan, which image, which camera."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.files import read_image, require_possible
from lidarsel.datasets.scans.drive_scans import DriveScans
from lidarsel.datasets.scans.labels import TruthLabels
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration, Scan
from lidarsel.geometry.views import View

ShotKind = TypeVar("ShotKind", bound="Shot")

Camera = Callable[[], tuple[Calibration, tuple[int, int] | None]]
"""Reads the calibration, and the image size (H, W) it is for where the file tells."""


def paired(drive: str, scans: Collection[int], images: Collection[int]) -> tuple[list[int], list[str]]:
    """The frames of a drive, and what is to be said where not all of its scans and images pair up.

    Args:
        drive: its name, for the note.
        scans: frame numbers, in order.
        images: frame numbers; where there is none at all, every scan is a frame.
    """
    numbers = [number for number in scans if number in images or not images]
    if len(numbers) == max(len(scans), len(images)):
        return numbers, []
    return numbers, [f"{drive}: {len(scans)} scans and {len(images)} images, of which {len(numbers)} pair up."]


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame of a data set: a scan of a drive, its image and its camera.

    Args:
        frame_id: unlike any other of the data set.
        drive: the scans of its drive. number: of its own scan there.
        image: the file of its image, or None.
        camera: reads its calibration.
        decode: reads the image from its file.
        truth: a depth image to take as ground truth, where every frame has one.
        truth_units_per_m: its stored units to a metre; None for what its format says.
        labels: what tells the classes of its ground truth, or None.
    """

    frame_id: str
    drive: DriveScans
    number: int
    image: Path | None
    camera: Camera
    decode: Callable[[Path], NDArray[np.uint8]] = read_image
    truth: Path | None = None
    truth_units_per_m: float | None = None
    labels: TruthLabels | None = None

    @property
    def scan_path(self) -> Path:
        return self.drive.paths[self.number]

    @property
    def label_path(self) -> Path | None:
        return None if self.labels is None else self.labels.file(self.number)

    def scan(self) -> Scan:
        return self.drive.scan(self.number)

    def asked_for(self: ShotKind, options: ReadOptions) -> ShotKind:
        """The shot with its labels only where they are asked for; and, for the whole turn, without what is of the
        camera's view only: its image, and labels of what stands in it."""
        in_camera = options.view == "camera"
        told = options.labels and self.labels is not None and (in_camera or self.labels.all_round)
        return replace(self, image=self.image if in_camera else None, labels=self.labels if told else None)

    def truth_class(self, truth_m: NDArray[np.float32], view: View) -> NDArray[np.uint8] | None:
        """uint8 (H, W), ``ObjectClass`` of float32 (H, W) ground truth; None without labels. Raises BadInputError."""
        return None if self.labels is None else self.labels.classes(self.drive, self.number, truth_m, view)


def label_notes(shots: Sequence[Shot]) -> list[str]:
    """What results must say of where the classes of these frames come from."""
    sources = Counter(shot.labels.source for shot in shots if shot.labels is not None and shot.label_path is not None)
    return [
        f"Classes of the ground truth come from {source}, of {number} of {len(shots)} frames."
        for source, number in sources.items()
    ]


def read_camera(shot: Shot) -> tuple[NDArray[np.uint8] | None, Calibration, tuple[int, int]]:
    """Image or None, calibration, and size (H, W). Raises BadInputError where the image is of another size."""
    calibration, size = shot.camera()
    image = None if shot.image is None else shot.decode(shot.image)
    if size is not None:
        require_possible(shot.image or shot.scan_path, size)
    if image is None:
        if size is None:
            raise BadInputError(
                shot.scan_path,
                "has no camera image, and the calibration does not tell the image's size",
                "put the images beside the scans (see datasets/README.md)",
            )
        return None, calibration, size
    if size is not None and image.shape[:2] != size:
        assert shot.image is not None
        problem = f"is {image.shape[1]}x{image.shape[0]} pixels where the calibration is for {size[1]}x{size[0]}"
        remedy = "take the image at its original size"
        if image.shape[:2] == size[::-1]:
            remedy = "give image_size as [height, width], or turn the image back"
        raise BadInputError(shot.image, problem, remedy)
    return image, calibration, (image.shape[0], image.shape[1])
