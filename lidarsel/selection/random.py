"""Random players: what a choice made without thinking costs."""

from collections.abc import Sequence

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

    def select(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        proposed = {budget: self.propose(problem, budget) for budget in budgets}
        middle = pick(proposed, problem, self.name, "median")
        return {budget: Selection(middle[budget], self._note(sets)) for budget, sets in proposed.items()}

    def _note(self, proposed: Sequence[Members]) -> tuple[str, ...]:
        return (f"median of {self.draws} draws",) if len(set(proposed)) > 1 else ()
