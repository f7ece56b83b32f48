"""What a selector is given and gives: any ordered set of players, no lidar."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Lines = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Players:
    """The players (lines) in order, and what is known of each.

    value, standard_error: float64 (n,), Shapley value and its standard error, or None before stage 1.
    weight: float64 (n,), how much each player measures (points in the image); 0 = a null player, taken last.
    """

    weight: NDArray[np.float64]
    value: NDArray[np.float64] | None = None
    standard_error: NDArray[np.float64] | None = None

    @property
    def n(self) -> int:
        return len(self.weight)

    @property
    def active(self) -> NDArray[np.int64]:
        """Indices of the players that are no null players, ascending."""
        return np.flatnonzero(self.weight > 0)


@dataclass(frozen=True)
class Proposal:
    """What a selector proposes for one budget: one subset, or several of which evaluation picks one.

    candidates: each sorted, each of exactly the budget's size.
    pick: "only" (one candidate), "best" (least error) or "median" (the candidate of median error).
    """

    candidates: Sequence[Lines]
    pick: Literal["only", "best", "median"] = "only"
    notes: Sequence[str] = field(default_factory=tuple)


class Selector(Protocol):
    """``select(players, budget, seed)`` -> Proposal; raises UsageError where the budget is not in 1..n."""

    name: str
    needs_values: bool

    def __call__(self, players: Players, budget: int, seed: int) -> Proposal: ...
