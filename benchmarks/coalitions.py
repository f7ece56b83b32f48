"""What a coalition costs a user: its errors through the line game, at ground truth alone and by whole canvases, paired.

    python benchmarks/coalitions.py [--data ../shared/data/kitti_depth] [--raw ../shared/data/kitti_raw]
        [--weights FILE] [--threads 1 2] [--turns 30]

The game asks lidarsel's network at the pixels with ground truth. Beside it the same game asks for whole depth images,
as it does of a network that can do nothing else. Both take turns in one process, so that what else the machine does
falls on both; with the frame's own, semi-dense ground truth and with ground truth at every pixel. Every few turns Ma et
al.'s ResNet-18 (random weights: its speed does not depend on them) completes one coalition of the same frame. Without
``--data`` the frame is a simulated one, judged where real ground truth would be. Prints a table and writes
benchmarks/results/coalitions.json.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from frames import CROP, held_out, line_game
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table
from torch import Tensor

from lidarsel.completion import sparse_to_dense
from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.registry import load_network
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import Frame

COALITIONS = 8  # a turn, with from none to all of the lines
WARM_UP = 2  # turns
RESNET_EVERY = 10  # turns: it takes seconds


class WholeCanvases:
    """A network that is asked for whole depth images: all that a network need do."""

    def __init__(self, network: CompletionNetwork) -> None:
        self._network = network
        self.name, self.sha256 = network.name, network.sha256
        self.uses_image, self.uses_intrinsics = network.uses_image, network.uses_intrinsics

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> Any:
        return self._network.encode(image, intrinsics)

    def complete(self, features: Any, sparse_depth_m: Tensor) -> Tensor:
        return self._network.complete(features, sparse_depth_m)


def frame_of(data: Path | None, raw: Path | None) -> tuple[str, Frame]:
    """What the frame is, and the frame, cropped, with semi-dense ground truth."""
    if data is None:
        return "simulated, judged where real ground truth would be", held_out(1)[0]
    dataset = open_dataset(data, ReadOptions(raw=raw))
    return f"{dataset.layout}, {dataset.ground_truth} ground truth", dataset.frame(0).crop(*CROP)


def with_dense_truth(frame: Frame) -> Frame:
    """The same with ground truth at every pixel: what it is plays no part in the time."""
    assert frame.ground_truth_m is not None
    made = np.random.default_rng(3).uniform(2, 80, frame.size).astype(np.float32)
    return replace(frame, ground_truth_m=np.where(frame.ground_truth_m > 0, frame.ground_truth_m, made))


def coalitions_of(frame: Frame) -> NDArray[np.bool_]:
    """Bool (COALITIONS, n_lines)."""
    chance = np.linspace(0, 1, COALITIONS)[:, None]
    return np.random.default_rng(0).random((COALITIONS, frame.n_lines)) < chance


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def resnet18_of(frame: Frame) -> Callable[[], object]:
    """One coalition, all lines, through Ma et al.'s network."""
    torch.manual_seed(0)
    resnet = sparse_to_dense.resnet18().eval()
    assert frame.image is not None
    image = torch.from_numpy(frame.image.transpose(2, 0, 1)[None] / np.float32(255)).contiguous()
    sparse = torch.from_numpy(frame.points.draw(*frame.size))[None, None]

    def complete() -> Tensor:
        with torch.inference_mode():
            completed: Tensor = resnet(image, sparse)
        return completed

    return complete


def measure(frame: Frame, network: CompletionNetwork, threads: int, turns: int) -> dict[str, float]:
    """Medians in ms a coalition, ratios turn by turn, and by how much the errors of the two ways differ."""
    torch.set_num_threads(threads)
    chosen = coalitions_of(frame)
    games = {"at_truth": line_game([frame], network), "whole": line_game([frame], WholeCanvases(network))}
    errors = [game.errors(0, chosen) for game in games.values()]
    resnet18 = resnet18_of(frame)
    times: dict[str, list[float]] = {name: [] for name in games}
    times["resnet18"] = []
    for turn in range(WARM_UP + turns):
        taken = {name: seconds(lambda g=game: g.errors(0, chosen)) / COALITIONS for name, game in games.items()}  # type: ignore[misc]
        if turn % RESNET_EVERY == WARM_UP - 1:
            theirs = seconds(resnet18)
            if turn >= WARM_UP:
                times["resnet18"].append(theirs)
        if turn >= WARM_UP:
            for name, value in taken.items():
                times[name].append(value)
    median = {name: statistics.median(values) for name, values in times.items()}
    paired = [whole / fast for whole, fast in zip(times["whole"], times["at_truth"], strict=True)]
    return {
        "threads": threads,
        "truth_share": float((frame.ground_truth_m > 0).mean()) if frame.ground_truth_m is not None else 0.0,
        "at_truth_ms": 1000 * median["at_truth"],
        "whole_ms": 1000 * median["whole"],
        "ratio": statistics.median(paired),
        "resnet18_ms": 1000 * median["resnet18"],
        "resnet18_ratio": median["resnet18"] / median["at_truth"],
        "largest_difference_mm": float(np.abs(errors[0] - errors[1]).max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--raw", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--turns", type=int, default=30)
    options = parser.parse_args()
    if options.turns < RESNET_EVERY:
        parser.error(f"--turns: the ResNet-18 is timed every {RESNET_EVERY} turns; give no fewer")
    network = load_network("lidarsel", options.weights)
    about, frame = frame_of(options.data, options.raw)
    rows = [
        measure(judged, network, threads, options.turns)
        for judged in (frame, with_dense_truth(frame))
        for threads in options.threads
    ]
    title = f"{about}; ms a coalition, medians of {options.turns} turns of {COALITIONS}"
    heads = ("threads", "share of truth", "at truth", "whole", "ratio", "ResNet-18", "its ratio", "differ by, mm")
    table = Table(*heads, title=title)
    for row in rows:
        table.add_row(*(f"{value:.3g}" for value in row.values()))
    Console(width=120).print(table)
    write_result("coalitions", {"frame": about, "size": CROP, "turns": options.turns, "rows": rows})


if __name__ == "__main__":
    main()
