"""Which channels of a network are one: union-find over single channels, and those that must stay.

An *atom* is one entry along one axis of a weight. Atoms that only go together are joined; a channel is what is joined.
"""

import numpy as np
from numpy.typing import NDArray

Atoms = NDArray[np.int64]
NOBODY = -1
"""In the place of an atom: an entry that is no layer's, as in a map of zeros. It is joined with nothing."""
FIXED = 0
"""An atom that stays: the network's inputs and outputs, and all that is joined with it."""


class Channels:
    """Atoms, joined step by step."""

    def __init__(self) -> None:
        self._parent = [FIXED]
        self._stays = {FIXED: ""}  # by root: why

    def new(self, count: int) -> Atoms:
        """Int64 (count,), each a channel by itself."""
        start = len(self._parent)
        self._parent.extend(range(start, start + count))
        return np.arange(start, start + count)

    def roots(self, atoms: Atoms) -> Atoms:
        """The atoms that stand for all that are joined with these; FIXED for those that stay. None may be NOBODY."""
        found = [self._root(atom) for atom in atoms.tolist()]
        return np.array([FIXED if root in self._stays else root for root in found], np.int64)

    def join(self, one: Atoms, other: Atoms) -> None:
        """Entry by entry, of arrays of one shape."""
        pairs = np.unique(np.stack([one.reshape(-1), other.reshape(-1)], 1), axis=0)
        for a, b in pairs.tolist():
            if NOBODY not in (a, b):
                self._join(a, b)

    def fix(self, atoms: Atoms, why: str = "") -> None:
        """Have them stay, and say why where that is more than that they are the network's inputs or outputs."""
        for atom in np.unique(atoms).tolist():
            if atom != NOBODY:
                self._stay(self._root(atom), why)

    def reasons(self, atoms: Atoms) -> list[str]:
        """Why they stay, those that do for a reason."""
        found = [self._stays.get(self._root(atom), "") for atom in atoms.tolist()]
        return [why for why in dict.fromkeys(found) if why]

    def _stay(self, root: int, why: str) -> None:
        self._stays[root] = "" if root == FIXED else self._stays.get(root) or why

    def _root(self, atom: int) -> int:
        while self._parent[atom] != atom:
            self._parent[atom] = self._parent[self._parent[atom]]
            atom = self._parent[atom]
        return atom

    def _join(self, one: int, other: int) -> None:
        low, high = sorted((self._root(one), self._root(other)))
        self._parent[high] = low  # the oldest stands for all
        if low != high and high in self._stays:
            self._stay(low, self._stays.pop(high))
