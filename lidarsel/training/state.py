"""What a training run is made of at any step, and what one step does to it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from lidarsel.completion.base import TrainableNetwork
from lidarsel.completion.memory import lay_out_channels_last
from lidarsel.privacy.ledger import NOTHING_SPENT
from lidarsel.training.batches import Batch
from lidarsel.training.objective import Objective
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings


@dataclass(frozen=True)
class Best:
    """The averaged weights that did best in validation. rmse_mm: by budget, as ``Validation`` gives it."""

    step: int
    rmse_mm: dict[str, float]
    weights: dict[str, Tensor]


class RunState:
    """Weights, their running mean, optimiser, step, losses since the last line of the log, and the best so far.

    The network's module is moved to the settings' device and trained in place; a teacher's is moved too. ledger: what
    the weights have spent of their data's privacy; None where nothing is kept private.
    """

    def __init__(
        self, settings: TrainSettings, network: TrainableNetwork, teacher: TrainableNetwork | None = None
    ) -> None:
        self.settings, self.network, self.teacher, self.step = settings, network, teacher, 0
        if teacher is not None:
            teacher.module.to(settings.device).requires_grad_(False)
        self.ledger = NOTHING_SPENT if isinstance(settings, PrivateSettings) else None
        self.losses: list[float] = []
        self.best: Best | None = None
        network.module.to(settings.device)
        lay_out_channels_last(network.module)
        self.weights = dict(network.module.named_parameters())
        self.average = {name: weight.detach().clone() for name, weight in self.weights.items()}
        self.optimiser: torch.optim.Optimizer = torch.optim.AdamW(
            self.weights.values(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        if self.ledger is not None:  # noise would fill the memory of Adam's, and move weights that take no part
            self.optimiser = torch.optim.SGD(self.weights.values(), lr=settings.learning_rate)

    @property
    def has_moments(self) -> bool:
        """Whether the optimiser remembers means of gradients and of their squares."""
        return isinstance(self.optimiser, torch.optim.AdamW)

    def advance(self) -> None:
        """Move the weights by their gradients, at the step's learning rate, and their running mean after them."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        self.optimiser.step()
        self.step += 1
        decay = min(self.settings.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, weight in self.weights.items():
                self.average[name].lerp_(weight, 1 - decay)

    def learning_rate(self) -> float:
        """Of the step to come: linear up to the peak, then half a cosine down to zero."""
        s = self.settings
        warm_up = min(s.warm_up_steps, s.steps // 5)
        if self.step < warm_up:
            return s.learning_rate * (self.step + 1) / warm_up
        done = (self.step - warm_up) / max(1, s.steps - warm_up)
        return s.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


class Stepper:
    """Optimiser steps on a state, gradients averaged over processes."""

    def __init__(self, state: RunState, processes: Processes) -> None:
        self.state, self.processes = state, processes
        self.objective: torch.nn.Module = Objective(state.network, state.settings, state.teacher)
        if processes.count > 1:
            self.objective = DistributedDataParallel(self.objective)

    def __call__(self, batch: Batch) -> float:
        """One step; returns its loss, the mean over processes."""
        state, s = self.state, self.state.settings
        loss = self.objective(*(part.to(s.device, non_blocking=True) for part in batch))
        state.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(state.weights.values(), s.gradient_clip)
        state.advance()
        return float(self.processes.mean(loss.detach()))
