"""The lines that measure most."""

from collections.abc import Sequence

from lidarsel.selection.base import Problem, Selection, best_first


class Densest:
    """The k players of largest weight (points in the image); of equals, the one of lower number."""

    name = "densest"
    needs_values = False
    needs_errors = False
    reads_features = False

    def __call__(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        order = best_first(problem.players.weight, problem.room.candidates)
        return {budget: Selection(problem.room.take(order, budget)) for budget in budgets}
