"""The interval model of a game on ordered players: what each band of players left out costs.

    error(S)^p  =  c0  +  sum over intervals [i, j] of w[i, j] * 1[no player of i..j is in S],     w >= 0

Every band left empty costs something and never less than nothing. An interval is empty if and only if it lies in a gap
between two neighbouring members (or a member and an end), so the sum is one over the gaps of S: a gap of players
a..b - 1 costs cost[a, b], the sum of w over all intervals inside it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.base import Insight
from lidarsel.selection.gaps import Doubles, among, gap_matrix

GUIDING_R2 = 0.9
"""Below it the model is a poor guide to errors."""


@dataclass(frozen=True)
class Fit:
    """How well the model says the errors of coalitions that it was not fitted to (cross-validation).

    Args:
        r2: 1 - squared relative residuals / those of the best constant; 1 is perfect, 0 no better than a constant.
        relative_rms: root mean square of (modelled error / error - 1).
        power: the chosen p.
        ridge: the chosen ridge.
        n_coalitions: how many the model was fitted to.
    """

    r2: float
    relative_rms: float
    power: float
    ridge: float
    n_coalitions: int

    @property
    def is_guide(self) -> bool:
        """Whether it knows enough of the errors to choose sets by."""
        return self.r2 >= GUIDING_R2

    @property
    def wrong_by(self) -> str:
        """``relative_rms`` as it is told: two digits of a percentage, whole ones from 10 % on."""
        percent = 100 * self.relative_rms
        return f"{percent:.2g} %" if percent < 10 else f"{percent:,.0f} %"

    def __str__(self) -> str:
        known, made = "on held-out ones", f"(power {self.power:g}, ridge {self.ridge:g})"
        if self.r2 <= 0:
            found = f"no better than one constant {known} (R2 below 0), wrong by {self.wrong_by} {made}; it is no guide"
        else:
            found = f"R2 {self.r2:.4f} and relative error {self.wrong_by} {known} {made}"
            found += "" if self.is_guide else f"; below {GUIDING_R2:g} the model is a poor guide"
        return f"model of {self.n_coalitions} coalitions: {found}{'' if self.is_guide else ' to these errors'}"


@dataclass(frozen=True, eq=False)
class IntervalModel(Insight):
    """A fitted model of ``players``, m in number; all others have no say in it.

    Args:
        cost: float64 (m + 1, m + 1), in unit^p; cost[a, b] of a gap of players[a] to players[b - 1].
        constant: c0, in unit^p.
        unit: what modelled errors are multiplied by.
        fit: how well the model says errors that it was not fitted to.
    """

    cost: Doubles
    constant: float
    unit: float
    fit: Fit

    def error(self, masks: NDArray[np.bool_]) -> Doubles:
        """Bool (M, n) -> float64 (M,), in the unit of the errors that were fitted."""
        power = self.constant + gap_matrix(masks[:, self.players]) @ self.cost[:-1, 1:].ravel()
        return self.unit * power ** (1 / self.fit.power)

    def slope(self, mask: NDArray[np.bool_]) -> float:
        """By how much the logarithm of the error of a subset, bool (n,), rises for each unit of cost."""
        return float((self.error(mask[None])[0] / self.unit) ** -self.fit.power) / self.fit.power

    def cost_among(self, candidates: NDArray[np.int64]) -> Doubles:
        """``cost`` where only some of ``players`` may be chosen: float64 (m + 1, m + 1) for their number m."""
        return among(self.cost, np.searchsorted(self.players, candidates))
