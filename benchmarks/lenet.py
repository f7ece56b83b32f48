"""Which channels of LeNet-5 on Fashion-MNIST can go: rankings of ours beside published ones.

    python benchmarks/lenet.py [--data FOLDER] [--seeds 5] [--networks FOLDER] [--retrain 300]

Needs Debian's ``dataset-fashion-mnist`` (or ``apt-get download``, ``dpkg -x`` and --data); where it is not there, that
is said and nothing is measured. For each seed a network of widths 10-20-100-25 is trained and its channels ranked: by
Shapley values of accuracy on validation images (one game a layer, the others whole), by Dirichlet pruning, to first
order, by norms, and by chance. It is cut to eight published widths, by weights that are gone and not by masks, and
judged on the test images as it stands; then trained on for a few steps, beside the same small network from scratch for
as many. Published columns: Adamczewski and Park, 2019. Prints tables and writes benchmarks/results/lenet.json; about 15
minutes of one core.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fashion import PLACE, Labelled, read_fashion
from lenet_network import WIDTHS, LayerGame, LeNet, accuracy, best, couplings_of, cut, train
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table
from safetensors.torch import load_file, save_file
from torch.nn import functional

from lidarsel.completion.coupling import Kept
from lidarsel.completion.units import units_of
from lidarsel.importance.channels.rankings import RANKINGS
from lidarsel.importance.channels.subject import Learning, Subject, Task
from lidarsel.shapley.registry import estimator

Scores = Mapping[str, NDArray[np.float64]]
"""By layer, float64 (channels,)."""

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
EVALUATIONS = (200, 800, 3000, 800)
"""Of coalitions, by layer."""
N_GAME = 2000
"""Validation images that coalitions are judged on."""
LEARNING = Learning(draws=8, epochs=3, rate=0.05)
RETRAINED = ("shapley", "dirichlet", "random")


def trained(folder: Path, seed: int, data: Labelled) -> LeNet:
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


def shapley(network: LeNet, data: Labelled, seed: int) -> Scores:
    """Shapley values of every layer's channels."""
    game_data = data.at(slice(N_GAME))
    return {
        coupling.name: estimator("regression")(LayerGame(network, layer, game_data), evaluations, seed).mean
        for layer, (coupling, evaluations) in enumerate(zip(couplings_of(WIDTHS), EVALUATIONS, strict=True))
    }


def subject_of(network: LeNet, data: Labelled, seed: int) -> Subject:
    """What the rankings by name are given: every channel, and the loss on validation images."""
    couplings = couplings_of(WIDTHS)
    task = Task(
        lambda module, batch: module(batch.images),
        lambda logits, batch: functional.cross_entropy(logits, batch.labels),
        data.batches(100),
        len(data),
    )
    return Subject(network, couplings, units_of(couplings, "whole"), task, LEARNING, seed)


def rankings(network: LeNet, data: Labelled, seed: int) -> dict[str, Scores]:
    """The scores of every ranking."""
    subject = subject_of(network, data, seed)
    found = {"shapley": shapley(network, data, seed)}
    for name, ranking in RANKINGS.items():
        scores = ranking.scores(subject)
        found[name] = {layer: scores[places] for layer, places in subject.places.items()}
    return found


def measure_seed(seed: int, folder: Path, retrain: int, data: tuple[Labelled, Labelled, Labelled]) -> dict[str, Any]:
    """Test accuracies in per cent: of the whole network, and by KEPT of each ranking, cut and trained on."""
    training, validation, test = data
    started = time.process_time()
    whole = trained(folder, seed, training)
    scores = rankings(whole, validation, seed)
    kept: dict[str, list[Kept]] = {name: [best(of, widths) for widths in KEPT] for name, of in scores.items()}
    networks = {name: [cut(whole, stay) for stay in choices] for name, choices in kept.items()}
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
    for name in ("shapley", "dirichlet"):
        for other, figures in (("published ranking", PUBLISHED["published ranking"]), *list(cut_means.items())):
            if other not in ("published ranking", "l1", "l2"):
                continue
            below = [c for c, ours, theirs in zip(COMPRESSION, cut_means[name], figures, strict=True) if ours <= theirs]
            if below:
                found.append(f"{name} is not above {other} at {', '.join(map(str, below))}")
        pairs = zip(COMPRESSION, retrained[name], retrained["from scratch"], strict=True)
        below = [c for c, ours, theirs in pairs if ours < theirs]
        if below:
            found.append(f"{name}, trained on, is below from scratch at {', '.join(map(str, below))}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=PLACE, help="folder of the four .gz files")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--networks", type=Path, help="folder that keeps trained networks; without it they are not kept"
    )
    parser.add_argument("--retrain", type=int, default=300, help="steps of 128 images after the cut")
    options = parser.parse_args()
    console = Console(width=120)
    if not options.data.is_dir():
        console.print(f"skipped: there is no {options.data}; apt-get install dataset-fashion-mnist, or give --data")
        return
    data = read_fashion(options.data)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.networks or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for seed in range(options.seeds):
            rows.append(measure_seed(seed, folder, options.retrain, data))
            console.print(f"seed {seed}: {rows[-1]['whole']:.2f} % whole, {rows[-1]['core_seconds']:.0f} s of a core")
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
