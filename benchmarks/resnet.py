"""A network of another kind made smaller: Ma et al.'s ResNet-18, trained shortly, cut by `lidarsel shrink`, retrained.

    python benchmarks/resnet.py TRAIN --judge OTHER [--steps 300] [--macs 50%] [--by l1] [--retrain 150] [--out FOLDER]

TRAIN and OTHER are simulated (`lidarsel simulate TRAIN --image-size 96x320 --drives 24 --frames 3`): a network of 26
million weights learns little in an hour of two cores, and on small images it learns the most. From random weights it is
trained for --steps on TRAIN, its normalisation by each batch; the command cuts and retrains it as a user's own; beside
it stands the whole network trained on for as many steps by the same loop. All are judged on OTHER at 0, 4, 8, 16, 32
and all lines, and timed in turns. Prints a table and writes benchmarks/results/resnet.json.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import torch
from results import write_result
from rich.console import Console
from rich.table import Table
from torch import nn
from training_loop import trained

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.foreign.cuttable import CuttableNetwork
from lidarsel.completion.foreign.trainable import TrainableForeignNetwork
from lidarsel.completion.registry import load_network
from lidarsel.completion.sparse_to_dense import OUTPUT_SCALE_M, SparseToDense
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.evaluation.line_numbers import mean_mm
from lidarsel.shrinking.timing import milliseconds
from lidarsel.training.batches import FrameList, make_batch
from lidarsel.training.settings import TrainSettings
from lidarsel.training.validation import Validation
from lidarsel.workflow.retraining import LEARNING_RATE

FACTORY = "lidarsel.completion.sparse_to_dense:resnet18"
JUDGED_FRAMES = 24
WINDOW = (64, 160)  # a third of a small image: one core trains on whole ones for hours
PEAK_RATE = 3e-4  # at 1e-3 the loss stood still from the 100th step to the 300th, where it was stopped
MIDDLE_DEPTH_M = 15.0
SETTLING_BATCHES = 18  # all 72 frames of TRAIN once


def frames_of(data: Path) -> FrameList:
    """The frames of a data set, read once."""
    dataset = open_dataset(data, ReadOptions())
    return FrameList([dataset.frame(index) for index in range(len(dataset))])


def resnet18(weights: Path | None) -> CuttableNetwork:
    """As `--network` opens it."""
    network = load_network(FACTORY, weights)
    assert isinstance(network, CuttableNetwork)
    return network


def train_from_nothing(frames: FrameList, steps: int, weights: Path) -> None:
    """ResNet-18 from random weights; normalisation learns its statistics, which a trained network then keeps.

    What is below the network's least depth has no gradient, and random weights put half of all pixels there: its last
    layer starts at a street's middle depth instead.
    """
    torch.manual_seed(0)
    start = TrainableForeignNetwork(resnet18(None))
    network = start.module.network
    assert isinstance(network, SparseToDense)
    bias = network.get_parameter("convtf.0.bias")
    nn.init.constant_(bias, MIDDLE_DEPTH_M / OUTPUT_SCALE_M)
    start.module.train()
    settings = TrainSettings(
        steps=steps, images_per_step=4, subsets_per_image=1, crop=WINDOW, ema_decay=0.98, learning_rate=PEAK_RATE
    )
    trained(start, settings, frames, tell_every=50)
    _settle(start, settings, frames)
    torch.save(network.state_dict(), weights)


@torch.no_grad()
def _settle(network: TrainableForeignNetwork, settings: TrainSettings, frames: FrameList) -> None:
    """Statistics of normalisation anew, for the mean of the weights: those of training belong to the last weights."""
    for module in network.module.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the mean over all batches
    network.module.train()
    for step in range(SETTLING_BATCHES):
        batch = make_batch(frames, settings, step)
        network.log_depths(batch.image, batch.position, batch.sparse_depth_m)
    network.module.eval()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--macs", default="50%")
    parser.add_argument("--by", default="l1")
    parser.add_argument("--retrain", type=int, default=150)
    parser.add_argument("--out", type=Path, default=Path("runs/resnet"))
    return parser.parse_args()


def main() -> None:
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    frames = frames_of(given.train)
    weights, small = given.out / "resnet18.pth", given.out / "small.pt2"
    if not weights.exists():
        train_from_nothing(frames, given.steps, weights)
    command = ["shrink", given.train, "-o", small, "--network", FACTORY, "--weights", weights, "--macs", given.macs]
    command += ["--by", given.by, "--retrain", given.retrain, "--budget", "8", "--sets", "16", "--max-frames", "24"]
    command += ["--retrain-on", given.train]
    subprocess.run([sys.executable, "-m", "lidarsel", *map(str, command)], check=True)

    whole = resnet18(weights)
    again = TrainSettings(steps=given.retrain, learning_rate=LEARNING_RATE, warm_up_steps=50)
    trained_on = trained(TrainableForeignNetwork(whole), again, frames)
    networks: dict[str, CompletionNetwork] = {
        "whole": whole,
        "whole, trained on": trained_on.freeze(dict(trained_on.module.named_parameters()), "cpu"),
        "cut and retrained": load_network(str(small)),
    }
    judge = Validation(frames_of(given.judge), JUDGED_FRAMES, "auto", "cpu")
    errors = {name: judge.rmse_mm(network) for name, network in networks.items()}
    size = frames.frame(0).size
    times = dict(zip(networks, milliseconds(list(networks.values()), size), strict=True))
    table = Table("network", "ms a coalition", "coalitions/s, whole = 1", "RMSE, mm (0, 4, 8, 16, 32, all; mean)")
    for name in networks:
        rmse = " ".join(f"{value:.0f}" for value in errors[name].values()) + f"; {mean_mm(errors[name].values()):.0f}"
        rate = times["whole"].coalition / times[name].coalition
        table.add_row(name, f"{times[name].coalition:.1f}", f"{rate:.2f}", rmse)
    Console(width=120).print(table)
    rows = [{"network": name, "ms": times[name].coalition, "rmse_mm": errors[name]} for name in networks]
    write_result("resnet", {"steps": given.steps, "retrain": given.retrain, "rows": rows})


if __name__ == "__main__":
    main()
