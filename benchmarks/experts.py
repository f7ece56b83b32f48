"""Who does what: which expert of a mixture computes which places of the images.

    python benchmarks/experts.py WEIGHTS DATA [--lines 16] [--picture experts.png]

WEIGHTS: of a mixture (`lidarsel train --experts 4`). DATA: simulated drives, read with the exact depth of every pixel.
Of all frames, with so many lines in equal steps, the share of each expert among places (8 x 8 pixels) by their distance
to the nearest measurement above or below, among those with an edge (the farthest depth is 1.3 times the nearest, or
more) and those with nothing but sky. The picture is of the first frame: its lines, and its places in their experts'
colours. Prints a table and writes benchmarks/results/experts.json.
"""

import argparse
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.columns import to_columns
from lidarsel.completion.lidarsel_net.image_encoder import pad
from lidarsel.completion.lidarsel_net.mixture import Routing
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.drawing import new_figure, style
from lidarsel.evaluation.line_numbers import spaced_lines
from lidarsel.frame import Frame

PLACE = 8
"""Pixels a side of what is routed."""
DISTANCES_PX = (0, 2, 6, 18, np.inf)
EDGE = 1.3
Kinds = dict[str, NDArray[np.bool_]]
"""Bool (h, w), which places are of a kind."""


def with_lines(frame: Frame, lines: int) -> Frame:
    """The frame with so many of its lines, in equal steps."""
    (kept,) = spaced_lines(np.isin(np.arange(frame.n_lines), frame.points.line), [lines])
    return replace(frame, points=frame.points.of_lines(kept))


def canvas(frame: Frame) -> Tensor:
    """Float (1, 1, H, W) metres, 0 = no value."""
    return torch.from_numpy(frame.points.draw(*frame.size))[None, None]


def chosen_experts(network: LidarselNet, frame: Frame) -> NDArray[np.int64]:
    """Int64 (k, h, w): the experts of every place of the padded image."""
    assert frame.image is not None
    image = torch.from_numpy(np.ascontiguousarray(frame.image)).permute(2, 0, 1)[None].float() / 255
    seen: list[Routing] = []
    with torch.inference_mode():
        network.predict_log(network.encode(image), canvas(frame), seen.append)
    return seen[0].chosen[0].numpy()


def kinds_of(frame: Frame) -> Kinds:
    """Of the padded image's places; what was padded on is of no kind."""
    assert frame.ground_truth_m is not None
    columns = to_columns(pad(canvas(frame)))
    above = torch.where(columns.has_above, columns.above_px, torch.inf)
    below = torch.where(columns.has_below, columns.below_px, torch.inf)
    distance_px = _least(torch.minimum(above, below), 2)
    truth_m = pad(torch.from_numpy(np.ascontiguousarray(frame.ground_truth_m))[None, None])
    nearest_m = _least(torch.where(truth_m > 0, truth_m, torch.inf), PLACE)
    farthest_m = -_least(-truth_m, PLACE)
    inside = _least(pad(torch.ones(1, 1, *frame.size)), PLACE) > 0
    kinds = {
        f"{low:g} to {high:g} px" if np.isfinite(high) else f"above {low:g} px": inside
        & (distance_px >= low)
        & (distance_px < high)
        for low, high in pairwise(DISTANCES_PX)
    }
    return {**kinds, "edge": inside & (farthest_m >= EDGE * nearest_m), "sky": inside & (farthest_m == 0)}


def _least(x: Tensor, size: int) -> NDArray[np.float32]:
    """(1, 1, H, W) -> (H / size, W / size), the least of each square."""
    least: NDArray[np.float32] = -functional.max_pool2d(-x, size)[0, 0].numpy()
    return least


def write_picture(path: Path, frame: Frame, chosen: NDArray[np.int64]) -> None:
    """Above the image and what was measured, below the same image in the colours of each place's first expert."""
    assert frame.image is not None
    height, width = frame.size
    padded_height = chosen.shape[1] * PLACE
    coloured = np.kron(chosen[0], np.ones((PLACE, PLACE), np.int64))[padded_height - height :, :width]
    with style():
        figure = new_figure(1000, round(2.2 * 1000 * height / width))
        upper, lower = figure.subplots(2, 1)
        for axes in (upper, lower):
            axes.imshow(frame.image)
            axes.axis("off")
        points = frame.points
        upper.scatter(points.column, points.row, c=np.log(points.depth_m), s=1, cmap="viridis_r")
        lower.imshow(coloured, cmap="tab10", vmin=0, vmax=9, alpha=0.55, interpolation="nearest")
        figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--lines", type=int, default=16)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = load_weights(options.weights).eval()
    if not network.design.is_mixture:
        parser.error(f"{options.weights} has no experts")
    data = open_dataset(options.data, ReadOptions(ground_truth="dense"))
    counts: dict[str, NDArray[np.int64]] = {}
    for index in range(len(data)):
        frame = with_lines(data.frame(index), options.lines)
        chosen = chosen_experts(network, frame)
        if index == 0 and options.picture:
            write_picture(options.picture, frame, chosen)
        for kind, places in kinds_of(frame).items():
            found = np.bincount(chosen[:, places].ravel(), minlength=network.design.width("experts"))
            counts[kind] = counts.get(kind, 0) + found
    table = Table("places", "number", *(f"expert {number}" for number in range(network.design.width("experts"))))
    rows = {kind: (found / max(1, found.sum())).tolist() for kind, found in counts.items()}
    for kind, shares in rows.items():
        n_places = counts[kind].sum() // network.design.active_experts
        table.add_row(kind, str(n_places), *(f"{100 * share:.0f} %" for share in shares))
    Console(width=120).print(table)
    write_result("experts", {**vars(options), "rows": rows})


if __name__ == "__main__":
    main()
