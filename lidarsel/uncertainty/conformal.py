"""Split conformal scaling: by how many spreads answers were off on data kept apart, and so may be off on others.

    score = |answer - truth| / spread,  interval = answer +- q spread

with q the ceil((n + 1) level)-th smallest of n scores, which holds the truth of a new case with a probability of at
least ``level`` where all cases are exchangeable (Vovk, Gammerman and Shafer 2005; Lei et al. 2018). Pixels of one drive
resemble each other more than those of another: of a drive that was not seen, the quantile of few drives' pixels holds
less in the mean, as what it misses of a drive of larger errors is more than what it gains of one of smaller. So whole
drives are kept apart, and the quantile taken is that of another level, the one at which each of them, by the quantile
of the others, is held at ``level`` in the mean. It takes from all drives but one what is then asked of all, as
cross-conformal prediction does (Vovk 2015), and promises no more than a mean over drives like these: the bound for a
new drive, whatever the drives are (Dunn, Wasserman and Ramdas 2022; Lee, Barber and Willett 2023), would give one drive
in K + 1 up, and with fewer than nine no interval of 90 % at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_SCORES = 200
"""A bin with fewer takes the quantile of all bins together."""
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Scores:
    """Of n cases.

    Args:
        score: float64 (n,), >= 0.
        bin: int64 (n,), from 0 on.
        drive: int64 (n,), from 0 on: cases of a drive resemble each other.
    """

    score: NDArray[np.float64]
    bin: NDArray[np.int64]
    drive: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Scores":
        """Those of bool (n,)."""
        return Scores(self.score[chosen], self.bin[chosen], self.drive[chosen])


@dataclass(frozen=True, eq=False)
class Scaling:
    """How many spreads make an interval.

    Args:
        factors: float64 (n_bins,), > 0.
        level: of coverage.
    """

    factors: NDArray[np.float64]
    level: float

    @classmethod
    def fit(cls, scores: "Scores", n_bins: int, levels: Sequence[float]) -> "tuple[Scaling, ...]":
        """The quantiles of scores that hold drives left out, for each of some levels.

        Args:
            scores: n > 0.
            n_bins: how many there are.
            levels: 0 < level < 1 each.

        Raises:
            ValueError: there are no scores.
        """
        if not len(scores.score):
            raise ValueError("there is nothing to scale by")
        counts = np.bincount(scores.bin, minlength=n_bins)
        return tuple(
            cls(_factors(scores, counts, taken), level)
            for level, taken in zip(levels, levels_between(scores, levels), strict=True)
        )

    def half_width(self, spread: NDArray[np.float64], bins: NDArray[np.int64]) -> NDArray[np.float64]:
        """Half of each interval. spread: float64 (n,), bins: int64 (n,) -> float64 (n,)."""
        widths: NDArray[np.float64] = spread * self.factors[bins]
        return widths


def conformal_quantile(scores: NDArray[np.float64], level: float) -> float:
    """The ceil((n + 1) level)-th smallest of n > 0 scores, the greatest where there are too few for that."""
    rank = min(int(np.ceil((len(scores) + 1) * level)), len(scores))
    return float(np.partition(scores, rank - 1)[rank - 1])


def levels_between(scores: Scores, levels: Sequence[float]) -> list[float]:
    """The least level whose quantiles hold each drive, taken of the others, at ``level`` in the mean over drives.

    Args:
        scores: n > 0.
        levels: 0 < level < 1 each.

    Returns:
        For each; the levels themselves where all is of one drive.
    """
    drives, drive, counts = np.unique(scores.drive, return_inverse=True, return_counts=True)
    if len(drives) < 2:
        return list(levels)
    passed = passed_levels(scores)
    order = np.argsort(passed)
    held = np.cumsum(1 / (len(drives) * counts[drive[order]]))  # above that level
    places = np.searchsorted(held, np.array(levels) - _ROUNDING)
    return [float(passed[order[min(place, len(order) - 1)]]) + _ROUNDING for place in places]


def passed_levels(scores: Scores) -> NDArray[np.float64]:
    """Float64 (n,): of each score the level above which the quantile of the scores of other drives in its bin holds it;
    of all bins, where they are fewer than ``LEAST_SCORES``. There are two drives at least."""
    passed, _ = _among_others(scores)
    for each in np.unique(scores.bin):
        here = scores.bin == each
        in_bin, others = _among_others(scores.where(here))
        passed[here] = np.where(others >= LEAST_SCORES, in_bin, passed[here])
    return passed


def _among_others(scores: Scores) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Float64 (n,), the same whatever the bins; and int64 (n,), how many scores the other drives have."""
    below = np.searchsorted(np.sort(scores.score), scores.score)
    order = np.argsort(scores.drive, kind="stable")
    _, counts = np.unique(scores.drive, return_counts=True)
    others = np.empty(len(order), np.int64)
    for places in np.split(order, np.cumsum(counts)[:-1]):
        own = scores.score[places]
        below[places] -= np.searchsorted(np.sort(own), own)
        others[places] = len(order) - len(places)
    return below / (others + 1), others


def _factors(scores: Scores, counts: NDArray[np.int64], level: float) -> NDArray[np.float64]:
    """Of each bin the quantile of its scores; of one with few, that of all. counts: int64 (n_bins,), of each."""
    overall = conformal_quantile(scores.score, level)
    told = [
        conformal_quantile(scores.score[scores.bin == each], level) if n >= LEAST_SCORES else overall
        for each, n in enumerate(counts)
    ]
    factors: NDArray[np.float64] = np.maximum(told, np.finfo(np.float64).tiny)
    return factors
