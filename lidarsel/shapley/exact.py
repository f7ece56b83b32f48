"""Exact Shapley values by enumerating every coalition: an oracle for tests, and the answer for few players.

phi_i = sum over S without i of |S|! (m - 1 - |S|)! / m! * (v(S + i) - v(S))   (Shapley, "A value for n-person games",
1953), m being the number of players in play.
"""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.shapley.base import FrameGame, InPlay, Progress, Request, ShapleyEstimate, evaluate_many, players_in_play

MAX_PLAYERS = 20
"""2^20 coalitions a frame: about three hours at 100 coalitions/s."""


def exact(
    game: FrameGame,
    players: InPlay = None,
    batch: int = 1024,
    progress: Progress | None = None,
) -> ShapleyEstimate:
    """The Shapley values of ``game``, without sampling error, from 2^m evaluations on each frame.

    players: the indices that take part, None = all; the others must be null players and have value exactly 0.
    Standard error: between frames, std / sqrt(F), of the population that the frames were drawn from; 0 with one
    frame, whose values are exact. Raises UsageError for more than MAX_PLAYERS players in play.
    """
    active = players_in_play(game, players)
    m, n_frames = len(active), game.n_frames
    if m > MAX_PLAYERS:
        raise UsageError(f"exact values of {m} players need 2^{m} evaluations a frame: {MAX_PLAYERS} is the most")
    if n_frames < 1 or batch < 1:
        raise UsageError(f"exact values need at least one frame and a batch of at least 1: {n_frames}, {batch}")

    # coalition c holds the active player of position b where bit b of the number c is set (``_requests``)
    numbers = np.arange(2**m)
    sizes = np.array([int(c).bit_count() for c in numbers])
    weights = np.array([1 / (max(m, 1) * math.comb(max(m - 1, 0), size)) for size in range(max(m, 1))])
    per_frame = np.zeros((n_frames, game.n_players))
    ends = np.empty((n_frames, 2))
    total = n_frames * len(numbers)
    for frame in range(n_frames):
        told = None if progress is None else partial(_told, progress, frame * len(numbers), total)
        values = evaluate_many(game, _requests(game, frame, active, batch), batch, told)
        for position, player in enumerate(active):
            without = numbers[(numbers >> position) & 1 == 0]
            gains = values[without | (1 << position)] - values[without]
            per_frame[frame, player] = weights[sizes[without]] @ gains
        ends[frame] = values[[0, -1]]

    spread = per_frame.std(0, ddof=1) / np.sqrt(n_frames) if n_frames > 1 else np.zeros(game.n_players)
    return ShapleyEstimate(
        mean=per_frame.mean(0),
        standard_error=spread,
        degrees_of_freedom=n_frames - 1 if n_frames > 1 else math.inf,
        per_frame=per_frame,
        value_empty_per_frame=ends[:, 0],
        value_full_per_frame=ends[:, 1],
        n_evaluations=total,
        stopped="enumerated",
    )


def _requests(game: FrameGame, frame: int, active: NDArray[np.int64], batch: int) -> Iterator[Request]:
    """Every coalition of the active players on a frame, by number."""
    count = 2 ** len(active)
    for start in range(0, count, batch):
        part = np.arange(start, min(start + batch, count))
        coalitions = np.zeros((len(part), game.n_players), bool)
        coalitions[:, active] = (part[:, None] >> np.arange(len(active))) & 1
        yield frame, coalitions


def _told(progress: Progress, before: int, total: int, done: int) -> None:
    progress(before + done, total)
