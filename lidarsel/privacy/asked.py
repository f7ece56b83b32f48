"""What a user asks of privacy, of a training and of a profile alike."""

from typing import Annotated

from lidarsel.choices import PrivacyUnit
from lidarsel.options import PRIVACY, Option
from lidarsel.privacy.ledger import MOST_EPSILON

UnitAsked = Annotated[
    PrivacyUnit,
    Option("What is kept private: drive, or frame, whose neighbours may show the same people.", PRIVACY),
]


def what_is_wrong_with(epsilon: float, delta: float, least_delta: float) -> str | None:
    """Of a budget that is no use, by the name of what is wrong; None of any other. least_delta: that can be counted."""
    if not 0 < epsilon <= MOST_EPSILON:
        return f"epsilon is {epsilon:g}, but must be above 0 and at most {MOST_EPSILON:g}"
    if not least_delta <= delta < 1:
        return f"delta is {delta:g}, but must be from {least_delta:g} to below 1"
    return None
