"""SaS (Shapley value and Spread of lines, CoRL 2022), the spread enforced by a smallest distance."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.base import Players, Proposal
from lidarsel.selection.budget import best_first, check_budget, filled, values_of


class SasSeparation:
    """Best first by Shapley value, refusing players closer than a gap to one already taken.

    Distance is counted in positions among the m active players. The gap is the largest with which k players can be
    taken: it starts at the widest that could fit, floor((m - 1) / (k - 1)), and shrinks by 1 until the budget is
    filled; at 1 nothing is refused, and this is the ``shapley`` selector. After the separation variant of the SaS
    authors' method, whose fixed gap often leaves the budget unfilled.
    """

    name = "sas-separation"
    needs_values = True

    def __call__(self, players: Players, budget: int, seed: int) -> Proposal:
        check_budget(players, budget)
        value = values_of(players, self.name)
        active = players.active
        m = len(active)
        if budget >= m:
            return Proposal((filled(active, players, budget),))
        order = best_first(value[active], np.arange(m))
        gap = max(1, (m - 1) // max(1, budget - 1))
        while len(taken := _take_apart(order, gap, budget)) < budget:
            gap -= 1
        return Proposal((filled(active[taken], players, budget),), notes=(f"gap of {gap}",))


def _take_apart(order: NDArray[np.int64], gap: int, budget: int) -> list[int]:
    """Positions taken in ``order``, each at least ``gap`` from all before it, until there are ``budget``."""
    refused = np.zeros(len(order), bool)
    taken: list[int] = []
    for position in order:
        if len(taken) == budget:
            break
        if not refused[position]:
            taken.append(int(position))
            refused[max(0, position - gap + 1) : position + gap] = True
    return taken
