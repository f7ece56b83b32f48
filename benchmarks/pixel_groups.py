"""Pixels of a frame grouped by what can be told without labels, and what each group has of the squared error."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter
from torch.nn import functional

from lidarsel.frame import Frame

Mask = NDArray[np.bool_]
Depth = NDArray[np.float32]

COLUMNS = 16  # pixels: how wide a column is for telling what lies above, between and below the kept lines
STEP = 1.2  # ratio of two depths in STEP_WINDOW that makes a depth step
STEP_WINDOW = (5, 17)  # rows, columns: few rows, since the road's own depth changes from row to row


def groups_of(frame: Frame, sparse_m: Depth) -> dict[str, dict[str, Mask]]:
    """Kind of group -> bin -> bool (H, W). The bins of a kind cover every pixel with ground truth once.

    range: of the ground truth. place: where the pixel lies among the kept measurements (``sparse_m``), in its 16-pixel
    column. step: whether ground truth jumps by a fifth near the pixel, and on which side of the jump it lies.
    rows: of the 352 of the crop, counted from its top. light, colour: of the image.
    """
    truth, image = frame.ground_truth_m, frame.image
    assert truth is not None
    assert image is not None
    rgb = image.astype(np.float32)
    brightness = rgb.mean(2)
    green = (2 * rgb[..., 1] - rgb[..., 0] - rgb[..., 2]) / np.maximum(rgb.sum(2), 1)
    row = np.broadcast_to(np.arange(frame.size[0])[:, None], frame.size)
    return {
        "range": _bins(truth, (10, 20, 40), "m"),
        "place": place(sparse_m),
        "step": steps(truth),
        "rows": _bins(row, (150, 200, 250), ""),
        "light": _bins(brightness, (30, 250), "of 255"),
        "colour": {"green": green > 0.05, "other": green <= 0.05},
    }


def _bins(values: NDArray[np.floating] | NDArray[np.integer], edges: tuple[int, ...], unit: str) -> dict[str, Mask]:
    """Half-open bins between the edges, and beyond them."""
    bins = {f"under {edges[0]} {unit}".strip(): values < edges[0]}
    for low, high in pairwise(edges):
        bins[f"{low}-{high} {unit}".strip()] = (values >= low) & (values < high)
    bins[f"{edges[-1]} {unit} or more".replace("  ", " ")] = values >= edges[-1]
    return bins


def place(sparse_m: Depth) -> dict[str, Mask]:
    """Above the topmost kept measurement of its column, below the lowest, or how far from the nearest one in rows."""
    height, width = sparse_m.shape
    measured = functional.max_pool2d(torch.from_numpy(sparse_m)[None, None], (1, COLUMNS), ceil_mode=True)[0, 0] > 0
    hit = np.repeat(measured.numpy(), COLUMNS, axis=1)[:, :width]
    row = np.arange(height)[:, None]
    last = np.maximum.accumulate(np.where(hit, row, -height), axis=0)
    first = np.minimum.accumulate(np.where(hit, row, 2 * height)[::-1], axis=0)[::-1]
    above, below = last < 0, first >= height
    gap = np.minimum(row - last, first - row)
    between = ~above & ~below
    own = sparse_m > 0
    return {
        "measured": own,
        "above all lines": above,
        "below all lines": below & ~above,
        "within 2 rows": between & (gap <= 2) & ~own,
        "3-8 rows off": between & (gap > 2) & (gap <= 8),
        "farther off": between & (gap > 8),
    }


def steps(truth_m: Depth) -> dict[str, Mask]:
    """The nearer and the farther side of a jump of ground truth, and the rest."""
    near = minimum_filter(np.where(truth_m > 0, truth_m, np.inf), STEP_WINDOW, mode="nearest")
    far = maximum_filter(truth_m, STEP_WINDOW, mode="nearest")
    step = (far > STEP * near) & (truth_m > 0)
    nearer = step & (truth_m < np.sqrt(np.where(step, near, 0) * far))
    return {"nearer side": nearer, "farther side": step & ~nearer, "no step": ~step}


@dataclass
class GroupSums:
    """Sums over the pixels of a group; add with ``+``. Metres, square metres."""

    pixels: int = 0
    square_m2: float = 0.0
    signed_m: float = 0.0

    def __add__(self, other: "GroupSums") -> "GroupSums":
        return GroupSums(self.pixels + other.pixels, self.square_m2 + other.square_m2, self.signed_m + other.signed_m)

    @property
    def rmse_mm(self) -> float:
        return 1000 * float(np.sqrt(self.square_m2 / self.pixels)) if self.pixels else 0.0

    @property
    def bias_mm(self) -> float:
        """Mean of prediction - truth: below zero where the prediction is too near."""
        return 1000 * self.signed_m / self.pixels if self.pixels else 0.0


def sums_in(mask: Mask, predicted_m: Depth, truth_m: Depth) -> GroupSums:
    """Over the pixels of the mask that have ground truth."""
    judged = mask & (truth_m > 0)
    error = predicted_m[judged].astype(np.float64) - truth_m[judged]
    return GroupSums(int(judged.sum()), float(np.square(error).sum()), float(error.sum()))


def share_of_worst(predicted_m: Depth, truth_m: Depth, worst: float = 0.01) -> float:
    """The share of a frame's squared error that the worst ``worst`` of its pixels make up."""
    square = np.sort(np.square((predicted_m - truth_m)[truth_m > 0].astype(np.float64)))[::-1]
    return float(square[: max(1, round(worst * len(square)))].sum() / square.sum())
