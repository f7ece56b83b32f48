"""Coalitions a second of lidarsel's network, with the image features shared by a frame's coalitions and without.

    python benchmarks/network.py [--weights FILE] [--threads 2] [--rounds 30]

All run turn by turn in one process, so that what else the machine does falls on all. These are whole depth images; what
a coalition costs through the line game, and beside other networks, is in coalitions.py. Prints a table and writes
benchmarks/results/network.json.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.registry import load_network

HEIGHT, WIDTH = 352, 1216
BATCHES = (1, 4, 8, 16)


def coalitions(batch: int) -> torch.Tensor:
    """(batch, 1, 352, 1216): as many points as KITTI's 46 visible lines and fewer have, on slanting rows."""
    generator = torch.Generator().manual_seed(0)
    depth = torch.zeros(batch, 1, HEIGHT, WIDTH)
    column = torch.arange(0, WIDTH, 2)
    for i in range(batch):
        for line in range(0, 46, 1 + i % 4):
            row = (125 + 4.8 * line + 6 * torch.sin(column / 200)).long()
            depth[i, 0, row, column] = 5 + 60 * torch.rand(len(column), generator=generator)
    return depth


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(network: CompletionNetwork, rounds: int) -> list[dict[str, float]]:
    """A row for each batch size: median coalitions/s shared and unshared, and median seconds of encoding."""
    image = torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))
    rows = []
    for batch in BATCHES:
        sparse = coalitions(batch)
        features = network.encode(image)
        works: dict[str, Callable[[], object]] = {
            "shared": lambda f=features, s=sparse: network.complete(f, s),  # type: ignore[misc]
            "unshared": lambda s=sparse: [network.complete(network.encode(image), one[None]) for one in s],  # type: ignore[misc]
            "encode": lambda: network.encode(image),
        }
        times: dict[str, list[float]] = {name: [] for name in works}
        for turn in range(rounds + 2):
            for name, work in works.items():
                taken = seconds(work)
                if turn >= 2:  # the first two turns warm up
                    times[name].append(taken)
        median = {name: statistics.median(values) for name, values in times.items()}
        rows.append(
            {
                "batch": batch,
                "shared_per_s": batch / median["shared"],
                "unshared_per_s": batch / median["unshared"],
                "ratio": median["unshared"] / median["shared"],
                "encode_ms": 1000 * median["encode"],
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = measure(load_network("lidarsel", options.weights), options.rounds)
    title = f"{HEIGHT} x {WIDTH}, float32, {options.threads} threads, medians of {options.rounds} turns"
    table = Table("batch", "shared/s", "unshared/s", "ratio", "encode ms", title=title)
    for row in rows:
        table.add_row(*(f"{value:.4g}" for value in row.values()))
    Console(width=100).print(table)
    result = {"size": [HEIGHT, WIDTH], "threads": options.threads, "rounds": options.rounds, "rows": rows}
    write_result("network", result)


if __name__ == "__main__":
    main()
