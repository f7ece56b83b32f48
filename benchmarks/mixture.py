"""A mixture of experts beside plain networks of equal active and of equal total work.

    python benchmarks/mixture.py TRAIN JUDGED [--steps 300] [--images-per-step 2] [--seeds 0 1] [--experts 4]

TRAIN, JUDGED: folders of frames, simulated ones say (`lidarsel simulate`), of which the second has other streets. The
networks, all of lidarsel's own width: plain; with experts of which one computes each place; the same divided into two,
of which two do; and a plain one with so many channels at 1/8 that it takes the MACs of all experts together. Each is
trained from nothing by the same loop for as many steps, for each seed, and judged with several numbers of lines. Then
all complete a KITTI-sized frame in turns, on one thread: coalitions/s. Last, for the mixtures, which expert computes
what: the share of places by their distance to the nearest measurement above or below, with sixteen lines. Prints tables
and writes benchmarks/results/mixture.json.
"""

import argparse
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

from lidarsel.completion.lidarsel_net.columns import to_columns
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.image_encoder import pad
from lidarsel.completion.lidarsel_net.mixture import Mixture, Routing
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.evaluation.line_numbers import mean_mm, spaced_lines
from lidarsel.frame import Frame
from lidarsel.shrinking.timing import milliseconds
from lidarsel.shrinking.work import Work
from lidarsel.training.batches import FrameList
from lidarsel.training.settings import TrainSettings
from lidarsel.training.validation import Validation

KITTI = (352, 1216)
LINES_ROUTED = 16
BANDS_PX = (4, 12, 36)
"""Edges of the distances to a measurement that places are told by."""


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


def routed(network: LidarselNet, frames: Sequence[Frame]) -> list[list[float]]:
    """For each band of distance the share of each narrow expert; places that see no measurement are left out."""
    counts = np.zeros((len(BANDS_PX) + 2, network.design.width("experts")))
    for frame in frames:
        assert frame.image is not None
        there = np.isin(np.arange(frame.n_lines), frame.points.line)
        (kept,) = spaced_lines(there, [LINES_ROUTED])
        image = torch.from_numpy(np.ascontiguousarray(frame.image)).permute(2, 0, 1)[None].float() / 255
        sparse = torch.from_numpy(frame.points.of_lines(kept).draw(*frame.size))[None, None]
        seen: list[Routing] = []
        with torch.inference_mode():
            network.predict_log(network.encode(image), sparse, seen.append)
            columns = to_columns(pad(sparse))
            none = torch.tensor(torch.inf)
            above = torch.where(columns.has_above, columns.above_px, none)
            below = torch.where(columns.has_below, columns.below_px, none)
        # The nearest of a place's four cells.
        near = -torch.nn.functional.max_pool2d(-torch.minimum(above, below), 2).numpy().ravel()
        band = np.where(np.isinf(near), len(BANDS_PX) + 1, np.searchsorted(BANDS_PX, near))
        for chosen in seen[0].chosen[0].numpy():
            np.add.at(counts, (band, chosen.ravel()), 1)
    shares: list[list[float]] = (counts / counts.sum(1, keepdims=True).clip(min=1))[:-1].tolist()
    return shares


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
    taken = milliseconds([FrozenLidarselNet(network, "cpu") for network in networks.values()], KITTI, options.turns)
    rows: list[dict[str, Any]] = []
    for (name, design), ms in zip(designs.items(), taken, strict=True):
        numbers = {lines: float(np.mean([each[lines] for each in errors[name]])) for lines in errors[name][0]}
        rows.append(
            {
                "network": name,
                "macs": coalition_macs(design),
                "parameters": sum(weight.numel() for weight in networks[name].parameters()),
                "per_s": 1000 / ms.coalition,
                "rmse_mm": numbers,
                "means_mm": [mean_mm(each.values()) for each in errors[name]],
                "mean_mm": mean_mm(numbers.values()),
            }
        )
    table = Table("network", "GMAC", "M", "coalitions/s", *rows[0]["rmse_mm"], "mean", "of each seed")
    for row in rows:
        table.add_row(
            row["network"],
            f"{row['macs'] / 1e9:.2f}",
            f"{row['parameters'] / 1e6:.2f}",
            f"{row['per_s']:.0f}",
            *(f"{value:.0f}" for value in row["rmse_mm"].values()),
            f"{row['mean_mm']:.0f}",
            " ".join(f"{value:.0f}" for value in row["means_mm"]),
        )
    console.print(table)
    some = [judged.frame(index) for index in range(0, len(judged), max(1, len(judged) // 8))]
    shares = {name: routed(network, some) for name, network in networks.items() if network.design.is_mixture}
    edges = (0, *BANDS_PX)
    bands = [f"{a} to {b} px" for a, b in zip(edges, BANDS_PX, strict=False)] + [f"above {edges[-1]} px"]
    for name, of_bands in shares.items():
        table = Table(name, *(f"{number}" for number in range(len(of_bands[0]))))
        for band, row_of in zip(bands, of_bands, strict=True):
            table.add_row(band, *(f"{100 * share:.0f} %" for share in row_of))
        console.print(table)
    write_result("mixture", {**vars(options), "rows": rows, "bands": bands, "shares": shares})


if __name__ == "__main__":
    main()
