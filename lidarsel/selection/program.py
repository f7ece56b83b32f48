"""Dynamic programming over ordered players: the best set of every size where the cost adds up over gaps."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.room import Members, Room

Doubles = NDArray[np.float64]

_NULLS_LAST = 1e4
"""What a null player costs, as a multiple of what all gaps of a set can cost. So few null players are taken. That of
them the first are taken, each costs 1 / n^2 of it more than the one before, which must still outweigh the gaps: so it
does up to n = 100. A larger multiple would round the gaps' own differences away (float64 has 16 digits)."""


class Program:
    """The cheapest allowed sets of 1..largest players, all at once, in O(n^2 largest).

    A gap lies between two neighbouring chosen players, or between a chosen player and an end. Of the m candidates it
    leaves numbers a..b - 1 unchosen (none where a = b), and costs gap_cost[a, b], float64 (m + 1, m + 1), finite. A
    set costs the sum of its gaps. As few null players are taken as can be, and of these the first. One that is taken
    ends a gap; that changes no cost where a gap without candidates costs nothing and no null player lies between
    candidates.

    Nodes: 0 the end above, i + 1 player i, n + 1 the end below. ``_from[t, x]``: the least cost of a way from the end
    above to node x by t players, x among them; ``_to[t, x]``: from x to the end below by t players more.
    """

    def __init__(self, gap_cost: Doubles, room: Room, largest: int, holding: Members = ()) -> None:
        """holding: players that every set holds, besides those that the room keeps."""
        n = room.n
        self.room = room
        below = np.concatenate([[0], np.cumsum(room.active & room.allowed)])  # candidates among the first i players
        first, last = np.arange(n + 2)[:, None], np.arange(n + 2)[None]
        ordered = first < last
        step = np.full((n + 2, n + 2), np.inf)
        step[:-1, 1:] = gap_cost[below[:, None], np.maximum(below[:, None], below[None])]
        kept = np.zeros(n + 1, int)
        kept[1:] = np.cumsum(np.isin(np.arange(n), [*room.keep, *holding]))
        passes_kept = kept[np.maximum(last - 1, 0)] > kept[np.minimum(first, n)]
        inside = (first >= 1) & (last <= n)
        step[~ordered | passes_kept | (inside & (last - first < room.min_gap))] = np.inf
        reachable = np.concatenate([[False], room.allowed, [True]])
        step[:, ~reachable] = np.inf
        dear = _NULLS_LAST * (1 + (largest + 1) * float(np.abs(gap_cost).max()))
        toll = np.zeros(n + 2)
        toll[1:-1] = np.where(room.active, 0, dear * (1 + np.arange(n) / n**2))
        self._step = step + toll
        self._from = np.full((largest + 1, n + 2), np.inf)
        self._to = np.full((largest + 1, n + 2), np.inf)
        self._from[0, 0] = 0
        self._to[0] = self._step[:, -1]
        inner = self._step.copy()
        inner[:, -1] = np.inf
        for t in range(1, largest + 1):
            self._from[t] = (self._from[t - 1][:, None] + inner).min(0)
            self._to[t] = (inner + self._to[t - 1]).min(1)
        self._inner = inner

    def best(self, budget: int) -> Members:
        """The cheapest set of the budget; of equals, the one whose first player comes first, and so on."""
        return self._onwards(0, budget)

    def through(self, budget: int) -> Doubles:
        """Float64 (n,): for each player, the least cost of a set of the budget that holds it; infinite where none does.

        Null players add a toll to the cost, the same for each set with the same ones.
        """
        before = self._from[1 : budget + 1, 1:-1]
        after = self._to[:budget, 1:-1][::-1]
        result: Doubles = (before + after).min(0)
        return result

    def best_through(self, budget: int, player: int) -> Members:
        """The cheapest set of the budget that holds the player."""
        node = player + 1
        before = int((self._from[1 : budget + 1, node] + self._to[:budget, node][::-1]).argmin()) + 1
        return (*self._back(node, before), *self._onwards(node, budget - before))

    def near(self, budget: int, count: int) -> Sequence[Members]:
        """The cheapest set, and up to ``count`` - 1 others: the cheapest of those that are best through some player."""
        through = self.through(budget)
        sets = [self.best(budget)]
        for player in np.argsort(through, kind="stable"):
            if len(sets) == count or not np.isfinite(through[player]):
                break
            if (some := self.best_through(budget, int(player))) not in sets:
                sets.append(some)
        return sets

    def _onwards(self, node: int, count: int) -> Members:
        """The ``count`` players after a node on the cheapest way to the end below."""
        players = []
        for left in range(count - 1, -1, -1):
            node = int((self._inner[node] + self._to[left]).argmin())
            players.append(node - 1)
        return tuple(players)

    def _back(self, node: int, count: int) -> Members:
        """The ``count`` players up to a node, itself among them, on the cheapest way from the end above."""
        players = [node - 1]
        for left in range(count - 1, 0, -1):
            node = int((self._from[left] + self._inner[:, node]).argmin())
            players.append(node - 1)
        return tuple(reversed(players))
