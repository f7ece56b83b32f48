"""What an estimator of Shapley values is given and gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.special
from numpy.typing import NDArray

from lidarsel.errors import LidarselError, UsageError

Progress = Callable[[int, int], None]
"""``progress(done, total)``, both in evaluations of one coalition on one frame."""


class FrameGame(Protocol):
    """A game whose value is a mean over frames: v(S) = mean over f of v_f(S), in the game's own unit.

    Players are numbered 0..n_players - 1, frames 0..n_frames - 1. The value must depend on the frame and the
    coalition alone. Batching and remembering values is the game's business: an estimator hands over as many
    coalitions of one frame at a time as it has.
    """

    @property
    def n_players(self) -> int: ...

    @property
    def n_frames(self) -> int: ...

    def values(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_players), true = the player takes part -> float64 (M,), v_frame of each coalition."""
        ...


@dataclass(frozen=True, eq=False)
class ShapleyEstimate:
    """Shapley values with their standard errors, all in the unit of the game's value.

    F frames, n players. A player that was not in play has value and standard error exactly 0.

    mean: float64 (n,), the global values, the plain mean of ``per_frame`` over frames.
    standard_error: float64 (n,), of ``mean``; the estimator says of which population.
    degrees_of_freedom: of that standard error: number of independent terms - 1 (infinite where nothing was sampled).
    per_frame: float64 (F, n), the local values; row f sums to value_full_per_frame[f] - value_empty_per_frame[f].
    value_empty_per_frame, value_full_per_frame: float64 (F,), v_f of no player and of all players in play.
    n_evaluations: how many (frame, coalition) values were asked of the game, repeated ones counted each time.
    """

    mean: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    degrees_of_freedom: float
    per_frame: NDArray[np.float64]
    value_empty_per_frame: NDArray[np.float64]
    value_full_per_frame: NDArray[np.float64]
    n_evaluations: int

    @property
    def value_empty(self) -> float:
        """v of no player: the mean over frames."""
        return float(self.value_empty_per_frame.mean())

    @property
    def value_full(self) -> float:
        """v of all players in play: the mean over frames."""
        return float(self.value_full_per_frame.mean())

    def half_width(self, confidence: float = 0.95) -> NDArray[np.float64]:
        """Float64 (n,): half the width of each player's Student-t confidence interval around ``mean``.

        The quantile is Student's because with few frames the normal one covers too seldom (12 frames: 2.20
        standard errors at 95 %, not 1.96).
        """
        upper = 0.5 + confidence / 2
        if np.isinf(self.degrees_of_freedom):
            return self.standard_error * float(scipy.special.ndtri(upper))
        return self.standard_error * float(scipy.special.stdtrit(self.degrees_of_freedom, upper))


def players_in_play(game: FrameGame, players: Sequence[int] | NDArray[np.integer] | None) -> NDArray[np.int64]:
    """Int64 (m,): the sorted indices of the players that take part; None means all of them.

    Raises UsageError where an index is repeated or is no player.
    """
    if players is None:
        return np.arange(game.n_players)
    given = np.asarray(players, np.int64)
    active = np.unique(given)
    if len(active) != len(given) or (len(active) and (active[0] < 0 or active[-1] >= game.n_players)):
        raise UsageError(f"players in play must be distinct indices in 0..{game.n_players - 1}")
    return active


def evaluate(game: FrameGame, frame: int, coalitions: NDArray[np.bool_], batch: int) -> NDArray[np.float64]:
    """``game.values`` of bool (M, n) coalitions in calls of at most ``batch``: float64 (M,).

    Raises LidarselError where the game answers with another shape or a value that is not finite: averaged in,
    one such value would spoil every player's figure in silence.
    """
    values = np.empty(len(coalitions))
    for start in range(0, len(coalitions), batch):
        part = coalitions[start : start + batch]
        answer = np.asarray(game.values(frame, part))
        if answer.shape != (len(part),):
            raise LidarselError(f"the game gave values of shape {answer.shape} for {len(part)} coalitions")
        if not np.isfinite(answer).all():
            count = int((~np.isfinite(answer)).sum())
            raise LidarselError(f"the game gave {count} values that are not finite on frame number {frame}")
        values[start : start + batch] = answer
    return values
