"""Importance of units by scales that are drawn from a Dirichlet distribution for each layer ("Dirichlet pruning").

Adamczewski and Park, AISTATS 2021; the network's weights are frozen, the distributions are all that is learned. Two
things are otherwise: the mean of the scales is free (``importance.scaled``), and layers can be learned all at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.importance.channels.scaling import ScaledNetwork
from lidarsel.importance.channels.subject import Subject
from lidarsel.importance.dirichlet import global_generator, moments, raw_of
from lidarsel.importance.scaled import draw_scales, objective


@dataclass(frozen=True, eq=False)
class ChannelImportance:
    """What was learned.

    Args:
        mean: float64 (units,), the mean share of each; the shares of a layer sum to 1.
        spread: float64 (units,), the standard deviation of each share.
        scale: float64 (units,), the mean share over that of a layer of equals, mean 1 in a layer: layers compare.
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    scale: NDArray[np.float64]


def learn_channel_importance(subject: Subject) -> ChannelImportance:
    """Learn a Dirichlet for each layer that units are of.

    Raises:
        UsageError: there is no data.
        LidarselError: the network's loss is not finite.
    """
    network = ScaledNetwork(subject)
    raws = {
        layer: torch.full((len(places),), raw_of(subject.learning.start), dtype=torch.float64, requires_grad=True)
        for layer, places in subject.places.items()
    }
    with global_generator(subject.seed), torch.enable_grad():
        if subject.learning.together:
            _learn(subject, network, raws)
        else:
            for layer, raw in raws.items():
                _learn(subject, network, {layer: raw})
    mean, spread, scale = np.zeros((3, len(subject.units)))
    for layer, places in subject.places.items():
        mean[places], spread[places] = moments(raws[layer])
        scale[places] = len(places) * mean[places]
    return ChannelImportance(mean, spread, scale)


def _learn(subject: Subject, network: ScaledNetwork, raws: dict[str, Tensor]) -> None:
    """Move the parameters of some layers, all scaled at once."""
    task, learning = subject.used_for, subject.learning
    optimiser = torch.optim.Adam(raws.values(), lr=learning.rate)
    rng = np.random.default_rng([subject.seed, 5])
    for batch in _shuffled(task.batches, learning.epochs, rng):
        scales = {layer: draw_scales(raw, learning.draws, learning.mean) for layer, raw in raws.items()}
        answers = [
            network({layer: drawn[draw] for layer, drawn in scales.items()}, batch) for draw in range(learning.draws)
        ]
        loss = task.finite_loss(torch.stack(answers).mean(0), batch)
        optimiser.zero_grad()
        torch.autograd.backward(objective(loss.cpu(), list(raws.values()), learning.prior, task.n_data))
        optimiser.step()


def _shuffled(batches: Sequence[Any], epochs: int, rng: np.random.Generator) -> Iterator[Any]:
    for _ in range(epochs):
        for number in rng.permutation(len(batches)):
            yield batches[number]
