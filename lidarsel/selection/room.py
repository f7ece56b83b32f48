"""Which subsets a budget and the constraints leave: what every selector owes them, worked out in one place."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError

Members = tuple[int, ...]
"""Numbers of players that belong to a set, ascending where nothing else is said."""

_NEVER = -(10**6)
"""In place of minus infinity: below 0 however many players are added to it."""


@dataclass(frozen=True)
class Constraints:
    """Players that must be kept, players that must not, and how far apart any two kept ones must be.

    Args:
        keep: those that must be kept.
        drop: those that must not.
        min_gap: two kept players differ by at least this in number; 1 = neighbours may both be kept.
    """

    keep: Members = ()
    drop: Members = ()
    min_gap: int = 1


class Room:
    """The subsets of n players that the constraints allow.

    A set for budget k has exactly k players, all of ``keep``, none of ``drop``, no two closer than ``min_gap``, and
    among such sets as many active players as can be: null players come last.

    Attributes:
        active: bool (n,), false for null players.
        candidates: int64, the active players that may be chosen, ascending, kept ones among them; a player closer than
            ``min_gap`` to a kept one is none.
        nulls: int64, likewise the null players.
    """

    def __init__(
        self, active: NDArray[np.bool_], constraints: Constraints, kind: str = "player", ordered: bool = True
    ) -> None:
        """Work out what the constraints leave. active: bool (n,), false for null players; see ``Players`` for the rest.

        Raises UsageError where the constraints contradict each other, name players that are not there, or ask for a
        distance where there is none.
        """
        n = len(active)
        keep, drop, gap = sorted(set(constraints.keep)), set(constraints.drop), constraints.min_gap
        for option, players in (("keep", keep), ("drop", drop)):
            for player in players:
                if not 0 <= player < n:
                    raise UsageError(f"--{option} {player}: there are {kind}s 0..{n - 1}")
        if both := drop.intersection(keep):
            raise UsageError(f"{kind} {min(both)} is both to be kept and to be dropped; name it in --keep or in --drop")
        if gap < 1:
            raise UsageError(f"--min-gap {gap}: give 1 or more, 1 being no limit")
        if gap > 1 and not ordered:
            raise UsageError(f"--min-gap {gap}: {kind}s have no order, so none is near another; leave it out")
        for above, below in itertools.pairwise(keep):
            if below - above < gap:
                raise UsageError(f"{kind}s {above} and {below} are both to be kept but closer than --min-gap {gap}")
        self.active, self.keep, self.drop, self.min_gap = active, tuple(keep), frozenset(drop), gap
        self.kind = kind
        self.allowed = np.ones(n, bool)
        self.allowed[list(drop)] = False
        self.allowed &= ~self._too_close(self.keep)
        self.candidates = np.flatnonzero(active & self.allowed)
        self.nulls = np.flatnonzero(~active & self.allowed)

    @property
    def n(self) -> int:
        return len(self.active)

    def n_active(self, budget: int) -> int:
        """How many active players a set of the budget has. Raises UsageError where there is no set of that size."""
        if not 1 <= budget <= self.n:
            there = f"there are {self.n}, so ask for 1..{self.n}"
            raise UsageError(f"a budget of {budget} {self.kind}s makes no sense: {there}")
        if self._most_active[budget] < 0:
            fewest, most = self.budgets()
            raise UsageError(
                f"a budget of {budget} {self.kind}s cannot be filled: --keep, --drop and --min-gap leave room for "
                f"{fewest} to {most}"
            )
        return int(self._most_active[budget])

    def budgets(self) -> tuple[int, int]:
        """The fewest and the most players that a set can have."""
        return max(1, len(self.keep)), int(np.flatnonzero(self._most_active >= 0).max())

    def fits(self, chosen: Iterable[int], budget: int) -> bool:
        """Whether some set of the budget holds all of ``chosen``."""
        n_active = self.n_active(budget)
        players = set(chosen).union(self.keep)
        if len(players) > budget or not self.allowed[list(players)].all():
            return False
        if self.min_gap > 1:
            return bool(self.most_active(players)[budget] == n_active)
        return sum(not self.active[player] for player in players) <= budget - n_active

    def take(self, order: Iterable[int], budget: int) -> Members:
        """A set of the budget: the kept players, then those that fit of an order, one by one, then null players.

        order: every candidate, or enough to fill the budget with; the first come first. Raises UsageError where there
        is no set of that size.
        """
        self.n_active(budget)  # refuses a budget that cannot be filled
        chosen = set(self.keep)
        for player in (*order, *self.nulls):
            if len(chosen) == budget:
                break
            if player not in chosen and self.fits(chosen | {int(player)}, budget):
                chosen.add(int(player))
        assert len(chosen) == budget, "the order ended before the budget"
        return tuple(sorted(chosen))

    def most_active(self, chosen: Iterable[int]) -> NDArray[np.int64]:
        """Int64 (n + 1,): by size, the most active players of an allowed set with all of ``chosen``; < 0 for none."""
        forced = np.zeros(self.n, bool)
        forced[[*chosen, *self.keep]] = True
        takeable = self.allowed & ~self._too_close(np.flatnonzero(forced))
        # table[i]: the same of the first i players alone
        table = np.full((self.n + 1, self.n + 1), _NEVER)
        table[0, 0] = 0
        for player in range(self.n):
            if not forced[player]:
                table[player + 1] = table[player]
            if takeable[player]:
                taken = table[max(0, player + 1 - self.min_gap), :-1] + int(self.active[player])
                np.maximum(table[player + 1, 1:], taken, out=table[player + 1, 1:])
        result: NDArray[np.int64] = table[-1]
        return result

    @cached_property
    def _most_active(self) -> NDArray[np.int64]:
        return self.most_active(())

    def _too_close(self, players: Iterable[int]) -> NDArray[np.bool_]:
        """Bool (n,): closer than ``min_gap`` to another player among ``players``."""
        apart = np.abs(np.arange(self.n)[:, None] - np.array(list(players), int))
        result: NDArray[np.bool_] = ((apart > 0) & (apart < self.min_gap)).any(1)
        return result
