"""SaS (Shapley value and Spread of lines, CoRL 2022), the two multiplied."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Problem, Selection, Selector, best_first, values_of
from lidarsel.selection.program import Program

Doubles = NDArray[np.float64]

_DIGITS = 9
"""Of scores: products that are equal but for rounding are equal, and the larger value goes first."""
_FLOOR = 1e-3
"""Values count as at least this share of the largest one, so that the spread has a say among them too."""


class Sas(Selector):
    """Greedy by Shapley value times spread: next comes the player i with the largest

        max(value_i, 0.001 max value) * exp(-spread * (u_i - min u))

    The unevenness of a set of k players is the sum of (gap / h - 1)^2 over its gaps, and of (gap / h - 1/2)^2 for those
    at both ends. A gap is counted in places among the m active players, and h = m / k is the even step. u_i is the
    least unevenness of any allowed set of the budget that holds i and all players chosen before: how uneven the choice
    must become by taking i. Players nearer than h to a chosen one are so held back; for those farther away, the rest of
    the budget can still even the set out. u is found by dynamic programming, O(n^2 k) a step.

    Limits: at spread 0 the factor is 1 and this is ``shapley`` (of values below the floor the larger goes first). As
    spread grows, the set is of the least unevenness there is: gaps between neighbours differ by at most 1.
    """

    name = "sas"
    needs_values = True
    needs_order = True

    def __init__(self, spread: float = 1.0) -> None:
        if not 0 <= spread < np.inf:
            raise UsageError(f"the spread of sas must be 0 or more and finite, not {spread}")
        self.spread = spread

    def select_one(self, problem: Problem, budget: int) -> Selection:
        value, room = values_of(problem, self.name), problem.room
        n_active, m = room.n_active(budget), len(room.candidates)
        if n_active == m:
            return Selection(room.take(room.candidates, budget))
        order = best_first(value, room.candidates)
        worth = np.maximum(value[order], _FLOOR * max(0.0, value[order[0]])) if value[order[0]] > 0 else 1.0
        uneven = unevenness(m, m / n_active) if n_active else np.zeros((m + 1, m + 1))
        chosen: list[int] = []
        while len(room.keep) + len(chosen) < budget:
            through = Program(uneven, room, budget, tuple(chosen)).through(budget)[order]
            open_to_choice = np.isfinite(through) & ~np.isin(order, [*room.keep, *chosen])
            if not open_to_choice.any():
                break
            forced = np.where(open_to_choice, through, 0) - through[open_to_choice].min()
            score = np.where(open_to_choice, np.round(np.log(worth) - self.spread * forced, _DIGITS), -np.inf)
            chosen.append(int(order[np.argmax(score)]))
        return Selection(room.take(chosen, budget))


def unevenness(m: int, step: float) -> Doubles:
    """Float64 (m + 1, m + 1): the unevenness of a gap that leaves players number a..b - 1 of m unchosen."""
    first, last = np.meshgrid(np.arange(m + 1), np.arange(m + 1), indexing="ij")
    at_an_end = (first == 0).astype(float) + (last == m)
    gap = last - first + 1 - at_an_end / 2
    return np.where(last >= first, (gap / step - 1 + at_an_end / 2) ** 2, 0.0)
