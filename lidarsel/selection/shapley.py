"""The lines of highest Shapley value, with no regard to where they are."""

from lidarsel.selection.base import Players, Proposal
from lidarsel.selection.budget import best_first, check_budget, filled, values_of


class Shapley:
    """The k active players of highest value; of equals, the one of lower number.

    Neighbours are redundant, which the value of a single line cannot say: chosen together they bring less than the
    sum of their values, so this often loses to evenly spaced lines. The SaS selectors mend that.
    """

    name = "shapley"
    needs_values = True

    def __call__(self, players: Players, budget: int, seed: int) -> Proposal:
        check_budget(players, budget)
        order = best_first(values_of(players, self.name), players.active)
        return Proposal((filled(order[:budget], players, budget),))
