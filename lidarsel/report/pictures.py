"""The report's pictures: chosen lines over the camera image, and one frame's depth maps and errors in colour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.colors
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE, ImagePoints
from lidarsel.metrics import frame_figures
from lidarsel.report.encode import map_uri, photograph_uri, shrink

CHOSEN_RGB = (255, 196, 0)
DROPPED_RGB = (205, 225, 255)
EMPTY_RGB = (34, 36, 41)
"""Where a map has no value."""

_N_COLOURS = 96
_DEPTH_MAP, _ERROR_MAP = "Viridis", "Inferno"
_MAX_WIDTH = 1440
_PHOTOGRAPH_BYTES, _MAP_BYTES = 230_000, 70_000  # beside plotly.js (4.8 MB) the page stays under 6 MB


@dataclass(frozen=True, eq=False)
class ReportPictures:
    """One judged frame for the report's pictures, cropped as it was judged.

    image: uint8 (H, W, 3) RGB, or None where the data has no camera image.
    points: all lidar points of the frame. lines: the chosen lines.
    sparse_m, completion_m: float32 (H, W), the network's input and output with the chosen lines.
    completion_all_m: float32 (H, W), its output with all lines. ground_truth_m: float32 (H, W), 0 = no value.
    """

    frame_id: str
    image: NDArray[np.uint8] | None
    points: ImagePoints
    lines: Sequence[int]
    sparse_m: NDArray[np.float32]
    completion_m: NDArray[np.float32]
    completion_all_m: NDArray[np.float32]
    ground_truth_m: NDArray[np.float32]


@dataclass(frozen=True)
class Picture:
    """A picture for a page: key (its place), title, data URI, and its size in pixels."""

    key: str
    title: str
    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Scale:
    """What a colour bar says: its CSS colours from low to high, and its labels, evenly spaced."""

    title: str
    colours: Sequence[str]
    labels: Sequence[str]


def lines_over_image(pictures: ReportPictures) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): the darkened camera image, points of dropped lines faint, of chosen lines bright and larger."""
    height, width = pictures.sparse_m.shape
    if pictures.image is None:
        canvas = np.full((height, width, 3), EMPTY_RGB, np.float32)
    else:
        grey = pictures.image.mean(2, keepdims=True)
        canvas = 0.62 * (0.6 * pictures.image + 0.4 * grey).astype(np.float32)
    points = pictures.points
    chosen = np.isin(points.line, np.asarray(list(pictures.lines), points.line.dtype)) & (points.line != UNKNOWN_LINE)
    _blend(canvas, points.keep(~chosen), DROPPED_RGB, 0.5, [(0, 0), (0, 1)])
    _blend(canvas, points.keep(chosen), CHOSEN_RGB, 0.95, [(0, 0), (0, 1), (1, 0), (1, 1)])
    return canvas.round().astype(np.uint8)


def picture_of_lines(pictures: ReportPictures) -> Picture:
    """``lines_over_image``, ready for a page."""
    title = "Chosen lines over the camera image"
    return _photograph("lines", title, lines_over_image(pictures), _PHOTOGRAPH_BYTES)


def maps_of_frame(pictures: ReportPictures) -> tuple[list[Picture], Scale, Scale]:
    """The pictures of a frame in pairs, and the scales of depth and of error.

    Camera image (where there is one) and ground truth; then sparse input, completion and error, each for the chosen
    lines and for all lines.
    """
    truth = pictures.ground_truth_m
    sparse_all = pictures.points.draw(*truth.shape)
    near, far = _depth_range(truth, sparse_all)
    completions = {"chosen": pictures.completion_m, "all": pictures.completion_all_m}
    errors = {key: np.where(truth > 0, np.abs(depth - truth), np.nan) for key, depth in completions.items()}
    cap = _error_cap(*errors.values())
    found = [] if pictures.image is None else [_photograph("camera", "Camera image", pictures.image, _MAP_BYTES)]
    found.append(_depth("truth", "Ground truth", truth, near, far))
    names = {"chosen": f"{len(pictures.lines)} chosen lines", "all": "all lines"}
    sparse = {"chosen": pictures.sparse_m, "all": sparse_all}
    found += [_depth(f"sparse-{key}", f"Sparse input, {names[key]}", sparse[key], near, far) for key in names]
    found += [_depth(f"completion-{key}", f"Completion, {names[key]}", completions[key], near, far) for key in names]
    for key, name in names.items():
        rmse_mm = frame_figures(completions[key], truth).rmse_mm
        title = f"Error, {name}: RMSE {rmse_mm:.0f} mm in this frame"
        found.append(_map(f"error-{key}", title, errors[key] / cap, _ERROR_MAP))
    middle = float(np.sqrt(near * far))
    depth = Scale(
        "Depth in m (logarithmic; nearer is brighter)",
        _css(_DEPTH_MAP)[::-1],
        [f"{near:.0f}", f"{middle:.0f}", f"{far:.0f}"],
    )
    labels = ["0", f"{cap / 2:g}", f"{cap:g} or more"]
    return found, depth, Scale("Absolute error in m", _css(_ERROR_MAP), labels)


