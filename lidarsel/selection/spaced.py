"""Evenly spaced players, at their best: the baseline every other selector has to beat."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.base import Problem, Selection, Selector
from lidarsel.selection.picking import pick
from lidarsel.selection.room import Members, Room


class Spaced(Selector):
    """Exactly k of the m active players in equal steps of m / k, at every offset; the best one stands for them.

    At offset t in [0, m / k) the choice is floor(t + j m / k) for j = 0..k - 1, counted among the active players that
    are not dropped. It changes only where t passes a multiple of 1 / k, so t = o / k with integer o in 0..m - 1 gives
    every distinct choice: m / gcd(m, k) of them. Gaps between neighbours, the one around the end included, differ by
    at most 1. Where a choice breaks a constraint, each kept player replaces the chosen one nearest to it, and of the
    others in turn each is taken at the nearest place that fits (of two equally near, the one of lower number).
    """

    name = "spaced"
    needs_errors = True
    needs_order = True

    def propose(self, problem: Problem, budget: int) -> tuple[Members, ...]:
        """The distinct choices, by rising offset."""
        room = problem.room
        n_active, m = room.n_active(budget), len(room.candidates)
        steps = np.arange(n_active) * m
        choices = dict.fromkeys(tuple((steps + o) // n_active) for o in range(m)) if n_active else {(): None}
        return tuple(dict.fromkeys(_fitted(room, np.array(choice, int), budget) for choice in choices))

    def select(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        proposed = {budget: self.propose(problem, budget) for budget in budgets}
        best = pick(proposed, problem, self.name, "best")
        return {budget: Selection(best[budget], _note(len(sets))) for budget, sets in proposed.items()}


def _note(n_offsets: int) -> tuple[str, ...]:
    return (f"best of {n_offsets} offsets",) if n_offsets > 1 else ()


def _fitted(room: Room, places: NDArray[np.int64], budget: int) -> Members:
    """The allowed set of the budget with candidates at ``places``, or nearest to them one after another."""
    even = room.candidates[places]
    if room.fits(even, budget):
        return room.take(even, budget)
    wanted = list(places)
    chosen = list(room.keep)
    for player in np.searchsorted(room.candidates, [player for player in room.keep if room.active[player]]):
        wanted.remove(min(wanted, key=lambda place: abs(place - player)))
    for place in wanted:
        by_distance = np.argsort(np.abs(np.arange(len(room.candidates)) - place), kind="stable")
        free = (player for player in room.candidates[by_distance].tolist() if player not in chosen)
        chosen.append(next(player for player in free if room.fits([*chosen, player], budget)))
    return room.take(chosen, budget)
