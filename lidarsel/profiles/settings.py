"""What a user may say about a profile."""

from dataclasses import dataclass
from typing import Annotated

from lidarsel.choices import ProfileFeatures
from lidarsel.errors import UsageError
from lidarsel.options import PRIVACY, Option
from lidarsel.privacy.asked import UnitAsked, what_is_wrong_with
from lidarsel.privacy.ledger import MOST_EPSILON

LEAST_DELTA = 1e-12


@dataclass(frozen=True)
class ProfileSettings:
    """epsilon: None for a profile without noise, which promises nothing."""

    epsilon: Annotated[
        float | None, Option("How much the profile may tell of one unit, as 1; to 50. Without it, no privacy.", PRIVACY)
    ] = None
    delta: Annotated[float, Option("The chance that it tells more.", PRIVACY)] = 1e-6
    unit: UnitAsked = "drive"
    features: Annotated[
        ProfileFeatures, Option("Embed by ntk, gradients of an untrained network, or random fourier features.", PRIVACY)
    ] = "ntk"
    frames: Annotated[int, Option("Most frames of each drive to look at, evenly spaced.", PRIVACY)] = 16

    def __post_init__(self) -> None:
        """Raises UsageError for a value that makes no sense."""
        epsilon = MOST_EPSILON if self.epsilon is None else self.epsilon
        if problem := what_is_wrong_with(epsilon, self.delta, LEAST_DELTA):
            raise UsageError(problem)
        if self.frames < 1:
            raise UsageError(f"frames is {self.frames}, but must be at least 1")
