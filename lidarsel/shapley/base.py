"""What an estimator of Shapley values is given and gives."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lidarsel import confidence
from lidarsel.errors import LidarselError, UsageError
from lidarsel.shapley.stop_reason import StopReason

Progress = Callable[[int, int], None]
"""``progress(done, total)``, both in evaluations of one coalition on one frame."""

Request = tuple[int, NDArray[np.bool_]]
"""A frame's number and bool (M, n_players) coalitions to evaluate on it."""


InPlay = Sequence[int] | NDArray[np.integer] | None
"""The indices of the players that take part; None is all of them."""


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

    @property
    def ordered(self) -> bool:
        """Whether neighbours in number are neighbours in fact. It may guide an estimator, but changes no value."""
        ...

    def values(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The values of coalitions on a frame.

        Args:
            frame: its number.
            coalitions: bool (M, n_players), true where a player takes part.

        Returns:
            float64 (M,), v_frame of each coalition.
        """
        ...


@runtime_checkable
class StreamGame(FrameGame, Protocol):
    """A game that takes a stream of requests, so that it can have several under way at once."""

    def values_many(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        """What ``values`` gives for each request, in the order of the requests, which are taken as there is room."""
        ...


@dataclass(frozen=True, eq=False)
class ShapleyEstimate:
    """Shapley values with their standard errors, all in the unit of the game's value.

    F frames, n players. A player that was not in play has value and standard error exactly 0.

    Args:
        mean: float64 (n,), the global values, the plain mean of ``per_frame`` over frames.
        standard_error: float64 (n,), of ``mean``; the estimator says of which population.
        degrees_of_freedom: of that standard error: number of independent terms - 1 (infinite if nothing was sampled).
        per_frame: float64 (F, n), the local values; row f sums to value_full_per_frame[f] - value_empty_per_frame[f].
        value_empty_per_frame: float64 (F,), v_f of no player.
        value_full_per_frame: float64 (F,), v_f of all players in play.
        n_evaluations: how many (frame, coalition) values were asked of the game, repeated ones counted each time.
        stopped: what ended it.
    """

    mean: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    degrees_of_freedom: float
    per_frame: NDArray[np.float64]
    value_empty_per_frame: NDArray[np.float64]
    value_full_per_frame: NDArray[np.float64]
    n_evaluations: int
    stopped: StopReason = "evaluations"

    @property
    def value_empty(self) -> float:
        """v of no player: the mean over frames."""
        return float(self.value_empty_per_frame.mean())

    @property
    def value_full(self) -> float:
        """v of all players in play: the mean over frames."""
        return float(self.value_full_per_frame.mean())

    def half_width(self, level: float = confidence.CONFIDENCE) -> NDArray[np.float64]:
        """Float64 (n,): half the width of each player's confidence interval around ``mean``."""
        return confidence.half_width(self.standard_error, self.degrees_of_freedom, level)


def players_in_play(game: FrameGame, players: InPlay) -> NDArray[np.int64]:
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


def evaluate_many(
    game: FrameGame, requests: Iterable[Request], batch: int, progress: Callable[[int], None] | None = None
) -> NDArray[np.float64]:
    """The values of all requests.

    Args:
        game: what is asked.
        requests: a frame and bool (M, n_players) coalitions each.
        batch: the most coalitions that the game is asked for at a time.
        progress: told how many values there are.

    Returns:
        float64 (sum of the requests' M,), one request after the other.

    Raises:
        LidarselError: the game answers with another shape or a value that is not finite: averaged in, one such value
            would spoil every player's figure in silence.
    """
    asked: deque[tuple[int, int]] = deque()

    def parts() -> Iterator[Request]:
        for frame, coalitions in requests:
            for start in range(0, len(coalitions), batch):
                part = coalitions[start : start + batch]
                asked.append((frame, len(part)))
                yield frame, part

    if isinstance(game, StreamGame):
        answers = game.values_many(parts())
    else:
        answers = (game.values(frame, part) for frame, part in parts())
    values = [np.empty(0)]
    done = 0
    for answer in answers:
        values.append(_checked(np.asarray(answer), *asked.popleft()))
        done += len(values[-1])
        if progress is not None:
            progress(done)
    return np.concatenate(values)


def _checked(answer: NDArray[np.float64], frame: int, count: int) -> NDArray[np.float64]:
    if answer.shape != (count,):
        raise LidarselError(f"the game gave values of shape {answer.shape} for {count} coalitions")
    if not np.isfinite(answer).all():
        wrong = int((~np.isfinite(answer)).sum())
        raise LidarselError(f"the game gave {wrong} values that are not finite on frame number {frame}")
    return answer
