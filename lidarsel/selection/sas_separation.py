"""SaS (Shapley value and Spread of lines, CoRL 2022), the spread enforced by a smallest distance."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.base import Problem, Selection, Selector, best_first, values_of
from lidarsel.selection.room import Room


class SasSeparation(Selector):
    """Best first by Shapley value, refusing players closer than a gap to one already taken.

    Distance is counted in positions among the m active players. The gap is the largest with which k players can be
    taken: it starts at the widest that could fit, floor((m - 1) / (k - 1)), and shrinks by 1 until the budget is
    filled; at 1 nothing is refused, and this is the ``shapley`` selector. Kept players are taken first, whatever
    their distance. After the separation variant of the SaS authors' method, whose fixed gap often leaves the budget
    unfilled.
    """

    name = "sas-separation"
    needs_values = True
    needs_order = True

    def select_one(self, problem: Problem, budget: int) -> Selection:
        room = problem.room
        order = best_first(values_of(problem, self.name), room.candidates)
        n_active, m = room.n_active(budget), len(order)
        if n_active == m:
            return Selection(room.take(order, budget))
        gap = max(1, (m - 1) // max(1, n_active - 1))
        while gap > 1 and len(taken := _take_apart(room, order, gap, budget)) < n_active:
            gap -= 1
        return Selection(room.take(taken if gap > 1 else order, budget), (f"gap of {gap}",))


def _take_apart(room: Room, order: NDArray[np.int64], gap: int, budget: int) -> list[int]:
    """The active players taken in ``order``, after the kept ones, each at least ``gap`` places from all before."""
    place = np.cumsum(room.active & room.allowed) - 1
    taken = [player for player in room.keep if room.active[player]]
    for player in order.tolist():
        apart = all(abs(place[player] - place[other]) >= gap for other in taken)
        if apart and room.fits([*taken, player], budget):
            taken.append(player)
    return taken
