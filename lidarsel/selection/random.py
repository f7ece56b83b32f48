"""Random players: what a choice made without thinking costs."""

import numpy as np

from lidarsel.errors import UsageError
from lidarsel.selection.base import Problem, Selection, Selector
from lidarsel.selection.picking import pick
from lidarsel.selection.room import Lines


class Random(Selector):
    """Several subsets drawn from the active players; the one of median error stands for them.

    Draw d takes the players of a permutation made from the seed sequence (seed, d) one by one, as far as they fit the
    constraints, so the subsets of one draw are nested over budgets and its curve of error against budget is not
    roughened by the draw itself. Without ``min_gap`` every allowed subset is as likely as any other.
    """

    name = "random"
    needs_errors = True

    def __init__(self, draws: int = 15) -> None:
        if draws < 1:
            raise UsageError(f"random needs at least 1 draw, not {draws}")
        self.draws = draws

    def propose(self, problem: Problem, budget: int) -> tuple[Lines, ...]:
        """The draws' subsets."""
        candidates = problem.room.candidates
        orders = (np.random.default_rng([problem.seed, draw]).permutation(candidates) for draw in range(self.draws))
        return tuple(problem.room.take(order, budget) for order in orders)

    def select_one(self, problem: Problem, budget: int) -> Selection:
        proposed = self.propose(problem, budget)
        note = (f"median of {self.draws} draws",) if len(set(proposed)) > 1 else ()
        return Selection(pick(proposed, problem, self.name, "median"), note)
