"""The players that measure most."""

from collections.abc import Sequence

from lidarsel.selection.base import Problem, Selection, Selector, best_first


class Densest(Selector):
    """The k players of largest weight (points in the image); of equals, the one of lower number."""

    name = "densest"

    def select(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        order = best_first(problem.players.weight, problem.room.candidates)
        return {budget: Selection(problem.room.take(order, budget)) for budget in budgets}
