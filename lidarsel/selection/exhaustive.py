"""Every subset there is: the oracle for small problems."""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from lidarsel.errors import UsageError
from lidarsel.selection.base import Problem, Selection
from lidarsel.selection.evaluated import as_masks
from lidarsel.selection.room import Lines, Room

MOST_SUBSETS = 10**6
_NEVER_MORE = 20
"""Of so many lines no budget has more subsets."""
_TOGETHER = 4096


class Exhaustive:
    """The set of least error, by evaluating all; of equals, the first in lexicographic order.

    For up to 10^6 subsets of a budget's size, hence any budget where there are up to 20 lines to choose from.
    """

    name = "exhaustive"
    needs_values = False
    needs_errors = True
    reads_features = False

    def __call__(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
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
    """How many sets of active lines there are, ``min_gap`` aside. Raises UsageError where they are too many."""
    kept = int(room.active[list(room.keep)].sum())
    free = len(room.candidates) - kept
    count = math.comb(free, room.n_active(budget) - kept)
    if count > MOST_SUBSETS:
        raise UsageError(
            f"exhaustive: {count} sets of {budget} lines are too many; choose from at most {_NEVER_MORE} lines "
            f"(--keep, --drop), or a budget with at most {MOST_SUBSETS} sets"
        )
    return count


def _sets(room: Room, budget: int) -> Iterator[Lines]:
    """Every set of active lines that can be filled up to a set of the budget."""
    kept = [line for line in room.keep if room.active[line]]
    free = [line for line in room.candidates.tolist() if line not in kept]
    for lines in itertools.combinations(free, room.n_active(budget) - len(kept)):
        if room.fits(lines, budget):
            yield tuple(sorted((*kept, *lines)))
