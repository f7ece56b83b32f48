"""What a training run is made of at any step, and what one step does to it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from lidarsel.completion.base import TrainableNetwork
from lidarsel.completion.memory import lay_out_channels_last
from lidarsel.completion.spreading import drawing_weights, learning_spread
from lidarsel.privacy.ledger import NOTHING_SPENT
from lidarsel.training.batches import Batch
from lidarsel.training.objective import Objective
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings

_WEIGHTS = 2  # a stream of random numbers; batches have 0 and 1
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

    The network's module is moved to the settings' device and trained in place; a teacher's is moved too. n_frames: that
    are trained on. ledger: what the weights have spent of their data's privacy; None where nothing is kept private.
    """

    def __init__(
        self,
        settings: TrainSettings,
        network: TrainableNetwork,
        teacher: TrainableNetwork | None = None,
        n_frames: int = 1,
    ) -> None:
        self.settings, self.network, self.teacher, self.step = settings, network, teacher, 0
        self.n_frames = n_frames
        if teacher is not None:
            teacher.module.to(settings.device).requires_grad_(False)
        self.ledger = NOTHING_SPENT if isinstance(settings, PrivateSettings) else None
        self.losses: list[float] = []
        self.best: Best | None = None
        network.module.to(settings.device)
        lay_out_channels_last(network.module)
        self.weights = dict(network.module.named_parameters())
        self.average = {name: weight.detach().clone() for name, weight in self.weights.items()}
        groups = self._groups()
        self.optimiser: torch.optim.Optimizer = torch.optim.AdamW(
            groups, lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        if self.ledger is not None:  # noise would fill the memory of Adam's, and move weights that take no part
            self.optimiser = torch.optim.SGD(groups, lr=settings.learning_rate)

    def _groups(self) -> list[dict[str, Any]]:
        """The weights with their share of the learning rate: those of a spread have more of a small one."""
        spreading = learning_spread(self.network)
        fast = set() if spreading is None else set(spreading.spread_weights)
        slow = [weight for name, weight in self.weights.items() if name not in fast]
        groups: list[dict[str, Any]] = [{"params": slow, "share": 1.0}]
        if fast:
            share = max(1.0, SPREAD_LEARNING_RATE / self.settings.learning_rate)
            groups.append({"params": [self.weights[name] for name in sorted(fast)], "share": share})
        return groups

    @property
    def has_moments(self) -> bool:
        """Whether the optimiser remembers means of gradients and of their squares."""
        return isinstance(self.optimiser, torch.optim.AdamW)

    def advance(self) -> None:
        """Move the weights by their gradients, at the step's learning rate, and their running mean after them."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["share"] * self.learning_rate()
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
        self._own = Objective(state.network, state.settings, state.teacher)
        self.objective: torch.nn.Module = self._own
        if processes.count > 1:
            self.objective = DistributedDataParallel(self.objective)

    def _draw(self) -> None:
        """Weights that are drawn, anew for each step, the same in every process and after a kill. Their divergence is
        shared by all that the frames tell, the depth of a cell of 4 x 4 pixels each, and comes in over the first half
        of the steps: at once it would take the weights away before they are wanted."""
        state, s = self.state, self.state.settings
        drawing = drawing_weights(state.network)
        if drawing is None:
            return
        drawing.draw(np.random.default_rng([s.seed, _WEIGHTS, state.step]))
        cells = state.n_frames * s.crop[0] * s.crop[1] / 16
        self._own.divergence_share = min(1.0, 2 * state.step / s.steps) / cells

    def __call__(self, batch: Batch) -> float:
        """One step; returns its loss, the mean over processes."""
        state, s = self.state, self.state.settings
        self._draw()
        loss = self.objective(*(part.to(s.device, non_blocking=True) for part in batch))
        state.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(state.weights.values(), s.gradient_clip)
        state.advance()
        return float(self.processes.mean(loss.detach()))
