"""How far a mean over frames holds for frames like these: the one place that makes a 95 % interval.

Every half width is Student's quantile times a standard error: with two frames 12.7 of them, where the two of a normal
distribution would be right 70 times in 100. One frame says nothing of others, and has no interval. What was measured
before these forms were chosen: docs/mathematics.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
STRETCHES = 4
"""The most stretches that one drive is cut into. Longer stretches depend less on each other; fewer make the quantile
greater. Measured on simulated drives (docs/mathematics.md)."""

FARTHEST = 1000.0
"""The greatest ratio of an end of an interval to the error: two unlike frames alone would give 10^12, and errors from
a millimetre to a kilometre are all there are."""

Grouping = Literal["drives", "stretches"]

Standing = Literal["best", "tied", "behind"]
"""Of a method among those that keep as many lines: of least error; not told from that one; worse beyond chance."""


@dataclass(frozen=True)
class ConfidenceInterval:
    """The ends of a 95 % interval, and the degrees of freedom of the Student quantile that made it; all None = none."""

    low: float | None
    high: float | None
    degrees_of_freedom: float | None


NO_INTERVAL = ConfidenceInterval(None, None, None)


@dataclass(frozen=True, eq=False)
class Groups:
    """Which frames belong together: frames of a group resemble each other, and only groups count as independent.

    Args:
        of_frame: int64 (F,), the group of each frame, 0..count - 1.
        kind: whole drives; or stretches of neighbouring frames, where all frames are of one drive. An interval between
            stretches speaks of that drive, one between drives of drives like these.
    """

    of_frame: NDArray[np.int64]
    kind: Grouping

    @property
    def count(self) -> int:
        return int(self.of_frame.max()) + 1


def independent_groups(drives: Sequence[str]) -> Groups:
    """The groups of frames in order of time, of which each one's drive is given; at least one frame."""
    number = {name: place for place, name in enumerate(dict.fromkeys(drives))}
    if len(number) > 1:
        return Groups(np.array([number[name] for name in drives], np.int64), "drives")
    stretches = min(len(drives), STRETCHES)
    return Groups(np.arange(len(drives), dtype=np.int64) * stretches // len(drives), "stretches")


def quantile(degrees_of_freedom: float, confidence: float = CONFIDENCE) -> float:
    """Standard errors from the middle of Student's interval to either end; normal where freedom is infinite."""
    from scipy.special import ndtri, stdtrit

    upper = 0.5 + confidence / 2
    return float(ndtri(upper) if np.isinf(degrees_of_freedom) else stdtrit(degrees_of_freedom, upper))


def half_width(
    standard_error: NDArray[np.float64] | Sequence[float] | float,
    degrees_of_freedom: float,
    confidence: float = CONFIDENCE,
) -> NDArray[np.float64]:
    """Half the width of Student's confidence interval, of the shape of the standard errors."""
    return quantile(degrees_of_freedom, confidence) * np.asarray(standard_error, np.float64)


def mean_interval(per_frame: NDArray[np.float64], groups: Groups, confidence: float = CONFIDENCE) -> ConfidenceInterval:
    """Interval of the mean of float64 (F,) figures of either sign, as paired differences are; of one group, none."""
    if groups.count < 2:
        return NO_INTERVAL
    of_group, weight = _by_group(per_frame, groups)
    error, freedom = standard_error(of_group, weight)
    half = float(half_width(error, freedom, confidence))
    mean = float(per_frame.mean())
    return ConfidenceInterval(mean - half, mean + half, freedom)


def error_interval(per_frame: NDArray[np.float64], groups: Groups) -> ConfidenceInterval:
    """Interval of the mean of float64 (F,) errors >= 0, a ratio to either side of it; of one group, none.

    Errors of depth are skewed: a few hard frames make the mean, and among few frames there is often none of them, so
    that the mean and its standard error are both too small. The standard error of the mean's logarithm is therefore
    the greater of two: what the scatter of the errors says, and what the scatter of their logarithms says of a
    log-normal mean (Cox's, in Zhou and Gao 1997, with Student's quantile as in Olsson 2005).
    """
    if groups.count < 2:
        return NO_INTERVAL
    mean = float(per_frame.mean())
    of_group, weight = _by_group(per_frame, groups)
    error, freedom = standard_error(of_group, weight)
    if mean == 0:
        return ConfidenceInterval(0.0, 0.0, freedom)
    relative = error / mean
    if of_group.min() > 0:
        of_log, _ = standard_error(np.log(of_group), weight)
        relative = max(relative, float(np.hypot(of_log, of_log**2 / np.sum(weight**2) / np.sqrt(2 * freedom))))
    ratio = float(np.exp(min(float(half_width(relative, freedom)), np.log(FARTHEST))))
    return ConfidenceInterval(mean / ratio, mean * ratio, freedom)


def drawn_interval(figures: Iterable[float]) -> tuple[float, float]:
    """The ends that hold the middle 95 % of a figure over a bootstrap's draws; an infinite one is above all others."""
    found = sorted(float(figure) for figure in figures)
    tail = round(0.025 * len(found))
    return found[tail], found[-1 - tail]


def standard_error(of_group: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Standard error of a weighted mean of independent figures of equal variance, and its degrees of freedom.

    Without bias whatever the weights; of equal weights it is the usual one, and the degrees of freedom are their number
    - 1. Otherwise they are those of the chi-square of the same mean and variance (Satterthwaite 1946): one long drive
    beside short ones counts as little more than one.

    Args:
        of_group: float64 (G,), G >= 2, the figures.
        weight: float64 (G,), of each in the mean; they sum to 1.
    """
    square = float(np.sum(weight**2))
    share = weight**2 / (1 - 2 * weight + square)
    centring = np.eye(len(weight)) - weight
    form = centring.T @ (share[:, None] * centring)
    freedom = float(np.trace(form)) ** 2 / float(np.sum(form**2))
    return float(np.sqrt(np.sum(share * (centring @ of_group) ** 2))), freedom


def _by_group(per_frame: NDArray[np.float64], groups: Groups) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean of each group, float64 (G,), and its part of all frames."""
    count = np.bincount(groups.of_frame)
    return np.bincount(groups.of_frame, per_frame) / count, count / len(per_frame)
