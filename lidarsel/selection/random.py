"""Random players: what a choice made without thinking costs."""

import numpy as np

from lidarsel.errors import UsageError
from lidarsel.selection.base import Problem, Selection, Selector
from lidarsel.selection.picking import pick
from lidarsel.selection.room import Members


class Random(Selector):
    """Several subsets drawn from the active players; the one of median error stands for them.

    Draw d is a permutation of the players, made from the seed sequence (seed, d). A budget takes its first players that
    fit the constraints. So a draw's smaller subsets lie in its larger ones, and its error falls smoothly with the
    budget. Without ``min_gap`` every allowed subset is as likely as any other.
    """

    name = "random"
    needs_errors = True

    def __init__(self, draws: int = 15) -> None:
        if draws < 1:
            raise UsageError(f"random needs at least 1 draw, not {draws}")
        self.draws = draws

    def propose(self, problem: Problem, budget: int) -> tuple[Members, ...]:
        """The draws' subsets."""
        candidates = problem.room.candidates
        orders = (np.random.default_rng([problem.seed, draw]).permutation(candidates) for draw in range(self.draws))
        return tuple(problem.room.take(order, budget) for order in orders)

    def select_one(self, problem: Problem, budget: int) -> Selection:
        proposed = self.propose(problem, budget)
        note = (f"median of {self.draws} draws",) if len(set(proposed)) > 1 else ()
        return Selection(pick(proposed, problem, self.name, "median"), note)
