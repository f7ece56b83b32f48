"""When enough coalitions have been evaluated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import half_width
from lidarsel.errors import UsageError
from lidarsel.shapley.correction import CorrectedValues
from lidarsel.shapley.stop_reason import StopReason

FIRST_ROUND = 512
"""Pairs in the first round; each later round doubles them."""


@dataclass(frozen=True)
class StopRule:
    """What ends an estimate before its evaluations are used up. With both rules, either does.

    Looks are taken after 512 pairs and at each doubling.

    Args:
        target_se: no player's standard error is greater (in the game's unit), or the difference between the frames
            alone is more than that, which no number of coalitions changes.
        until_stable: the so many players of greatest value are told from the others.
        confidence: with which they are.

    Raises:
        UsageError: a number out of range.
    """

    target_se: float | None = None
    until_stable: int | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.target_se is not None and not 0 < self.target_se < np.inf:
            raise UsageError(f"target_se must be a positive number, not {self.target_se}")
        if self.until_stable is not None and self.until_stable < 1:
            raise UsageError(f"until_stable must be at least 1 player, not {self.until_stable}")
        if not 0.5 <= self.confidence < 1:
            raise UsageError(f"confidence must be at least 0.5 and below 1, not {self.confidence}")

    @property
    def given(self) -> bool:
        """Whether there is any rule."""
        return self.target_se is not None or self.until_stable is not None

    def reached(self, values: CorrectedValues, look: int) -> StopReason | None:
        """The rule that ends the estimate at the look-th look (1, 2, ...), or None."""
        if self.target_se is not None and precise(values, self.target_se):
            return "target-se"
        if self.target_se is not None and not_by_coalitions(values, self.target_se):
            return "frames-differ"
        if self.until_stable is not None and stable(values, self.until_stable, self.confidence, look):
            return "until-stable"
        return None


NEVER = StopRule()


def rounds(fewest: int, most: int) -> list[int]:
    """How many pairs are there after each round: doubling, and no last round of a few pairs."""
    counts = [min(max(FIRST_ROUND, fewest), most)]
    while counts[-1] < most:
        double = 2 * counts[-1]
        counts.append(double if double <= 0.75 * most else most)
    return counts


def precise(values: CorrectedValues, target_se: float) -> bool:
    """True where every player's standard error is at most target_se."""
    return bool((values.covariance.diagonal() <= target_se**2).all())


def not_by_coalitions(values: CorrectedValues, target_se: float) -> bool:
    """True where more coalitions could not bring every standard error to target_se, only more frames.

    The part of the variance that is between frames does not shrink with coalitions.
    """
    between = values.covariance.diagonal() - values.sampling_variance
    return bool((between > target_se**2).any())


def stable(values: CorrectedValues, top: int, confidence: float, look: int) -> bool:
    """True where the ``top`` players of greatest value are told from the others at the given confidence.

    Each difference between one inside and one outside must be greater than its Student-t half width, one-sided. The
    error probability 1 - confidence is shared out over the looks, 1 / (look (look + 1)) to the look-th (1, 2, ...),
    which sums to 1 over any number of looks, and equally over the differences (Bonferroni).
    """
    n = len(values.mean)
    if top >= n:
        return True
    order = np.argsort(-values.mean, kind="stable")
    inside, outside = order[:top], order[top:]
    error = (1 - confidence) / (look * (look + 1)) / (len(inside) * len(outside))
    variance = values.covariance.diagonal()
    of_difference = variance[inside, None] + variance[outside] - 2 * values.covariance[np.ix_(inside, outside)]
    difference: NDArray[np.float64] = values.mean[inside, None] - values.mean[outside]
    standard_error = np.sqrt(np.maximum(of_difference, 0))
    return bool((difference > half_width(standard_error, values.degrees_of_freedom, 1 - 2 * error)).all())
