"""What every selector owes a budget: exactly that many players, and those that measure nothing last."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Lines, Players


def check_budget(players: Players, budget: int) -> None:
    """Raises UsageError where the budget is not in 1..n."""
    if not 1 <= budget <= players.n:
        raise UsageError(f"a budget of {budget} lines makes no sense: there are {players.n}, so ask for 1..{players.n}")


def filled(chosen: Iterable[int], players: Players, budget: int) -> Lines:
    """``chosen`` (at most ``budget`` active players), filled up with null players in their order, sorted."""
    lines = [int(i) for i in chosen]
    nulls = np.flatnonzero(players.weight <= 0)
    lines += [int(i) for i in nulls[: budget - len(lines)]]
    return tuple(sorted(lines))


def best_first(score: NDArray[np.float64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """The players ``among`` by falling score; of equals, the one of lower number first."""
    return among[np.argsort(-score[among], kind="stable")]


def values_of(players: Players, selector: str) -> NDArray[np.float64]:
    """Float64 (n,): the Shapley values. Raises UsageError where stage 1 has not made them, or not for all."""
    if players.value is None:
        raise UsageError(f"the selector '{selector}' needs Shapley values: run `lidarsel shapley` first")
    if players.value.shape != (players.n,) or not np.isfinite(players.value).all():
        raise UsageError(f"the selector '{selector}' needs one finite Shapley value for each of {players.n} lines")
    return players.value
