"""Steps of private training: all that a training run does with private data is in here."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from lidarsel.errors import LidarselError
from lidarsel.privacy.masks import fixed_mask, flat, random_score, step_mask
from lidarsel.privacy.mechanism import noisy_sum
from lidarsel.privacy.secret_draws import draw_units
from lidarsel.privacy.statement import PrivacyStatement, state_privacy
from lidarsel.training.batches import FrameSource
from lidarsel.training.objective import Objective
from lidarsel.training.private.budget import step_plan
from lidarsel.training.private.importance import importance
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.units import PrivateUnits
from lidarsel.training.state import RunState

_SHARE, _DROP = 3, 4  # streams of random numbers


class Masks:
    """Which weights take part, by step. They follow from the settings, public frames and the weights, and from nothing
    else.

    Args:
        settings: the share, what chooses it, and what rests.
        start: flat weights before the first step.
        measured: their importance, where that is what chooses.
    """

    def __init__(self, settings: PrivateSettings, start: Tensor, measured: Tensor | None = None) -> None:
        self._settings = settings
        score = measured if measured is not None else self._score(start, _SHARE)
        self.fixed = fixed_mask(settings.share, score)

    def of_step(self, step: int, weights: Tensor) -> Tensor:
        """Bool, flat. weights: as they are before the step, which is private already."""
        return step_mask(self.fixed, self._settings.drop, self._score(weights, _DROP, step))

    def _score(self, weights: Tensor, *stream: int) -> Tensor:
        if self._settings.share_by == "random":
            return random_score(len(weights), self._settings.seed, *stream)
        return weights.abs()


class PrivateStepper:
    """Steps on a state; made before the state is brought to where a killed run was.

    Args:
        state: of the run, at its start.
        settings: of the run.
        units: the private data.
        public: frames to measure importance on.

    Raises:
        UsageError: no noise keeps the budget, or its delta is no promise to so many units.
    """

    def __init__(self, state: RunState, settings: PrivateSettings, units: PrivateUnits, public: FrameSource) -> None:
        self.state, self.settings, self.units = state, settings, units
        plan = step_plan(settings, units)
        self.sampling_rate, self.noise_multiplier = plan.sampling_rate, plan.noise_multiplier
        self.objective = Objective(state.network, settings, state.teacher)
        measured = None
        if settings.share_by == "importance":
            measured = importance(self.objective, state.weights, public, settings)
        self.masks = Masks(settings, flat(state.weights.values()), measured)

    def go_on(self) -> Iterator[None]:
        """The steps that are left, one at a time; they say nothing of how they went.

        Raises:
            LidarselError: a frame that cannot be trained on, or weights that are no numbers any more.
        """
        while self.state.step < self.settings.steps:
            self.take_step()
            yield

    def statement(self) -> PrivacyStatement:
        """What the steps so far have spent, those before the start included."""
        settings = self.settings
        assert self.state.ledger is not None
        public = (
            f"the weights at the start ({self.state.network.start})",
            f"the number of {settings.unit}s, every setting, and how the data are read",
            f"{settings.public}: weights are judged by it"
            + (", and importance is measured on it" if settings.share_by == "importance" else ""),
        )
        return state_privacy(settings.unit, len(self.units), settings.delta, self.state.ledger, public)

    def take_step(self) -> None:
        """One step of noisy gradient descent, written into the ledger."""
        state, settings = self.state, self.settings
        assert state.ledger is not None
        # a run that goes on keeps to the noise that it began with
        noise_multiplier = state.ledger.entries[-1].noise_multiplier if state.step else self.noise_multiplier
        mask = self.masks.of_step(state.step, flat(state.weights.values()))
        chosen = draw_units(len(self.units), self.sampling_rate)
        gradients = (self.gradient(int(unit))[mask] for unit in chosen)
        moved = noisy_sum(gradients, int(mask.sum()), settings.gradient_clip, noise_multiplier)
        whole = torch.zeros(len(mask), dtype=torch.float64)
        whole[mask] = moved / (settings.gradient_clip * self.sampling_rate * len(self.units))
        places = torch.split(whole, [weight.numel() for weight in state.weights.values()])
        for weight, place in zip(state.weights.values(), places, strict=True):
            weight.grad = place.view(weight.shape).to(weight)
        state.ledger = state.ledger.after_step(noise_multiplier, self.sampling_rate)
        state.advance()
        if not math.isfinite(float(flat(state.weights.values()).sum())):
            raise LidarselError(f"the weights are no numbers at step {state.step}; lower the learning rate")

    def gradient(self, unit: int) -> Tensor:
        """Flat gradient of the loss of one unit by itself, in this step.

        By one backward pass a unit: what is per-sample in a batch's backward pass is wrong in silence for some layers
        and layouts of memory (measured with Opacus' hooks and channels_last: 72 to 100 % off).
        """
        device = self.settings.device
        batch = self.units.sample(unit, self.settings, self.state.step)
        loss = self.objective(*(part.to(device) for part in batch))
        return flat(torch.autograd.grad(loss, list(self.state.weights.values())))
