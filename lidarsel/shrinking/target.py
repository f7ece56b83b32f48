"""How far down to go: the first stage that is small enough, or the last one that is accurate enough."""

from collections.abc import Callable, Sequence

from lidarsel.errors import UsageError
from lidarsel.shrinking.allocation import Stage


def first_small_enough(
    stages: Sequence[Stage],
    measure: Callable[[Stage], float],
    most: float,
    option: str,
    tell: Callable[[float], str],
    otherwise: str = "",
) -> Stage:
    """The stage that keeps most and still fits.

    Args:
        stages: the way down, whole first.
        measure: of a stage, less the further down; asked of some stages only.
        most: what it may be.
        option: as given, for messages.
        tell: a measure as a user would write it after the option.
        otherwise: what else would make smaller networks, for messages.

    Raises:
        UsageError: the smallest network is larger than that, or the whole one no larger; says what can be given.
    """
    greatest, least = measure(stages[0]), measure(stages[-1])
    if greatest <= most:
        raise UsageError(f"{option}: the whole network has {tell(greatest)} already; give less")
    if least > most:
        raise UsageError(f"{option}: the smallest network there is has {tell(least)}; give that or more{otherwise}")
    low, high = 0, len(stages) - 1  # stages[high] fits
    while low < high:
        middle = (low + high) // 2
        if measure(stages[middle]) <= most:
            high = middle
        else:
            low = middle + 1
    return stages[high]


def last_accurate_enough(stages: Sequence[Stage], error: Callable[[Stage], float], most: float) -> Stage:
    """The stage furthest down whose error is no greater than ``most``, as bisection finds it; the whole one fits.

    error: of a stage; where it does not always rise on the way down, a further stage may fit as well.
    """
    low, high = 0, len(stages) - 1  # stages[low] fits
    while low < high:
        middle = (low + high + 1) // 2
        if error(stages[middle]) <= most:
            low = middle
        else:
            high = middle - 1
    return stages[low]
