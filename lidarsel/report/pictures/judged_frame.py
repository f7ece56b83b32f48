"""One judged frame for the report, and the chosen lines over its camera image."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE, ImagePoints
from lidarsel.report.pictures.encode import photograph, shrink
from lidarsel.report.pictures.pictured_set import SampledFrame

Rgb = tuple[int, int, int]
Offset = tuple[int, int]

CHOSEN_RGB = (255, 196, 0)
DROPPED_RGB = (205, 225, 255)
EMPTY_RGB = (34, 36, 41)
"""Where a map has no value."""
MAX_WIDTH = 1440
_MEDIA = {"jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, eq=False)
class JudgedFrame:
    """One judged frame for the report's pictures, cropped as it was judged.

    image: uint8 (H, W, 3) RGB, or None where the data has no camera image.
    points: all lidar points of the frame. lines: the chosen lines.
    sparse_m, completion_m: float32 (H, W), the network's input and output with the chosen lines.
    completion_all_m: float32 (H, W), its output with all lines. ground_truth_m: float32 (H, W), 0 = no value; judged_m,
    judged_all_m: what of it judges the chosen lines and all lines (not all of it where it is the frame's own scan).
    sampled: every set of lines that is pictured on it, at fewer pixels. called: what it stands for among all judged
    frames, as "best"; empty = nothing.
    """

    frame_id: str
    image: NDArray[np.uint8] | None
    points: ImagePoints
    lines: Sequence[int]
    sparse_m: NDArray[np.float32]
    completion_m: NDArray[np.float32]
    completion_all_m: NDArray[np.float32]
    ground_truth_m: NDArray[np.float32]
    judged_m: NDArray[np.float32]
    judged_all_m: NDArray[np.float32]
    sampled: SampledFrame
    called: str = ""

    @property
    def error(self) -> float | None:
        """Of the chosen lines on this frame, by the report's metric; None where the frame does not tell it."""
        found = self.sampled.set_of(self.lines)
        return None if found is None else found.error

    @property
    def error_all(self) -> float | None:
        """Of all lines, likewise."""
        return max(self.sampled.sets, key=lambda one: len(one.lines)).error


@dataclass(frozen=True)
class ReportPicture:
    """A picture for a page or a file: key (its place and name), title, suffix (jpg or png), and its size in pixels."""

    key: str
    title: str
    suffix: str
    content: bytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """The picture itself as a data URI."""
        return f"data:{_MEDIA[self.suffix]};base64,{base64.b64encode(self.content).decode()}"


def picture_of_lines(frame: JudgedFrame, max_bytes: int) -> ReportPicture:
    """``lines_over_image``, ready for a page."""
    return picture_of_image("lines", "Chosen lines over the camera image", lines_over_image(frame), max_bytes)


def picture_of_image(key: str, title: str, image: NDArray[np.uint8], max_bytes: int) -> ReportPicture:
    """A photograph, uint8 (H, W, 3), of at most ``MAX_WIDTH`` pixels across."""
    smaller = shrink(image, -(-image.shape[1] // MAX_WIDTH))
    return ReportPicture(key, title, "jpg", photograph(smaller, max_bytes), smaller.shape[1], smaller.shape[0])


def lines_over_image(frame: JudgedFrame) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): the darkened camera image, points of dropped lines faint, of chosen lines bright and larger."""
    height, width = frame.sparse_m.shape
    canvas: NDArray[np.float32]
    if frame.image is None:
        canvas = np.full((height, width, 3), EMPTY_RGB, np.float32)
    else:
        grey = frame.image.mean(2, keepdims=True)
        canvas = 0.62 * (0.6 * frame.image + 0.4 * grey).astype(np.float32)
    points = frame.points
    chosen = np.isin(points.line, np.asarray(list(frame.lines), points.line.dtype)) & (points.line != UNKNOWN_LINE)
    _blend(canvas, points.keep(~chosen), DROPPED_RGB, 0.5, [(0, 0), (0, 1)])
    _blend(canvas, points.keep(chosen), CHOSEN_RGB, 0.95, [(0, 0), (0, 1), (1, 0), (1, 1)])
    return np.rint(canvas).astype(np.uint8)


def _blend(canvas: NDArray[np.float32], points: ImagePoints, rgb: Rgb, opacity: float, reach: list[Offset]) -> None:
    """Mix a colour into the pixels of the points, offset by all of ``reach``, each pixel once."""
    height, width = canvas.shape[:2]
    covered = np.zeros((height, width), bool)
    for down, right in reach:
        covered[np.minimum(points.row + down, height - 1), np.minimum(points.column + right, width - 1)] = True
    canvas[covered] += opacity * (np.asarray(rgb, np.float32) - canvas[covered])
