"""Coalitions a second of lidarsel's network, with the image features shared by a frame's coalitions and without, beside
a ResNet-18 sparse-to-dense network of Ma et al.'s design.

    python benchmarks/network.py [--weights FILE] [--threads 2] [--rounds 30]

All run turn by turn in one process, so that what else the machine does falls on all. The ResNet-18 (random weights:
its speed does not depend on them) sees one coalition every ``RESNET_EVERY`` turns, as it takes seconds. Prints a table
and writes benchmarks/results/network.json.
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

from lidarsel.completion import sparse_to_dense
from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.registry import load_network

HEIGHT, WIDTH = 352, 1216
BATCHES = (1, 4, 8, 16)
RESNET_EVERY = 10


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


def measure_resnet18(rounds: int) -> tuple[float, float]:
    """Median seconds of a coalition: of Ma et al.'s ResNet-18, and of ours shared, taken in turn."""
    torch.manual_seed(0)
    resnet = sparse_to_dense.resnet18().eval()
    ours = load_network("lidarsel")
    image = torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))
    features, sparse = ours.encode(image), coalitions(1)
    times: list[tuple[float, float]] = []
    with torch.inference_mode():
        for _ in range(1 + max(3, rounds // RESNET_EVERY)):  # the first turn warms up
            theirs_s = seconds(lambda: resnet(image, sparse))
            ours.complete(features, sparse)
            ours_s = statistics.median(seconds(lambda: ours.complete(features, sparse)) for _ in range(20))
            times.append((theirs_s, ours_s))
    return statistics.median(t for t, _ in times[1:]), statistics.median(o for _, o in times[1:])


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
    resnet_s, ours_s = measure_resnet18(options.rounds)
    said = f"ResNet-18 of Ma et al.: {1 / resnet_s:.3g} coalitions/s; ours, shared, in turn: {1 / ours_s:.3g}"
    Console(width=100).print(f"{said}; ratio {resnet_s / ours_s:.0f}")
    result = {"size": [HEIGHT, WIDTH], "threads": options.threads, "rounds": options.rounds, "rows": rows}
    result["resnet18"] = {"resnet18_per_s": 1 / resnet_s, "ours_per_s": 1 / ours_s, "ratio": resnet_s / ours_s}
    write_result("network", result)


if __name__ == "__main__":
    main()
