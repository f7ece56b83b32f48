"""What a training run is made of at any step, and what one step does to it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from lidarsel.completion.base import TrainableNetwork, learning_spread
from lidarsel.completion.memory import lay_out_channels_last
from lidarsel.training.batches import Batch
from lidarsel.training.objective import Objective
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings

SPREAD_LEARNING_RATE = 2e-3
"""The least peak of a spread's weights: they are new where the others are not, and bend nothing else."""


@dataclass(frozen=True)
class Best:
    """The averaged weights that did best in validation. rmse_mm: by budget, as ``Validation`` gives it."""

    step: int
    rmse_mm: dict[str, float]
    weights: dict[str, Tensor]


class RunState:
    """Weights, their running mean, optimiser, step, losses since the last line of the log, and the best so far.

    The network's module is moved to the settings' device and trained in place; a teacher's is moved too.
    """

    def __init__(
        self, settings: TrainSettings, network: TrainableNetwork, teacher: TrainableNetwork | None = None
    ) -> None:
        self.settings, self.network, self.teacher, self.step = settings, network, teacher, 0
        if teacher is not None:
            teacher.module.to(settings.device).requires_grad_(False)
        self.losses: list[float] = []
        self.best: Best | None = None
        network.module.to(settings.device)
        lay_out_channels_last(network.module)
        self.weights = dict(network.module.named_parameters())
        self.average = {name: weight.detach().clone() for name, weight in self.weights.items()}
        spreading = learning_spread(network)
        fast = set() if spreading is None else set(spreading.spread_weights)
        slow = [weight for name, weight in self.weights.items() if name not in fast]
        groups = [{"params": slow, "share": 1.0}]
        if fast:
            share = max(1.0, SPREAD_LEARNING_RATE / settings.learning_rate)
            groups.append({"params": [self.weights[name] for name in sorted(fast)], "share": share})
        self.optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay)

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
        for group in state.optimiser.param_groups:
            group["lr"] = group["share"] * state.learning_rate()
        loss = self.objective(*(part.to(s.device, non_blocking=True) for part in batch))
        state.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(state.weights.values(), s.gradient_clip)
        state.optimiser.step()
        state.step += 1
        decay = min(s.ema_decay, (1 + state.step) / (10 + state.step))
        with torch.no_grad():
            for name, weight in state.weights.items():
                state.average[name].lerp_(weight, 1 - decay)
        return float(self.processes.mean(loss.detach()))
