"""Every subset there is: the oracle for small problems."""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from lidarsel.errors import UsageError
from lidarsel.selection.base import Problem, Selection, Selector
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.room import Members, Room

MOST_SUBSETS = 10**6
_NEVER_MORE = 20
"""Of so many players no budget has more subsets."""
_TOGETHER = 4096


class Exhaustive(Selector):
    """The set of least error, by evaluating all; of equals, the first in lexicographic order.

    For up to 10^6 subsets of a budget's size, hence any budget where there are up to 20 players to choose from.
    """

    name = "exhaustive"
    needs_errors = True

    def select(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        counts = {budget: _count(problem.room, budget) for budget in budgets}
        return {budget: self._select(problem, budget, counts[budget]) for budget in budgets}

    def _select(self, problem: Problem, budget: int, count: int) -> Selection:
        room = problem.room
        if count == 1:
            return Selection(room.take(room.candidates, budget), ("the only set there is",))
        best, least = None, np.inf
        sets = _sets(room, budget)
        while some := list(itertools.islice(sets, _TOGETHER)):
            errors = problem.memory(self.name)(as_masks(some, room.n))
            if errors.min() < least:
                best, least = some[int(errors.argmin())], float(errors.min())
        assert best is not None
        return Selection(room.take(best, budget), (f"the best of all {count} sets",))


def _count(room: Room, budget: int) -> int:
    """How many sets of active players there are, ``min_gap`` aside. Raises UsageError where they are too many."""
    kept = int(room.active[list(room.keep)].sum())
    free = len(room.candidates) - kept
    count = math.comb(free, room.n_active(budget) - kept)
    if count > MOST_SUBSETS:
        kinds = f"{room.kind}s"
        raise UsageError(
            f"exhaustive: {count} sets of {budget} {kinds} are too many; choose from at most {_NEVER_MORE} {kinds} "
            f"(--keep, --drop), or a budget with at most {MOST_SUBSETS} sets"
        )
    return count


def _sets(room: Room, budget: int) -> Iterator[Members]:
    """Every set of active players that can be filled up to a set of the budget."""
    kept = [player for player in room.keep if room.active[player]]
    free = [player for player in room.candidates.tolist() if player not in kept]
    for players in itertools.combinations(free, room.n_active(budget) - len(kept)):
        if room.fits(players, budget):
            yield tuple(sorted((*kept, *players)))
