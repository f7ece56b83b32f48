"""Which channels of LeNet-5 on Fashion-MNIST can go: rankings of ours beside published ones.

    python benchmarks/lenet.py [--data FOLDER] [--seeds 5] [--networks FOLDER] [--retrain 200] [--workers 1]

Needs Debian's ``dataset-fashion-mnist`` (or ``apt-get download``, ``dpkg -x`` and --data); where it is not there, that
is said and nothing is measured. For each seed a network of widths 10-20-100-25 is trained and its channels ranked on
validation images: by Shapley values of accuracy and by Dirichlet pruning, each layer with all others whole; by Shapley
values of the loss and by Dirichlet pruning *in turn*, each layer with those before it cut already; to first order, by
norms, and by chance. It is cut to eight published widths, by weights that are gone and not by masks, and judged on the
test images as it stands; then trained on for a few steps, beside the same small network from scratch for as many.
Published columns: Adamczewski and Park, 2019. Prints tables and writes benchmarks/results/lenet.json; a quarter of an
hour of one core.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fashion import LabelledImages, add_data_option, is_there, read_fashion
from lenet_network import (
    WIDTHS,
    LayerGame,
    LayerScores,
    LeNet,
    accuracy,
    choose_apart,
    choose_in_turn,
    couplings_of,
    cut,
    train,
)
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.coupling import Kept
from lidarsel.completion.units import units_of
from lidarsel.importance.channels.rankings import RANKINGS
from lidarsel.importance.channels.subject import Learning, Subject, Task
from lidarsel.shapley.registry import estimator

COMPRESSION = (0.95, 0.90, 0.85, 0.80, 0.75, 0.70, 0.65, 0.60)
KEPT = (
    (3, 4, 20, 5),
    (3, 4, 30, 15),
    (3, 8, 40, 5),
    (3, 10, 40, 20),
    (3, 12, 50, 20),
    (3, 12, 60, 10),
    (5, 12, 60, 20),
    (7, 12, 60, 20),
)
PUBLISHED = {
    "published ranking": (33.20, 35.98, 41.32, 61.43, 65.27, 67.83, 69.43, 75.27),
    "published l1": (26.17, 29.65, 25.34, 38.07, 37.28, 37.74, 57.81, 72.29),
    "published l2": (24.30, 27.31, 34.36, 54.38, 56.19, 56.59, 62.55, 66.36),
}
STEPS, RATE = 2800, 6e-3
EVALUATIONS = (60, 200, 700, 200)
"""Of coalitions, by layer."""
N_GAME = 1000
"""Validation images that coalitions are judged on."""
LEARNING = Learning(draws=4, epochs=1, rate=0.1, mean=0.1)
"""Chosen on the validation images of four of the seeds."""
OURS = ("shapley", "shapley in turn", "dirichlet", "dirichlet in turn")
RETRAINED = ("shapley in turn", "dirichlet in turn", "random")


def trained(folder: Path, seed: int, data: LabelledImages) -> LeNet:
    """The network of a seed, from the folder where it has been trained before."""
    file = folder / f"lenet-{seed}.safetensors"
    torch.manual_seed(seed)
    network = LeNet(WIDTHS)
    if file.exists():
        network.load_state_dict(load_file(file))
    else:
        train(network, data, STEPS, RATE, seed)
        save_file(network.state_dict(), file)
    return network.eval()


def shapley(by_loss: bool, data: LabelledImages, seed: int) -> LayerScores:
    """Shapley values of a layer's channels, of the accuracy or of minus the loss."""

    def scores(network: LeNet, layer: int) -> NDArray[np.float64]:
        game = LayerGame(network, layer, data.at(slice(N_GAME)), by_loss)
        return estimator("regression")(game, EVALUATIONS[layer], seed).mean

    return scores


def by_name(name: str, data: LabelledImages, seed: int) -> LayerScores:
    """A ranking of lidarsel's; what comes before a layer is worked out once, as nothing in it is scaled."""

    def answer(module: nn.Module, batch: LabelledImages, layer: int) -> Tensor:
        assert isinstance(module, LeNet)
        found: Tensor = nn.Sequential(*module.stages()[layer + 1 :])(batch.images)
        return found

    def scores(network: LeNet, layer: int) -> NDArray[np.float64]:
        with torch.no_grad():
            made = nn.Sequential(*network.stages()[: layer + 1])(data.images)
        task = Task(
            partial(answer, layer=layer),
            lambda logits, batch: functional.cross_entropy(logits, batch.labels),
            LabelledImages(made, data.labels).batches(100),
            len(data),
        )
        couplings = couplings_of(network.widths)
        units = units_of(couplings, "whole", {couplings[layer].name})
        return RANKINGS[name].scores(Subject(network, couplings, units, task, LEARNING, seed))

    return scores


