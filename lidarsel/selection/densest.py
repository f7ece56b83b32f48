"""The players that measure most."""

from lidarsel.selection.base import Problem, Selection, Selector, best_first


class Densest(Selector):
    """The k players of largest weight (points in the image); of equals, the one of lower number."""

    name = "densest"

    def select_one(self, problem: Problem, budget: int) -> Selection:
        order = best_first(problem.players.weight, problem.room.candidates)
        return Selection(problem.room.take(order, budget))
