"""Private training of LeNet-5 on Fashion-MNIST, by how many weights take part and by what chooses them.

    python benchmarks/private_lenet.py [--data FOLDER] [--epsilon 3] [--steps 400] [--seeds 2] [--workers 1]

Needs Debian's ``dataset-fashion-mnist`` (or ``apt-get download``, ``dpkg -x`` and --data); where it is not there, that
is said and nothing is measured. From random weights, widths 10-20-100-25; an image is a private unit, delta 1e-5.
*Frozen*: only a share of the weights is trained, the same in all steps. *Selected*: a share of them moves in a step,
drawn anew in each. By chance, or the largest weights, at the start and at the step. Masks, clipping, noise, sampling
and accounting are those of ``lidarsel train --private``; gradients are of each image by itself,
by ``torch.func``.
Prints a table of test accuracies and writes benchmarks/results/private_lenet.json.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from fashion import LabelledImages, add_data_option, is_there, read_fashion
from lenet_network import WIDTHS, LeNet, accuracy
from results import write_result
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from lidarsel.privacy.accounting import noise_for
from lidarsel.privacy.ledger import NOTHING_SPENT
from lidarsel.privacy.masks import flat
from lidarsel.privacy.mechanism import noisy_sum
from lidarsel.privacy.secret_draws import draw_units
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.stepper import Masks

DELTA, EPSILON = 1e-5, 3.0
EXPECTED_BATCH = 128
CLIP = 1.0
RATE = 4.0
"""Of plain gradient descent, for the mean of gradients that are clipped to ``CLIP``; the same for all rows."""
SHARES = (0.05, 0.3)
Chooser = Literal["random", "magnitude"]


@dataclass(frozen=True)
class Choice:
    """Which weights take part: a share that is frozen beforehand, and of it the share that moves in a step."""

    fixed: float = 1.0
    moving: float = 1.0
    by: Chooser = "random"

    def __str__(self) -> str:
        if self.fixed == self.moving == 1:
            return "all"
        share, how = (self.fixed, "frozen") if self.fixed < 1 else (self.moving, "selected")
        return f"{share:.0%} {how}, {self.by}"

    def masks(self, start: Tensor, seed: int) -> Masks:
        """As of ``lidarsel train --private``."""
        private = {"private": True, "epsilon": EPSILON, "weight_decay": 0.0}  # none of which a mask asks for
        settings = PrivateSettings(**private, share=self.fixed, share_by=self.by, drop=1 - self.moving, seed=seed)  # type: ignore[arg-type]
        return Masks(settings, start)


BY: tuple[Chooser, ...] = ("random", "magnitude")
CHOICES = (
    Choice(),
    *(Choice(fixed=share, by=by) for by in BY for share in SHARES),
    *(Choice(moving=share, by=by) for by in BY for share in SHARES),
)


def gradients(network: LeNet, data: LabelledImages) -> Tensor:
    """(n, weights): of the cross-entropy of each image by itself, by all weights in their order."""
    weights = {name: weight.detach() for name, weight in network.named_parameters()}
    if not len(data):  # Poisson sampling may draw nobody
        return torch.empty(0, sum(weight.numel() for weight in weights.values()))

    def loss(given: dict[str, Tensor], image: Tensor, label: Tensor) -> Tensor:
        logits = functional_call(network, given, (image[None],))
        return functional.cross_entropy(logits, label[None])

    found = vmap(grad(loss), in_dims=(None, 0, 0))(weights, data.images, data.labels)
    return torch.cat([found[name].flatten(1) for name in weights], 1)


def train_privately(
    network: LeNet, data: LabelledImages, choice: Choice, noise_multiplier: float, steps: int, seed: int
) -> None:
    """Noisy gradient descent whose rate falls to nothing; noise multiplier 0: only clipped."""
    chance = EXPECTED_BATCH / len(data)
    masks = choice.masks(flat(network.parameters()), seed)
    for step in range(steps):
        mask = masks.of_step(step, flat(network.parameters()))
        batch = data.at(torch.from_numpy(draw_units(len(data), chance)))
        taking_part = gradients(network, batch)[:, mask]
        moved = noisy_sum(taking_part, int(mask.sum()), CLIP, noise_multiplier)
        whole = torch.zeros(len(mask), dtype=torch.float64)
        whole[mask] = moved / EXPECTED_BATCH
        rate = RATE * (1 - step / steps)
        parts = torch.split(whole, [weight.numel() for weight in network.parameters()])
        with torch.no_grad():
            for weight, part in zip(network.parameters(), parts, strict=True):
                weight.sub_(rate * part.view(weight.shape).to(weight))


@dataclass(frozen=True)
class Run:
    choice: Choice
    private: bool
    seed: int


def measure(run: Run, noise_multiplier: float, steps: int, data_folder: Path) -> tuple[float, float]:
    """Test accuracy in per cent, and seconds of a core."""
    torch.set_num_threads(1)
    started = time.process_time()
    training, _, test = read_fashion(data_folder)
    torch.manual_seed(run.seed)
    network = LeNet(WIDTHS)
    train_privately(network, training, run.choice, noise_multiplier if run.private else 0.0, steps, run.seed)
    return accuracy(network.eval(), test), time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--epsilon", type=float, default=EPSILON)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1, help="trainings at once, a core each")
    options = parser.parse_args()
    console = Console(width=120)
    if not is_there(options.data, console):
        return
    n_images = len(read_fashion(options.data)[0])
    noise = noise_for(options.epsilon, DELTA, EXPECTED_BATCH / n_images, options.steps, NOTHING_SPENT)
    console.print(f"noise multiplier {noise:.3f} keeps epsilon {options.epsilon:g} over {options.steps} steps")
    runs = [
        Run(choice, private, seed) for choice in CHOICES for private in (False, True) for seed in range(options.seeds)
    ]
    found: dict[tuple[Choice, bool], list[float]] = {}
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        work = partial(measure, noise_multiplier=noise, steps=options.steps, data_folder=options.data)
        for run, (percent, seconds) in zip(runs, pool.map(work, runs), strict=True):
            found.setdefault((run.choice, run.private), []).append(percent)
            told = f"epsilon {options.epsilon:g}" if run.private else "no noise"
            console.print(f"{run.choice}, {told}, seed {run.seed}: {percent:.2f} %, {seconds:.0f} s of a core")
    table = Table("test accuracy, %", "no noise", f"epsilon {options.epsilon:g}")
    for choice in CHOICES:
        cells = [found[choice, private] for private in (False, True)]
        table.add_row(str(choice), *(f"{np.mean(each):.1f} ({min(each):.1f} to {max(each):.1f})" for each in cells))
    console.print(table)
    rows = [
        {"choice": str(choice), "private": private, "accuracy": figures} for (choice, private), figures in found.items()
    ]
    content = {"epsilon": options.epsilon, "noise_multiplier": noise, "steps": options.steps, "rows": rows}
    write_result("private_lenet", content)


if __name__ == "__main__":
    main()
