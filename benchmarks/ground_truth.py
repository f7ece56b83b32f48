"""Simulated ground truth beside KITTI's own: how dense, how much of the measurements, how far from them.

    python benchmarks/ground_truth.py [../shared/data/kitti_depth] [--simulated 24] [--seed 9000]

A row for each data set with official ground truth that is given, and one for held-out simulated streets, one frame of
each: means over frames. "shared" is the share of measured pixels that have ground truth; "nearer", "same" and
"farther" say how the ground truth lies to the measurement there. Prints a table and writes
benchmarks/results/ground_truth.json.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from frames import counted
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import Frame
from lidarsel.simulation.frames import simulate_frames
from lidarsel.simulation.settings import SimulateSettings


def figures(frame: Frame) -> dict[str, float]:
    """Of one whole frame; depths and errors in metres."""
    truth, measured = frame.ground_truth_m, frame.points.draw(*frame.size)
    assert truth is not None
    shared = (truth > 0) & (measured > 0)
    error = (truth - measured)[shared].astype(np.float64)
    low, high, highest = np.percentile(truth[truth > 0], [50, 90, 99])
    return {
        "dense": float((truth > 0).mean()),
        "shared": float(shared.sum() / (measured > 0).sum()),
        "rmse_m": float(np.sqrt(np.square(error).mean())),
        "mae_m": float(np.abs(error).mean()),
        "over_1_m": float((np.abs(error) > 1).mean()),
        "nearer": float((error < 0).mean()),
        "same": float((error == 0).mean()),
        "farther": float((error > 0).mean()),
        "p50_m": float(low),
        "p90_m": float(high),
        "p99_m": float(highest),
    }


def row_of(frames: Iterable[Frame]) -> dict[str, float]:
    """Means over frames, and how many they are."""
    each = [figures(frame) for frame in frames]
    return {"frames": len(each), **{name: float(np.mean([one[name] for one in each])) for name in each[0]}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="*", help="KITTI depth completion folders")
    parser.add_argument("--simulated", type=int, default=24)
    parser.add_argument("--seed", type=int, default=9000)
    options = parser.parse_args()
    rows = {}
    for path in options.data:
        dataset = open_dataset(path, ReadOptions(ground_truth="official"))
        rows[str(path)] = row_of(dataset.frame(i) for i in counted(range(len(dataset)), str(path)))
    settings = SimulateSettings(seed=options.seed, frames=options.simulated, frames_per_scene=1)
    rows[f"simulated, seed {options.seed}"] = row_of(simulate_frames(settings))
    names = next(iter(rows.values()))
    table = Table("", *names, title="ground truth")
    for title, row in rows.items():
        table.add_row(title, *(f"{value:.3g}" for value in row.values()))
    Console(width=160).print(table)
    write_result("ground_truth", rows)


if __name__ == "__main__":
    main()
