"""What a ranking of units is given: the network, what belongs together in it, and what it is used for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from lidarsel.completion.coupling import Coupling
from lidarsel.completion.units import Unit
from lidarsel.errors import LidarselError, UsageError


@dataclass(frozen=True)
class Task:
    """What a network answers, and how good the answer is.

    Args:
        answer: of a network and a batch, a tensor of any shape, differentiable by the network's weights.
        loss: of such an answer and its batch, a scalar: the mean over the batch's data, in nats where importance is
            learned, as it is set beside a divergence. Less is better.
        batches: of any type.
        n_data: how many data all batches hold together.
    """

    answer: Callable[[nn.Module, Any], Tensor]
    loss: Callable[[Tensor, Any], Tensor]
    batches: Sequence[Any]
    n_data: int

    def finite_loss(self, answer: Tensor, batch: Any) -> Tensor:
        """``loss``. Raises LidarselError where it is not finite."""
        loss = self.loss(answer, batch)
        if not bool(loss.isfinite()):
            raise LidarselError(f"the network's loss is {loss.item()} on a batch; no importance can be learned from it")
        return loss


@dataclass(frozen=True)
class Learning:
    """How importance is learned by scaled units.

    Args:
        draws: of the scales for each batch, over which answers are averaged: each costs a pass through the network.
        epochs: how often every batch is seen.
        rate: Adam's learning rate.
        start: alpha of every unit before the first step.
        prior: alpha of every unit before any data.
        mean: of the scales, above 0 (see ``importance.scaled``). On LeNet-5, 0.1 to 0.3 did about as well as each
            other, and 1 worse than norms.
        together: all layers are scaled at once; else one after another, the others whole.
    """

    draws: int = 8
    epochs: int = 5
    rate: float = 0.05
    start: float = 2.0
    prior: float = 2.0
    mean: float = 0.2
    together: bool = False


@dataclass(frozen=True)
class Subject:
    """What is ranked.

    Args:
        module: the network; it is left as it is, to the bit. Batch normalisation and dropout follow its mode, which a
            caller sets beforehand.
        couplings: its layers.
        units: what is ranked, each of one layer; no channel twice.
        task: None where there is no data.
        learning: for rankings that learn.
        seed: of everything random.
        radii: float64 (channels,) by layer, of posteriors, for the ranking by these.
    """

    module: nn.Module
    couplings: Sequence[Coupling]
    units: Sequence[Unit]
    task: Task | None = None
    learning: Learning = field(default_factory=Learning)
    seed: int = 0
    radii: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def used_for(self) -> Task:
        """``task``. Raises UsageError where there is none, or no batch."""
        if self.task is None or not self.task.batches:
            raise UsageError("this ranking of channels goes by data, and there is none; give some, or rank by l1")
        return self.task

    @property
    def places(self) -> dict[str, list[int]]:
        """By layer, in the order of units: which units are of it."""
        found: dict[str, list[int]] = {}
        for place, unit in enumerate(self.units):
            found.setdefault(unit.layer, []).append(place)
        return found
