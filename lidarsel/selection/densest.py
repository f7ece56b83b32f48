"""The lines that measure most."""

from lidarsel.selection.base import Players, Proposal
from lidarsel.selection.budget import best_first, check_budget, filled


class Densest:
    """The k players of largest weight (points in the image); of equals, the one of lower number."""

    name = "densest"
    needs_values = False

    def __call__(self, players: Players, budget: int, seed: int) -> Proposal:
        check_budget(players, budget)
        order = best_first(players.weight, players.active)
        return Proposal((filled(order[:budget], players, budget),))
