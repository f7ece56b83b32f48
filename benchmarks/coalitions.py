"""What a coalition costs a user: its errors through the line game, at ground truth alone and by whole canvases, paired.

    python benchmarks/coalitions.py [--data ../shared/data/kitti_depth] [--raw ../shared/data/kitti_raw]
        [--weights FILE] [--threads 1 2] [--turns 30] [--before FOLDER]

The game asks lidarsel's network at the pixels with ground truth. Beside it the same game asks for whole depth images,
as it does of a network that can do nothing else. Both take turns in one process, so that what else the machine does
falls on both; with the frame's own, semi-dense ground truth and with ground truth at every pixel. Every few turns Ma et
al.'s ResNet-18 (random weights: its speed does not depend on them) completes one coalition of the same frame. Without
``--data`` the frame is a simulated one, judged where real ground truth would be. ``--before`` is a checkout of an older
commit (``git worktree add FOLDER COMMIT``), whose game takes turns too, in a process of its own that otherwise waits.
Prints a table and writes benchmarks/results/coalitions.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from lidarsel.evaluation.line_game import LineGame
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
        title, frames = next(iter(held_out(1).items()))
        return title, frames[0]
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


class Here:
    """A game of this process."""

    def __init__(self, game: LineGame, frame: Frame) -> None:
        self._game, self._chosen = game, coalitions_of(frame)
        self.errors = game.errors(0, self._chosen)

    def turn(self) -> float:
        """Seconds a coalition."""
        return seconds(lambda: self._game.errors(0, self._chosen)) / COALITIONS


class Elsewhere:
    """The game of another checkout, in the process of a ``serve``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked, self._said = process.stdin, process.stdout
        self.errors = np.array(json.loads(self._said.readline()))

    def turn(self) -> float:
        self._asked.write("turn\n")
        self._asked.flush()
        return float(self._said.readline())


@contextmanager
def started(options: argparse.Namespace, threads: int, truth: str) -> Iterator[dict[str, Elsewhere]]:
    """The game of ``--before``, if there is one."""
    if options.before is None:
        yield {}
        return
    command = [sys.executable, __file__, "--serve", str(threads), truth]
    for name in ("data", "raw", "weights"):
        command += [f"--{name}", str(getattr(options, name))] if getattr(options, name) else []
    environment = {**os.environ, "PYTHONPATH": str(options.before)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield {"before": Elsewhere(process)}
        assert process.stdin is not None
        process.stdin.close()


def serve(game: Here) -> None:
    """The errors as JSON, and then for every line read a turn's seconds."""
    said: object = json.dumps(game.errors.tolist())
    while True:
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            return
        said = game.turn()


def measure(
    frame: Frame, network: CompletionNetwork, elsewhere: dict[str, Elsewhere], threads: int, turns: int
) -> dict[str, float]:
    """Medians in ms a coalition, ratios turn by turn, and by how much at most the errors of the other ways differ."""
    assert frame.ground_truth_m is not None
    at_truth = Here(line_game([frame], network), frame)
    others: dict[str, Here | Elsewhere] = {
        "whole": Here(line_game([frame], WholeCanvases(network)), frame),
        **elsewhere,
    }
    resnet18 = resnet18_of(frame)
    times: dict[str, list[float]] = {name: [] for name in ("at_truth", *others)}
    resnet18_s = []
    for turn in range(-WARM_UP, turns):
        for name, game in {"at_truth": at_truth, **others}.items():
            taken = game.turn()
            if turn >= 0:
                times[name].append(taken)
        if turn == -1:
            resnet18()
        elif turn >= 0 and turn % RESNET_EVERY == 0:
            resnet18_s.append(seconds(resnet18))
    here_s, theirs_s = statistics.median(times["at_truth"]), statistics.median(resnet18_s)
    row = {"threads": threads, "truth_share": float((frame.ground_truth_m > 0).mean()), "at_truth_ms": 1000 * here_s}
    for name, game in others.items():
        paired = [other / here for other, here in zip(times[name], times["at_truth"], strict=True)]
        row[f"{name}_ms"] = 1000 * statistics.median(times[name])
        row[f"{name}_ratio"] = statistics.median(paired)
        row[f"{name}_differs_by"] = float(np.abs(game.errors - at_truth.errors).max())
    return {**row, "resnet18_ms": 1000 * theirs_s, "resnet18_ratio": theirs_s / here_s}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
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
    judged = {"semi-dense": frame, "dense": with_dense_truth(frame)}
    if options.serve is not None:
        threads, truth = options.serve
        torch.set_num_threads(int(threads))
        serve(Here(line_game([judged[truth]], network), judged[truth]))
        return
    rows = []
    for truth, one in judged.items():
        for threads in options.threads:
            torch.set_num_threads(threads)
            with started(options, threads, truth) as elsewhere:
                rows.append(measure(one, network, elsewhere, threads, options.turns))
    title = f"{about}; a coalition, medians of {options.turns} turns of {COALITIONS}"
    table = Table("", *(f"{row['threads']} threads, {row['truth_share']:.0%} truth" for row in rows), title=title)
    for name in list(rows[0])[2:]:
        table.add_row(name.replace("_", " "), *(f"{row[name]:.3g}" for row in rows))
    Console(width=120).print(table)
    write_result("coalitions", {"frame": about, "size": CROP, "turns": options.turns, "rows": rows})


if __name__ == "__main__":
    main()
