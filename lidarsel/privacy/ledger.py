"""What private training has spent: every noisy answer about the data, in the order in which they were given."""

from typing import Annotated

import msgspec

MOST_EPSILON = 50.0
"""That can be asked for: beyond it nothing is promised."""
MOST_NOISE = 1000.0
"""Noise multiplier: beyond it nothing would be learned."""
MOST_STEPS = 1_000_000
"""Alike, in a row: more take the accountant hours, and all of the memory."""
_NoiseMultiplier = Annotated[float, msgspec.Meta(ge=0.1, le=MOST_NOISE)]  # with less the accountant never ends
_SamplingRate = Annotated[float, msgspec.Meta(gt=0, le=1)]
_NoisyStepCount = Annotated[int, msgspec.Meta(ge=1, le=MOST_STEPS)]


class NoisySteps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps alike. noise_multiplier: standard deviation of the noise over the most that a unit can move the answer.
    sampling_rate: the chance of each unit to take part in a step."""

    noise_multiplier: _NoiseMultiplier
    sampling_rate: _SamplingRate
    steps: _NoisyStepCount


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """It can only grow: there is no way to take anything out."""

    entries: tuple[NoisySteps, ...] = ()

    def after_step(self, noise_multiplier: float, sampling_rate: float) -> "Ledger":
        """With one step more."""
        step = NoisySteps(noise_multiplier, sampling_rate, 1)
        *before, last = self.entries or (step,)
        if self.entries and msgspec.structs.replace(last, steps=1) == step:
            return Ledger((*before, msgspec.structs.replace(last, steps=last.steps + 1)))
        return Ledger((*self.entries, step))

    @property
    def steps(self) -> int:
        return sum(entry.steps for entry in self.entries)


NOTHING_SPENT = Ledger()
