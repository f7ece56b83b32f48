"""What a user may say about a profile."""

from dataclasses import dataclass
from typing import Annotated

from lidarsel.choices import PrivacyUnit, ProfileFeatures
from lidarsel.errors import UsageError
from lidarsel.options import PRIVACY, Option
from lidarsel.privacy.ledger import MOST_EPSILON

LEAST_DELTA = 1e-12


@dataclass(frozen=True)
class ProfileSettings:
    """epsilon: None for a profile without noise, which promises nothing."""

    epsilon: Annotated[
        float | None, Option("How much the profile may tell of one unit, as 1; to 50. Without it, no privacy.", PRIVACY)
    ] = None
    delta: Annotated[float, Option("The chance that it tells more.", PRIVACY)] = 1e-6
    unit: Annotated[
        PrivacyUnit,
        Option("What is kept private: drive, or frame, whose neighbours may show the same people.", PRIVACY),
    ] = "drive"
    features: Annotated[
        ProfileFeatures, Option("Embed by ntk, gradients of an untrained network, or random fourier features.", PRIVACY)
    ] = "ntk"
    frames: Annotated[int, Option("Most frames of each drive to look at, evenly spaced.", PRIVACY)] = 16

    def __post_init__(self) -> None:
        """Raises UsageError for a value that makes no sense."""
        if self.epsilon is not None and not 0 < self.epsilon <= MOST_EPSILON:
            raise UsageError(f"epsilon is {self.epsilon:g}, but must be above 0 and at most {MOST_EPSILON:g}")
        if not LEAST_DELTA <= self.delta < 1:
            raise UsageError(f"delta is {self.delta:g}, but must be from {LEAST_DELTA:g} to below 1")
        if self.frames < 1:
            raise UsageError(f"frames is {self.frames}, but must be at least 1")