def choices_of(network: LeNet, data: LabelledImages, seed: int) -> dict[str, list[Kept]]:
    """By ranking, the channels kept at each of KEPT."""
    found = {
        "shapley": choose_apart(network, shapley(False, data, seed), KEPT),
        "shapley in turn": choose_in_turn(network, shapley(True, data, seed), KEPT),
        "dirichlet": choose_apart(network, by_name("dirichlet", data, seed), KEPT),
        "dirichlet in turn": choose_in_turn(network, by_name("dirichlet", data, seed), KEPT),
    }
    rivals = [name for name in RANKINGS if name not in found]
    return {**found, **{name: choose_apart(network, by_name(name, data, seed), KEPT) for name in rivals}}


def measure_seed(seed: int, folder: Path, retrain: int, data_folder: Path) -> dict[str, Any]:
    """Test accuracies in per cent: of the whole network, and by KEPT of each ranking, cut and trained on."""
    torch.set_num_threads(1)
    started = time.process_time()
    training, validation, test = read_fashion(data_folder)
    whole = trained(folder, seed, training)
    chosen = choices_of(whole, validation, seed)
    networks = {name: [cut(whole, stay) for stay in choices] for name, choices in chosen.items()}
    row: dict[str, Any] = {
        "seed": seed,
        "whole": accuracy(whole, test),
        "cut": {name: [accuracy(network, test) for network in smaller] for name, smaller in networks.items()},
    }
    torch.manual_seed(seed)
    networks["from scratch"] = [LeNet(widths) for widths in KEPT]
    row["retrained"] = {}
    for name in (*RETRAINED, "from scratch"):
        for network in networks[name]:
            train(network, training, retrain, RATE, seed)
        row["retrained"][name] = [accuracy(network, test) for network in networks[name]]
    return {**row, "core_seconds": time.process_time() - started}


def means(rows: list[dict[str, Any]], key: str) -> dict[str, list[float]]:
    """Ranking -> mean over seeds, by KEPT."""
    return {name: np.mean([row[key][name] for row in rows], axis=0).tolist() for name in rows[0][key]}


def show(console: Console, title: str, columns: Mapping[str, Any], spread: Mapping[str, Any]) -> None:
    table = Table("%", *map(str, COMPRESSION), title=title)
    for name, figures in columns.items():
        errors = spread.get(name)
        cells = [f"{value:.2f}" + (f" ±{errors[n]:.1f}" if errors else "") for n, value in enumerate(figures)]
        table.add_row(name, *cells)
    console.print(table)


def misses(cut_means: Mapping[str, list[float]], retrained: Mapping[str, list[float]]) -> list[str]:
    """Where a bar of the project is not reached, a sentence each."""
    found = []
    bars = {"published ranking": PUBLISHED["published ranking"], "l1": cut_means["l1"], "l2": cut_means["l2"]}
    for name in OURS:
        for bar, figures in bars.items():
            below = [c for c, ours, theirs in zip(COMPRESSION, cut_means[name], figures, strict=True) if ours <= theirs]
            if below:
                found.append(f"{name} is not above {bar} at {', '.join(map(str, below))}")
    for name in sorted(set(RETRAINED).intersection(OURS)):
        pairs = zip(COMPRESSION, retrained[name], retrained["from scratch"], strict=True)
        below = [c for c, ours, theirs in pairs if ours < theirs]
        if below:
            found.append(f"{name}, trained on, is below from scratch at {', '.join(map(str, below))}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--networks", type=Path, help="folder that keeps trained networks; without it they are not kept"
    )
    parser.add_argument("--workers", type=int, default=1, help="networks measured at once, a core each")
    parser.add_argument("--retrain", type=int, default=200, help="steps of 128 images after the cut")
    options = parser.parse_args()
    console = Console(width=120)
    if not is_there(options.data, console):
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.networks or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
            measure = partial(measure_seed, folder=folder, retrain=options.retrain, data_folder=options.data)
            for row in pool.map(measure, range(options.seeds)):
                rows.append(row)
                console.print(f"seed {row['seed']}: {row['whole']:.2f} % whole, {row['core_seconds']:.0f} s of a core")
    whole = float(np.mean([row["whole"] for row in rows]))
    tables = {key: means(rows, key) for key in ("cut", "retrained")}
    title = f"test accuracy without retraining, {len(rows)} networks of {whole:.2f} % (published: 90.04 %)"
    deviation = {
        name: np.std([row["cut"][name] for row in rows], axis=0, ddof=min(1, len(rows) - 1)).tolist()
        for name in tables["cut"]
    }
    show(console, title, {**tables["cut"], **PUBLISHED}, deviation)
    show(console, f"after {options.retrain} steps of training", tables["retrained"], {})
    missed = misses(tables["cut"], tables["retrained"])
    for line in missed:
        console.print(line)
    content = {
        "compression": COMPRESSION,
        "widths": KEPT,
        "whole": whole,
        **tables,
        "deviation": deviation,
        "missed": missed,
        "retrain_steps": options.retrain,
        "seeds": rows,
    }
    write_result("lenet", content)


if __name__ == "__main__":
    main()
