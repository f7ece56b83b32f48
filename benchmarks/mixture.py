"""A mixture of experts beside plain networks of equal active and of equal total work.

    python benchmarks/mixture.py TRAIN JUDGED [--steps 300] [--images-per-step 2] [--seeds 0 1] [--experts 4]

TRAIN, JUDGED: folders of frames, simulated ones say (`lidarsel simulate`), of which the second has other streets. The
networks, all of lidarsel's own width: plain; with experts of which one computes each place; the same divided into two,
of which two do; and a plain one with so many channels at 1/8 that it takes the MACs of all experts together. Each is
trained from nothing by the same loop for as many steps, for each seed, and judged with several numbers of lines. Then
all complete a KITTI-sized frame in turns, by one thread: the median of the processor's time, which other work on the
machine hardly changes. Prints a table and writes benchmarks/results/mixture.json.
"""

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from results import write_result
from rich.console import Console
from rich.table import Table
from training_loop import trained

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.mixture import Mixture
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.evaluation.line_numbers import mean_mm
from lidarsel.shrinking.work import Work
from lidarsel.training.batches import FrameList
from lidarsel.training.settings import TrainSettings
from lidarsel.training.validation import Validation

KITTI = (352, 1216)
WARM_UP = 3  # turns


def coalition_macs(design: Design) -> float:
    """Of a set of lines on a KITTI-sized frame, of experts those of the active ones."""
    return Work(FrozenLidarselNet(LidarselNet(design), "cpu"), KITTI).macs({}).coalition


def total_macs(design: Design) -> float:
    """The same with all experts at work."""
    mixtures = [module for module in LidarselNet(design).modules() if isinstance(module, Mixture)]
    active = sum(sum(module.macs_a_place().values()) for module in mixtures) * KITTI[0] * KITTI[1] / 64
    return coalition_macs(design) + active * (design.width("experts") / design.active_experts - 1)


def wide(macs: float) -> Design:
    """The plain design whose MACs are nearest, by its channels at 1/8."""
    d4, _, d16 = Design().depth_channels
    designs = [Design(depth_channels=(d4, d8, d16)) for d8 in range(48, 200, 8)]
    return min(designs, key=lambda design: abs(coalition_macs(design) - macs))


def processor_ms(networks: Sequence[LidarselNet], turns: int) -> list[float]:
    """Of a set of lines on a KITTI-sized frame, one thread."""
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, *KITTI, generator=generator)
    sparse = torch.zeros(1, 1, *KITTI)
    sparse[..., KITTI[0] // 3 :: 8, :] = 10.0
    ready = [(frozen, frozen.encode(image)) for frozen in (FrozenLidarselNet(network, "cpu") for network in networks)]
    taken: list[list[float]] = [[] for _ in ready]
    for turn in range(turns + WARM_UP):
        for (frozen, features), times in zip(ready, taken, strict=True):
            start = time.process_time()
            frozen.complete(features, sparse)
            if turn >= WARM_UP:
                times.append(1000 * (time.process_time() - start))
    return [statistics.median(times) for times in taken]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("judged", type=Path)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--experts", type=int, default=4)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--images-per-step", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    train, judged = (open_dataset(folder, ReadOptions()) for folder in (options.train, options.judged))
    frames = FrameList([train.frame(index) for index in range(len(train))])
    validation = Validation(judged, len(judged), "auto", "cpu")
    mixture = Design(experts=options.experts)
    designs = {
        "plain": Design(),
        f"{options.experts} experts": mixture,
        f"{options.experts} experts in 2": replace(mixture, granularity=2),
        "plain, total": wide(total_macs(mixture)),
    }
    console = Console(width=110)
    errors: dict[str, list[Mapping[str, float]]] = {name: [] for name in designs}
    networks: dict[str, LidarselNet] = {}
    for seed in options.seeds:
        for name, design in designs.items():
            settings = TrainSettings(
                steps=options.steps,
                seed=seed,
                images_per_step=options.images_per_step,
                ema_decay=0.99,
                crop=judged.frame(0).size,
            )
            networks[name] = trained(TrainableLidarselNet(design, seed), settings, frames).module
            frozen = FrozenLidarselNet(networks[name], "cpu")
            errors[name].append(validation.rmse_mm(frozen))
            console.print(f"seed {seed}, {name}: {mean_mm(errors[name][-1].values()):.0f} mm")
    taken = processor_ms(list(networks.values()), options.turns)
    rows: list[dict[str, Any]] = []
    for (name, design), ms in zip(designs.items(), taken, strict=True):
        numbers = {lines: float(np.mean([each[lines] for each in errors[name]])) for lines in errors[name][0]}
        rows.append(
            {
                "network": name,
                "macs": coalition_macs(design),
                "parameters": sum(weight.numel() for weight in networks[name].parameters()),
                "processor_ms": ms,
                "rmse_mm": numbers,
                "means_mm": [mean_mm(each.values()) for each in errors[name]],
                "mean_mm": mean_mm(numbers.values()),
            }
        )
    table = Table("network", "GMAC", "M", "ms", *rows[0]["rmse_mm"], "mean", "of each seed")
    for row in rows:
        table.add_row(
            row["network"],
            f"{row['macs'] / 1e9:.2f}",
            f"{row['parameters'] / 1e6:.2f}",
            f"{row['processor_ms']:.1f}",
            *(f"{value:.0f}" for value in row["rmse_mm"].values()),
            f"{row['mean_mm']:.0f}",
            " ".join(f"{value:.0f}" for value in row["means_mm"]),
        )
    console.print(table)
    write_result("mixture", {**vars(options), "rows": rows})


if __name__ == "__main__":
    main()