def _photograph(key: str, title: str, image: NDArray[np.uint8], max_bytes: int) -> Picture:
    smaller = shrink(image, -(-image.shape[1] // _MAX_WIDTH))
    return Picture(key, title, photograph_uri(smaller, max_bytes), smaller.shape[1], smaller.shape[0])


def _depth(key: str, title: str, depth_m: NDArray[np.float32], near: float, far: float) -> Picture:
    """A depth map on a logarithmic scale, near = bright, since far things differ by metres and near ones by less."""
    with np.errstate(divide="ignore"):
        nearness = 1 - np.log(depth_m / near) / np.log(far / near)
    return _map(key, title, np.where(depth_m > 0, nearness, np.nan), _DEPTH_MAP)


def _map(key: str, title: str, unit: NDArray[np.floating], colours: str) -> Picture:
    """Values in 0..1 (clipped; NaN = none) coloured, the empty neighbours of sparse values filled to make them seen."""
    factor = -(-unit.shape[1] // _MAX_WIDTH)
    grown = _grow(unit)[::factor, ::factor]
    levels = np.where(np.isnan(grown), 0, 1 + np.rint(np.clip(np.nan_to_num(grown), 0, 1) * (_N_COLOURS - 1)))
    palette = np.vstack([np.asarray(EMPTY_RGB), _colours(colours)]).astype(np.uint8)
    height, width = grown.shape
    return Picture(key, title, map_uri(levels.astype(np.uint8), palette, _MAP_BYTES), width, height)


def _grow(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each empty (NaN) pixel takes the value of its first neighbour that has one, beside before across corners.

    The order is fixed and looks at no value, so a grown error map is neither better nor worse than its pixels.
    """
    height, width = values.shape
    padded = np.pad(values, 1, constant_values=np.nan)
    grown = values.copy()
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)):
        neighbour = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        grown = np.where(np.isnan(grown), neighbour, grown)
    return grown


def _depth_range(*depths_m: NDArray[np.float32]) -> tuple[float, float]:
    """Whole metres around nearly all measured depths: far at least twice near."""
    measured = np.concatenate([depth[depth > 0] for depth in depths_m])
    near, far = (2.0, 80.0) if not len(measured) else (float(q) for q in np.percentile(measured, [0.5, 99.5]))
    near = max(1.0, np.floor(near))
    return near, max(2 * near, float(np.ceil(far)))


def _error_cap(*errors_m: NDArray[np.floating]) -> float:
    """The 95th percentile of all errors, up to 1, 2 or 5 times a power of ten: one scale for both maps."""
    percentile = max(float(np.nanpercentile(np.concatenate([error.ravel() for error in errors_m]), 95)), 1e-3)
    power = 10 ** np.floor(np.log10(percentile))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= percentile * (1 - 1e-9)))


def _colours(name: str) -> NDArray[np.floating]:
    """float (_N_COLOURS, 3) in 0..255, without the darkest part, which could be taken for "no value"."""
    sampled = plotly.colors.sample_colorscale(name, np.linspace(0.15, 1, _N_COLOURS).tolist())
    return np.array([plotly.colors.unlabel_rgb(colour) for colour in sampled])


def _css(name: str) -> list[str]:
    return [f"rgb({red:.0f},{green:.0f},{blue:.0f})" for red, green, blue in _colours(name)[:: _N_COLOURS // 8]]


def _blend(
    canvas: NDArray[np.float32],
    points: ImagePoints,
    colour: tuple[int, int, int],
    opacity: float,
    offsets: list[tuple[int, int]],
) -> None:
    """Mix a colour into the pixels of the points and their offsets, each pixel once."""
    height, width = canvas.shape[:2]
    covered = np.zeros((height, width), bool)
    for down, right in offsets:
        covered[np.minimum(points.row + down, height - 1), np.minimum(points.column + right, width - 1)] = True
    canvas[covered] += opacity * (np.asarray(colour, np.float32) - canvas[covered])
