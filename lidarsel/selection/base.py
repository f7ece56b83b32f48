"""What a selector is given and gives: players of any kind, in an order or in none, and no lidar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.frame_errors import ErrorOf
from lidarsel.selection.gaps import GapPrior
from lidarsel.selection.room import Constraints, Members, Room


@dataclass(frozen=True, eq=False)
class Players:
    """The players, and what is known of each.

    Args:
        weight: float64 (n,), how much each player measures (of a line: points in the image); 0 is a null player,
            which is taken last.
        value: float64 (n,), Shapley values, or None where there are none.
        standard_error: float64 (n,), of ``value``, or None.
        kind: what messages call a player, one word in the singular.
        ordered: whether neighbours in number are neighbours in fact.
    """

    weight: NDArray[np.float64]
    value: NDArray[np.float64] | None = None
    standard_error: NDArray[np.float64] | None = None
    kind: str = "player"
    ordered: bool = True

    @property
    def n(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be chosen from, under which constraints, and how a choice is judged.

    Args:
        players: what is to be chosen from.
        constraints: on the players.
        seed: of everything random.
        error: evaluates subsets, which come without null players; None where there is nothing to evaluate with.
        evaluations: how many subsets a selector may evaluate for all its budgets together, if it keeps to a number.
        evaluated: bool (M, n) subsets and their errors, float64 (M,), known beforehand. ``interval`` fits them first,
            and draws the fewer itself; without ``error`` it goes by them alone.
        prior: what errors are expected to be before any is known; ``interval`` trusts it as far as the frames allow.
        without_error: what a user does so that there is an ``error``; ends the message where one is needed.
    """

    players: Players
    constraints: Constraints = field(default_factory=Constraints)
    seed: int = 0
    error: ErrorOf | None = None
    evaluations: int = 1024
    evaluated: tuple[NDArray[np.bool_], NDArray[np.float64]] | None = None
    prior: GapPrior | None = None
    without_error: str = "give a function of their errors"

    @cached_property
    def room(self) -> Room:
        """The constraints on these players. Raises UsageError where they contradict each other."""
        players = self.players
        return Room(players.weight > 0, self.constraints, players.kind, players.ordered)

    def memory(self, selector: str) -> ErrorMemory:
        """``error``, remembering what it was asked. Raises UsageError, naming the selector, where there is none."""
        if self.error is None:
            proposed = f"the sets of {self.players.kind}s that it proposes"
            raise UsageError(f"method {selector} evaluates {proposed}; {self.without_error}")
        return ErrorMemory(self.error, self.room.active, self.seed)


@dataclass(frozen=True, eq=False)
class Insight:
    """What a selector learned of the players on its way, beside those it chose; each such selector has its own kind.

    Args:
        players: int64 (m,), those that it is about, ascending.
    """

    players: NDArray[np.int64]


@dataclass(frozen=True)
class Selection:
    """What is chosen for one budget.

    Args:
        players: the chosen ones, sorted.
        notes: what a reader of the result should know of how it came about.
        insight: what the selector learned, or None; where budgets share it, the same for each.
    """

    players: Members
    notes: tuple[str, ...] = ()
    insight: Insight | None = field(default=None, compare=False)


class Selector:
    """A way to choose; called, it chooses for several budgets at once. A new one says what it needs, and
    has a ``select`` or a ``select_one``.

    Attributes:
        name: what a user calls it.
        needs_values: it goes by Shapley values.
        needs_errors: it evaluates subsets.
        needs_order: neighbours in number must be neighbours in fact.
        reads_features: it can learn from features of frames, and then choose for frames that nothing was evaluated on.
    """

    name: str
    needs_values = False
    needs_errors = False
    needs_order = False
    reads_features = False

    def __call__(self, problem: Problem, budgets: Sequence[int]) -> Mapping[int, Selection]:
        """Choose for each distinct budget.

        Args:
            problem: what is chosen from.
            budgets: how many players to choose. What budgets can share is evaluated once, so all of them should be
                asked for together.

        Returns:
            A selection for each budget.

        Raises:
            UsageError: a budget cannot be filled under the constraints, or the problem has no order, Shapley values or
                way to evaluate subsets where the selector needs them.
        """
        if self.needs_order and not problem.players.ordered:
            kind = problem.players.kind
            raise UsageError(f"method {self.name} goes by the order of {kind}s, which have none; choose another method")
        return self.select(problem, budgets)

    def select(self, problem: Problem, budgets: Sequence[int]) -> Mapping[int, Selection]:
        """``__call__`` on a problem that has an order if needed; for a selector whose budgets share something."""
        return {budget: self.select_one(problem, budget) for budget in budgets}

    def select_one(self, problem: Problem, budget: int) -> Selection:
        """Choose for one budget; for a selector whose budgets have nothing to share."""
        raise NotImplementedError


def values_of(problem: Problem, selector: str) -> NDArray[np.float64]:
    """Float64 (n,): the Shapley values. Raises UsageError where there are none, or not for all."""
    players = problem.players
    if players.value is None:
        raise UsageError(f"the selector '{selector}' needs Shapley values; estimate them first")
    if players.value.shape != (players.n,) or not np.isfinite(players.value).all():
        many = f"each of {players.n} {players.kind}s"
        raise UsageError(f"the selector '{selector}' needs one finite Shapley value for {many}")
    return players.value


def best_first(score: NDArray[np.float64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """The players ``among`` by falling score; of equals, the one of lower number first."""
    return among[np.argsort(-score[among], kind="stable")]
