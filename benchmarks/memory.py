"""Host memory and store size of valuing lines: as the evaluations grow, and as full-size frames go by.

    nice python benchmarks/memory.py [--frames 1000] [--evaluations 20000,250000,1000000] [--full-size 30,90,180]

The first table runs the real path (regression, StoredGame, LineGame, SQLite) on small made frames with a network that
costs next to nothing, so that a million evaluations take minutes: what grows with evaluations and with frames shows.
The second passes full-size frames (352 x 1216, image, dense ground truth: the largest a KITTI frame gets) through the
shipped network: what a frame costs shows, and that it is given back. Each row is a process of its own, its peak the
kernel's (getrusage, ru_maxrss). Prints both tables and writes benchmarks/results/memory.json.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table
from torch import Tensor

from lidarsel.cautions import Caution
from lidarsel.choices import ElevationKind
from lidarsel.completion.registry import load_network
from lidarsel.datasets.base import FileProblem, GroundTruth
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.frame import Frame, ImagePoints, Scan
from lidarsel.shapley.regression import estimate

LINES = 64
FULL_SIZE = (352, 1216)


class MeasuredDepth:
    """The measured depth, 10 m elsewhere: a completion network that costs next to nothing."""

    name, sha256, uses_image, uses_intrinsics = "measured-depth", "00" * 32, False, False

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> None:
        return None

    def complete(self, features: None, sparse_depth_m: Tensor) -> Tensor:
        return torch.where(sparse_depth_m > 0, sparse_depth_m, 10.0)


class RandomFrames:
    """A data set of frames made when they are asked for. size: (H, W); points: of each frame; image: whether any."""

    layout, sensor = "made", "made"
    ground_truth: GroundTruth = "dense"
    notes: Sequence[str] = ()
    cautions: Sequence[Caution] = ()
    root, n_lines, fingerprint = Path("made"), LINES, "11" * 32
    problems: Sequence[FileProblem] = ()
    doubts: Sequence[str] = ()
    elevation_deg: NDArray[np.float64] = -np.arange(LINES, dtype=float)
    elevation_kind: ElevationKind = "cone"

    def __init__(self, frames: int, size: tuple[int, int], points: int, image: bool) -> None:
        self.frame_ids: Sequence[str] = [f"drive/{number:010d}" for number in range(frames)]
        self.drives: Sequence[str] = ["drive"] * frames
        self._size, self._points, self._image = size, points, image

    def __len__(self) -> int:
        return len(self.frame_ids)

    def frame(self, index: int) -> Frame:
        rng = np.random.default_rng(index)
        height, width = self._size
        row = rng.integers(0, height, self._points).astype(np.int32)
        points = ImagePoints(
            row=row,
            column=rng.integers(0, width, self._points).astype(np.int32),
            depth_m=rng.uniform(2, 60, self._points).astype(np.float32),
            line=(row * LINES // height).astype(np.int16),
        )
        truth = rng.uniform(2, 60, self._size).astype(np.float32)
        image = rng.integers(0, 255, (height, width, 3), dtype=np.uint8) if self._image else None
        return Frame(self.frame_ids[index], self._size, LINES, points, image, truth)

    def scan(self, index: int) -> Scan | None:
        return None


class TimedGame(LineGame):
    """Counts the CPU seconds of completion; the rest is what valuing costs beside it: store and estimator."""

    seconds = 0.0

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        start = time.process_time()
        errors = super().errors(frame, coalitions)
        self.seconds += time.process_time() - start
        return errors


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def growing(frames: int, evaluations: int) -> dict[str, float]:
    """One estimate of ``evaluations`` on ``frames`` small frames; 0 evaluations: what the libraries take."""
    row = {"frames": frames, "evaluations": evaluations}
    dataset = RandomFrames(frames, (LINES, 8), 4 * LINES, image=False)
    with tempfile.TemporaryDirectory() as folder, EvaluationStore.open(Path(folder) / "e.sqlite") as store:
        lines = TimedGame(dataset, range(frames), MeasuredDepth(), FULL_SIZE, "cpu")
        game = StoredGame(lines, store)
        start, cpu = time.perf_counter(), time.process_time()
        if evaluations:
            estimate(game, evaluations, seed=0)
        seconds, own = time.perf_counter() - start, time.process_time() - cpu - lines.seconds
        stored = store.count()
        store.close()
        size = (Path(folder) / "e.sqlite").stat().st_size
    sizes = {"stored": stored, "store_bytes": size, "bytes_per_evaluation": size / stored if stored else 0.0}
    return {**row, "peak_bytes": peak_bytes(), **sizes, "seconds": seconds, "own_cpu_seconds": own}


def full_size(frames: int) -> dict[str, float]:
    """Four coalitions on each of ``frames`` full-size frames, twice over, with the shipped network."""
    dataset = RandomFrames(frames, FULL_SIZE, 20_000, image=True)
    game = LineGame(dataset, range(frames), load_network("lidarsel"), FULL_SIZE, "cpu")
    coalitions = np.random.default_rng(0).random((4, LINES)) < 0.5
    for _ in range(2):
        for frame in range(frames):
            game.errors(frame, coalitions)
    return {"frames": frames, "peak_bytes": peak_bytes()}


def in_a_process(*arguments: object) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True
    )
    row: dict[str, float] = json.loads(done.stdout)
    return row


def show(title: str, rows: list[dict[str, float]]) -> None:
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name.replace("bytes", "MiB", 1) if name.endswith("_bytes") else name, justify="right")
    for row in rows:
        cells = (value / 2**20 if name.endswith("_bytes") else value for name, value in row.items())
        table.add_row(*(f"{cell:,.1f}" if isinstance(cell, float) else f"{cell:,}" for cell in cells))
    Console(width=140).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--evaluations", default="20000,250000,1000000")
    parser.add_argument("--full-size", default="30,90,180")
    parser.add_argument("--row", nargs=3, metavar=("KIND", "FRAMES", "EVALUATIONS"), help="one row, as JSON")
    options = parser.parse_args()
    if options.row:
        kind, frames, evaluations = options.row
        row = full_size(int(frames)) if kind == "full-size" else growing(int(frames), int(evaluations))
        sys.stdout.write(json.dumps(row))
        return
    counts = [0, *map(int, options.evaluations.split(","))]
    rows = [in_a_process("--row", "growing", options.frames, count) for count in counts]
    show(f"{options.frames} small frames, regression through the store", rows)
    full = [in_a_process("--row", "full-size", count, 0) for count in map(int, options.full_size.split(","))]
    show(f"full-size frames, {FULL_SIZE[0]} x {FULL_SIZE[1]}, the shipped network", full)
    write_result("memory", {"growing": rows, "full_size": full})


if __name__ == "__main__":
    main()
