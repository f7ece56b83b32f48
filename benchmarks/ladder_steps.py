"""How long a training step of a ladder's networks takes, plain and with experts, beside what is reckoned with.

    python benchmarks/ladder_steps.py DATA [--crop 128x424] [--turns 8]

DATA: two frames or more. One thread; each network takes a step on the same batch, of two images with three sets of
lines each, in turns; the median of the processor's time, which other work on the machine changes less than the clock's.
Prints the table in docs/scaling.md, and writes benchmarks/results/ladder_steps.json; the constants of
lidarsel/workflow/expected_ladder.py are fitted to it.
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.options import parse_size
from lidarsel.training.batches import FrameList, make_batch
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import RunState, Stepper
from lidarsel.workflow.expected_ladder import training_step_s
from lidarsel.workflow.ladder_rungs import NetworkSize, size_of

SIZES = (
    *((1.0, experts, 1) for experts in (1, 2, 3, 4, 8, 16)),
    *((1.0, experts, grain) for experts, grain in ((2, 4), (4, 2), (8, 2))),
    *((0.5, experts, 1) for experts in (1, 4, 8)),
    (1.4, 1, 1),
)
"""Width, experts, granularity; the first is what the others are beside."""


def steppers(frames: FrameList, recipe: TrainSettings, sizes: list[NetworkSize]) -> list[Stepper]:
    """Trainings of each size, about to take a step."""
    states = [
        RunState(TrainSettings(crop=recipe.crop, design=size.design), TrainableLidarselNet(size.design, 0), None, 2)
        for size in sizes
    ]
    return [Stepper(state, Processes()) for state in states]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--crop", default="128x424")
    parser.add_argument("--turns", type=int, default=8)
    given = parser.parse_args()
    torch.set_num_threads(1)
    dataset = open_dataset(given.data, ReadOptions())
    frames = FrameList([dataset.frame(0), dataset.frame(1)])
    recipe = TrainSettings(crop=parse_size("--crop", given.crop))
    batch = make_batch(frames, recipe, 0)
    image = (batch.image.shape[-2], batch.image.shape[-1])
    sizes = [size_of(*size, image, "cpu") for size in SIZES]
    trainings = steppers(frames, recipe, sizes)
    taken: list[list[float]] = [[] for _ in trainings]
    for turn in range(given.turns + 1):
        for training, times in zip(trainings, taken, strict=True):
            start_s = time.process_time()
            training(batch)
            if turn:
                times.append(time.process_time() - start_s)
    seconds = [statistics.median(times) for times in taken]
    reckoned = [training_step_s(size, recipe, image) for size in sizes]
    table = Table(title=f"A step, {image[0]} x {image[1]}")
    for name in ("width", "experts", "active GMAC", "s", "beside the first", "reckoned"):
        table.add_column(name, justify="right")
    for size, each_s, told_s in zip(sizes, seconds, reckoned, strict=True):
        giga = 3e-9 * recipe.images_per_step * size.macs.of_image(recipe.subsets_per_image)
        beside = (f"{each_s / seconds[0]:.2f}", f"{told_s / reckoned[0]:.2f}")
        table.add_row(f"{size.width:g}", size.told_experts, f"{giga:.2f}", f"{each_s:.3f}", *beside)
    Console().print(table)
    keys = ("width", "experts", "granularity", "step_s", "reckoned_s")
    measured = zip(SIZES, seconds, reckoned, strict=True)
    rows = [dict(zip(keys, (*size, *of_step), strict=True)) for size, *of_step in measured]
    write_result("ladder_steps", {"crop": image, "rows": rows})


if __name__ == "__main__":
    main()
