"""One frame's image, input, completion and error as one PNG."""

from pathlib import Path

import numpy as np
import plotly.colors
from kornia_rs import io
from numpy.typing import NDArray
from scipy.ndimage import grey_dilation

DEPTH_M = (3.0, 80.0)
ERROR_CAP_M = 5.0
SHADES = 256
GROW = (3, 3)  # single pixels of a sparse map are drawn three pixels wide, or nobody sees them

Depth = NDArray[np.float32]
Picture = NDArray[np.uint8]


def draw(image: Picture, sparse_m: Depth, predicted_m: Depth, truth_m: Depth) -> Picture:
    """uint8 (5 H, W, 3), from the top: image; sparse input; completion; ground truth; error where there is truth.

    Depth is on a logarithmic scale, bright is near. Error: red is too far, blue too near, white right, full colour at
    5 m, black no ground truth.
    """
    error = np.where(truth_m > 0, predicted_m - truth_m, 0)
    cap = np.float32(ERROR_CAP_M)
    unit = np.clip(error / cap, -1, 1) / 2 + 0.5
    panels = [image, _depth(sparse_m), _depth(predicted_m), _depth(truth_m), _coloured(unit, truth_m > 0, "RdBu_r")]
    return np.concatenate(panels).astype(np.uint8)


def write(path: Path, picture: Picture) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    io.write_image_png_u8(str(path), np.ascontiguousarray(picture), "rgb")


def _depth(depth_m: Depth) -> Picture:
    near, far = np.log(DEPTH_M)
    unit = 1 - np.clip((np.log(np.maximum(depth_m, 0.1)) - near) / (far - near), 0, 1)
    return _coloured(unit, depth_m > 0, "Viridis")


def _coloured(unit: NDArray[np.floating], known: NDArray[np.bool_], scale: str) -> Picture:
    """Values in 0..1 in a plotly colour scale, black where nothing is known; known pixels grow into unknown ones."""
    level = np.where(known, 1 + np.rint(unit * (SHADES - 1)), 0).astype(np.int64)
    level = np.where(known, level, grey_dilation(level, GROW))
    sampled = plotly.colors.sample_colorscale(scale, np.linspace(0, 1, SHADES).tolist())
    table = np.array([(0, 0, 0), *(plotly.colors.unlabel_rgb(colour) for colour in sampled)])
    return table[level].astype(np.uint8)
