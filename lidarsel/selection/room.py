"""Which subsets a budget and the constraints leave: what every selector owes them, worked out in one place."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError

Lines = tuple[int, ...]

_NEVER = -(10**6)


@dataclass(frozen=True)
class Constraints:
    """Lines that must be kept, lines that must not, and how far apart any two kept lines must be.

    min_gap: two kept lines differ by at least this in number; 1 = neighbours may both be kept.
    """

    keep: Lines = ()
    drop: Lines = ()
    min_gap: int = 1


class Room:
    """The subsets of n lines that the constraints allow.

    A set for budget k has exactly k lines, all of ``keep``, none of ``drop``, no two closer than ``min_gap``, and
    among such sets as many active lines as can be: null lines come last.

    active: bool (n,), false for null lines. candidates: int64, the active lines that may be chosen, ascending, kept
    ones among them; a line closer than ``min_gap`` to a kept one is none. nulls: likewise the null lines.
    """

    def __init__(self, active: NDArray[np.bool_], constraints: Constraints) -> None:
        """Raises UsageError where the constraints contradict each other or name lines that are not there."""
        n = len(active)
        keep, drop, gap = sorted(set(constraints.keep)), set(constraints.drop), constraints.min_gap
        for option, lines in (("keep", keep), ("drop", drop)):
            for line in lines:
                if not 0 <= line < n:
                    raise UsageError(f"--{option} {line}: there are lines 0..{n - 1}")
        if both := drop.intersection(keep):
            raise UsageError(f"line {min(both)} is both to be kept and to be dropped; name it in --keep or in --drop")
        if gap < 1:
            raise UsageError(f"--min-gap {gap}: give 1 or more, 1 being no limit")
        for above, below in itertools.pairwise(keep):
            if below - above < gap:
                raise UsageError(f"lines {above} and {below} are both to be kept but closer than --min-gap {gap}")
        self.active, self.keep, self.drop, self.min_gap = active, tuple(keep), frozenset(drop), gap
        self.allowed = np.ones(n, bool)
        self.allowed[list(drop)] = False
        self.allowed &= ~self._too_close(self.keep)
        self.candidates = np.flatnonzero(active & self.allowed)
        self.nulls = np.flatnonzero(~active & self.allowed)

    @property
    def n(self) -> int:
        return len(self.active)

    def n_active(self, budget: int) -> int:
        """How many active lines a set of the budget has. Raises UsageError where there is no set of that size."""
        if not 1 <= budget <= self.n:
            raise UsageError(f"a budget of {budget} lines makes no sense: there are {self.n}, so ask for 1..{self.n}")
        if self._most_active[budget] < 0:
            most = int(np.flatnonzero(self._most_active >= 0).max())
            fewest = max(1, len(self.keep))
            raise UsageError(
                f"a budget of {budget} lines cannot be filled: --keep, --drop and --min-gap leave room for "
                f"{fewest} to {most}"
            )
        return int(self._most_active[budget])

    def fits(self, chosen: Iterable[int], budget: int) -> bool:
        """Whether some set of the budget holds all of ``chosen``."""
        n_active = self.n_active(budget)
        lines = set(chosen).union(self.keep)
        if len(lines) > budget or not self.allowed[list(lines)].all():
            return False
        if self.min_gap > 1:
            return bool(self.most_active(lines)[budget] == n_active)
        return sum(not self.active[line] for line in lines) <= budget - n_active

    def take(self, order: Iterable[int], budget: int) -> Lines:
        """A set of the budget: the kept lines, then those of ``order`` that fit, one by one, then null lines; sorted.

        ``order`` holds every candidate, or enough to fill the budget with.
        """
        self.n_active(budget)  # refuses a budget that cannot be filled
        chosen = set(self.keep)
        for line in (*order, *self.nulls):
            if len(chosen) == budget:
                break
            if line not in chosen and self.fits(chosen | {int(line)}, budget):
                chosen.add(int(line))
        assert len(chosen) == budget, "the order ended before the budget"
        return tuple(sorted(chosen))

    def most_active(self, chosen: Iterable[int]) -> NDArray[np.int64]:
        """Int64 (n + 1,): by size, the most active lines of an allowed set with all of ``chosen``; < 0 for none."""
        forced = np.zeros(self.n, bool)
        forced[[*chosen, *self.keep]] = True
        takeable = self.allowed & ~self._too_close(np.flatnonzero(forced))
        # table[i]: the same of the first i lines alone
        table = np.full((self.n + 1, self.n + 1), _NEVER)
        table[0, 0] = 0
        for line in range(self.n):
            if not forced[line]:
                table[line + 1] = table[line]
            if takeable[line]:
                taken = table[max(0, line + 1 - self.min_gap), :-1] + int(self.active[line])
                np.maximum(table[line + 1, 1:], taken, out=table[line + 1, 1:])
        return table[-1]

    @cached_property
    def _most_active(self) -> NDArray[np.int64]:
        return self.most_active(())

    def _too_close(self, lines: Iterable[int]) -> NDArray[np.bool_]:
        """Bool (n,): closer than ``min_gap`` to one of ``lines`` that is another line."""
        apart = np.abs(np.arange(self.n)[:, None] - np.array(list(lines), int))
        return ((apart > 0) & (apart < self.min_gap)).any(1)
