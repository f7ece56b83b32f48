"""What a selector is given and gives: any ordered set of players, no lidar."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.evaluated import Evaluated
from lidarsel.selection.importance import Importance
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.room import Constraints, Lines, Room

ErrorOf = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Bool (M, n) subsets -> float64 (M,), the error of each; less is better, and nothing is less than 0."""


@dataclass(frozen=True, eq=False)
class Players:
    """The players (lines) in order, and what is known of each.

    value, standard_error: float64 (n,), Shapley value and its standard error, or None before stage 1.
    weight: float64 (n,), how much each player measures (points in the image); 0 = a null player, taken last.
    """

    weight: NDArray[np.float64]
    value: NDArray[np.float64] | None = None
    standard_error: NDArray[np.float64] | None = None

    @property
    def n(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be chosen from, under which constraints, and how a choice is judged.

    error: evaluates subsets; None where there is nothing to evaluate with. Subsets come without null players.
    evaluations: how many subsets ``interval`` may evaluate for all its budgets together.
    seed: of everything random.
    evaluated: bool (M, n) subsets and their errors, float64 (M,), known beforehand. ``interval`` fits them first, and
        draws the fewer itself; without ``error`` it goes by them alone.
    """

    players: Players
    constraints: Constraints = field(default_factory=Constraints)
    seed: int = 0
    error: ErrorOf | None = None
    evaluations: int = 1024
    evaluated: tuple[NDArray[np.bool_], NDArray[np.float64]] | None = None

    @cached_property
    def room(self) -> Room:
        """The constraints on these players. Raises UsageError where they contradict each other."""
        return Room(self.players.weight > 0, self.constraints)

    def memory(self, selector: str) -> Evaluated:
        """``error``, remembering what it was asked. Raises UsageError, naming the selector, where there is none."""
        if self.error is None:
            raise UsageError(
                f"method {selector} evaluates the sets of lines that it proposes; give the data with --data DATA"
            )
        return Evaluated(self.error, self.room.active)


@dataclass(frozen=True)
class Selection:
    """The players chosen for one budget, sorted.

    notes: what a reader of the result should know of how it came about.
    model: the fitted model of ``interval``, whose ``fit`` says how far to trust it; None for other selectors.
    importance: what ``switch`` learned, the same for every budget; None for other selectors.
    """

    lines: Lines
    notes: tuple[str, ...] = ()
    model: IntervalModel | None = field(default=None, compare=False)
    importance: Importance | None = field(default=None, compare=False)


class Selector(Protocol):
    """``select(problem, budgets)`` -> a Selection for each distinct budget.

    Raises UsageError where a budget cannot be filled under the constraints, or where the selector needs Shapley
    values (needs_values) or a way to evaluate subsets (needs_errors) and the problem has none. What budgets can share
    is evaluated once, so all of them should be asked for together.
    """

    name: str
    needs_values: bool
    needs_errors: bool
    reads_features: bool

    def __call__(self, problem: Problem, budgets: Sequence[int]) -> Mapping[int, Selection]: ...


def values_of(problem: Problem, selector: str) -> NDArray[np.float64]:
    """Float64 (n,): the Shapley values. Raises UsageError where stage 1 has not made them, or not for all."""
    players = problem.players
    if players.value is None:
        raise UsageError(f"the selector '{selector}' needs Shapley values: run `lidarsel shapley` first")
    if players.value.shape != (players.n,) or not np.isfinite(players.value).all():
        raise UsageError(f"the selector '{selector}' needs one finite Shapley value for each of {players.n} lines")
    return players.value


def best_first(score: NDArray[np.float64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """The players ``among`` by falling score; of equals, the one of lower number first."""
    return among[np.argsort(-score[among], kind="stable")]
