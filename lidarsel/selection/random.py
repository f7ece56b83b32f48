"""Random lines: what a choice made without thinking costs."""

import numpy as np

from lidarsel.errors import UsageError
from lidarsel.selection.base import Players, Proposal
from lidarsel.selection.budget import check_budget, filled


class Random:
    """Several subsets drawn uniformly from the active players; the one of median error stands for them.

    Draw d is the first k players of a permutation made from the seed sequence (seed, d), so the subsets of one draw
    are nested over budgets and its curve of error against budget is not roughened by the draw itself.
    """

    name = "random"
    needs_values = False

    def __init__(self, draws: int = 15) -> None:
        if draws < 1:
            raise UsageError(f"random needs at least 1 draw, not {draws}")
        self.draws = draws

    def __call__(self, players: Players, budget: int, seed: int) -> Proposal:
        check_budget(players, budget)
        if budget >= len(players.active):  # nothing is left to chance
            return Proposal((filled(players.active, players, budget),))
        orders = [np.random.default_rng([seed, draw]).permutation(players.active) for draw in range(self.draws)]
        subsets = tuple(filled(order[:budget], players, budget) for order in orders)
        return Proposal(subsets, "median", (f"median of {self.draws} draws",))
