"""Evenly spaced lines, at their best: the baseline every other selector has to beat."""

import numpy as np

from lidarsel.selection.base import Players, Proposal
from lidarsel.selection.budget import check_budget, filled


class Spaced:
    """Exactly k of the m active players in equal steps of m / k, at every offset; the best one stands for them.

    At offset t in [0, m / k) the choice is floor(t + j m / k) for j = 0..k - 1, counted among the active players. It
    changes only where t passes a multiple of 1 / k, so t = o / k with integer o in 0..m - 1 gives every distinct
    choice: m / gcd(m, k) of them. Gaps between neighbours, the one around the end included, differ by at most 1.
    """

    name = "spaced"
    needs_values = False

    def __call__(self, players: Players, budget: int, seed: int) -> Proposal:
        check_budget(players, budget)
        active = players.active
        m = len(active)
        if budget >= m:
            return Proposal((filled(active, players, budget),))
        steps = np.arange(budget) * m
        choices = dict.fromkeys(tuple((steps + offset) // budget) for offset in range(m))
        candidates = tuple(filled(active[list(choice)], players, budget) for choice in choices)
        return Proposal(candidates, "best", (f"best of {len(candidates)} offsets",))
