"""What a run's budget of privacy comes to: how often units are drawn, and how much noise hides them."""

from dataclasses import dataclass

from lidarsel.errors import UsageError
from lidarsel.privacy.accounting import noise_for
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.units import PrivateUnits


@dataclass(frozen=True)
class StepPlan:
    """sampling_rate: the chance of each unit to take part in a step. noise_multiplier: standard deviation of the noise
    over the most that a unit can move a step."""

    sampling_rate: float
    noise_multiplier: float


def step_plan(settings: PrivateSettings, units: PrivateUnits) -> StepPlan:
    """The steps that keep the budget, all of them together.

    Raises:
        UsageError: no noise keeps it, or its delta is no promise to so many units.
    """
    assert settings.epsilon is not None
    if settings.delta * len(units) >= 1:
        raise UsageError(
            f"--delta {settings.delta:g} would let a training give away one of the {len(units)} {settings.unit}s "
            f"whole; give less than {1 / len(units):.2g}"
        )
    rate = min(1.0, settings.images_per_step / len(units))
    return StepPlan(rate, noise_for(settings.epsilon, settings.delta, rate, settings.steps, units.spent))
