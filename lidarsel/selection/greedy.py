"""Forward selection on the errors themselves, lazily."""

from collections.abc import Sequence

import numpy as np

from lidarsel.selection.base import Problem, Selection, Selector
from lidarsel.selection.error_memory import ErrorMemory, as_masks
from lidarsel.selection.room import Members, Room

_TOGETHER = 4
"""Stale gains brought up to date in one call."""


class Greedy(Selector):
    """From the kept players on, the one that lowers the error most, one after another.

    Lazy (Minoux 1978): gains are brought up to date in the order of their last known figure, until the best one up to
    date is no less than every stale one. Exact where gains only shrink as the set grows; elsewhere one whose gain
    grew meanwhile may be passed over. Budgets share all evaluations.

    backward: go on to a quarter more than the budget, then leave out the player whose loss raises the error least,
    one after another; the better of both ways counts.
    """

    needs_errors = True

    def __init__(self, backward: bool = False) -> None:
        self.backward = backward
        self.name = "greedy-backward" if backward else "greedy"

    def select(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        error, room = problem.memory(self.name), problem.room
        found = {}
        for budget in budgets:
            players = _forward(error, room, budget)
            if self.backward:
                both = (players, _pruned(error, room, budget))
                players = both[int(error(as_masks(both, room.n)).argmin())]
            found[budget] = Selection(players)
        note = (f"{len(error)} sets evaluated",)
        return {budget: Selection(selection.players, note) for budget, selection in found.items()}


def _forward(error: ErrorMemory, room: Room, budget: int) -> Members:
    """``budget`` players, each the one of largest gain after those before it."""
    n_active = room.n_active(budget)
    chosen = list(room.keep)
    stale = {player: np.inf for player in room.candidates.tolist() if player not in chosen}
    while sum(room.active[chosen]) < n_active:
        before = float(error(as_masks([chosen], room.n))[0])
        stale = {player: gain for player, gain in stale.items() if room.fits([*chosen, player], budget)}
        fresh: dict[int, float] = {}
        while True:
            best = max(fresh, key=lambda player: (fresh[player], -player), default=None)
            waiting = sorted(stale.keys() - fresh.keys(), key=lambda player: (-stale[player], player))
            if best is not None and (not waiting or fresh[best] >= stale[waiting[0]]):
                break
            first_round = not np.isfinite(stale[waiting[0]])
            ask = waiting if first_round else waiting[:_TOGETHER]
            after = error(as_masks(([*chosen, player] for player in ask), room.n))
            fresh.update(zip(ask, (before - after).tolist(), strict=True))
        stale.update(fresh)
        chosen.append(best)
        del stale[best]
    return room.take(chosen, budget)


def _pruned(error: ErrorMemory, room: Room, budget: int) -> Members:
    """``budget`` players left of a larger greedy choice."""
    n_active = room.n_active(budget)
    wider = min(budget + -(-budget // 4), room.n)
    while room.most_active(())[wider] < 0:
        wider -= 1
    chosen = [player for player in _forward(error, room, wider) if room.active[player] or player in room.keep]
    while sum(room.active[chosen]) > n_active:
        without = [[other for other in chosen if other != player] for player in chosen if player not in room.keep]
        chosen = without[int(error(as_masks(without, room.n)).argmin())]
    return room.take([*chosen, *room.candidates], budget)
