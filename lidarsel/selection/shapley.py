"""The players of highest Shapley value, with no regard to where they are."""

from lidarsel.selection.base import Problem, Selection, Selector, best_first, values_of


class Shapley(Selector):
    """The k active players of highest value; of equals, the one of lower number.

    Neighbours are redundant, which the value of a single player cannot say: chosen together they bring less than the
    sum of their values, so this often loses to evenly spaced players. The SaS selectors mend that.
    """

    name = "shapley"
    needs_values = True

    def select_one(self, problem: Problem, budget: int) -> Selection:
        order = best_first(values_of(problem, self.name), problem.room.candidates)
        return Selection(problem.room.take(order, budget))
