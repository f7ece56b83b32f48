"""The files of a frame whose points are a depth image: reading PNGs, cameras, crops."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.depth import depth_size, read_depth_m, require_values
from lidarsel.datasets.parts.files import read_image, read_numbers
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration


@dataclass(frozen=True)
class DepthFiles:
    """The files of one frame.

    Args:
        drive, camera, number, stem: whose it is, and the frame's number as a number and as its file has it.
        sparse: the lidar's depth image.
        truth: None where the sparse depth itself or neighbouring scans are the ground truth.
        image, intrinsics: where they stand beside the depth image; KITTI's other frames have theirs in the raw tree.
        units_per_m: stored units of ``sparse`` and ``truth`` to a metre; None for what their formats say.
    """

    drive: str
    camera: str
    number: int
    stem: str
    sparse: Path
    truth: Path | None
    image: Path | None = None
    intrinsics: Path | None = None
    units_per_m: float | None = None


@dataclass(frozen=True, eq=False)
class SparsePixels:
    """The pixels of velodyne_raw that have a value, and the image's size (H, W)."""

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    depth_m: NDArray[np.float32]
    size: tuple[int, int]

    def image(self) -> NDArray[np.float32]:
        """float32 (H, W) metres, 0 = no value."""
        depth_m = np.zeros(self.size, np.float32)
        depth_m[self.row, self.column] = self.depth_m
        return depth_m


def read_sparse(files: DepthFiles) -> SparsePixels:
    """Raises BadInputError where the PNG is damaged, not 16-bit, or has no pixel with a value."""
    depth = read_depth_m(files.sparse, files.units_per_m)
    row, column = np.nonzero(require_values(files.sparse, depth))
    return SparsePixels(row.astype(np.int32), column.astype(np.int32), depth[row, column], depth.shape)


def read_truth(files: DepthFiles, size: tuple[int, int]) -> NDArray[np.float32]:
    """float32 (H, W) of the ground truth PNG. Raises BadInputError, also where it is not of ``size``."""
    assert files.truth is not None
    check_size(files, depth_size(files.truth), size)
    return require_values(files.truth, read_depth_m(files.truth, files.units_per_m))


def read_frame_image(image: Path | None, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """uint8 (H, W, 3) of the frame's camera image, None where it has none. Raises BadInputError, also where it is not
    of the depth image's ``size``."""
    if image is None:
        return None
    pixels = read_image(image)
    if pixels.shape[:2] != size:
        problem = f"is {pixels.shape[1]}x{pixels.shape[0]} pixels where its depth image is {size[1]}x{size[0]}"
        raise BadInputError(image, problem, "take both images from the same source")
    return pixels


def check_size(files: DepthFiles, found: tuple[int, int], size: tuple[int, int]) -> None:
    """Raises BadInputError where the ground truth is not of the sparse depth's size."""
    if found != size:
        problem = f"is {found[1]}x{found[0]} pixels where the sparse depth image is {size[1]}x{size[0]}"
        raise BadInputError(files.truth or files.sparse, problem, "take both images from the same source")


def read_intrinsics(files: DepthFiles) -> NDArray[np.float64]:
    """float64 (3, 3) of val_selection_cropped's intrinsics file. Raises BadInputError."""
    assert files.intrinsics is not None
    table = read_numbers(files.intrinsics)
    if table.size != 9:
        raise BadInputError(files.intrinsics, "does not hold 9 numbers", "take the original file of the selection")
    return table.reshape(3, 3)


def cropped_calibration(
    files: DepthFiles, calibration: Calibration, full_size: tuple[int, int], size: tuple[int, int]
) -> Calibration:
    """The day's calibration for the frame's own size: shifted by the crop where the frame comes cropped.

    Raises BadInputError where the depth image has another size than the camera and no intrinsics tell the crop.
    """
    if files.intrinsics is None:
        if size != full_size:
            problem = f"is {size[1]}x{size[0]} pixels where the calibration is for {full_size[1]}x{full_size[0]}"
            raise BadInputError(files.sparse, problem, "take image and calibration of the same day")
        return calibration
    shift = np.eye(3)
    shift[:2, 2] = np.round(read_intrinsics(files)[:2, 2] - calibration.intrinsics[:2, 2])
    return replace(calibration, camera_matrix=shift @ calibration.camera_matrix)
