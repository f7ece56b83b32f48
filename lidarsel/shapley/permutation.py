"""Shapley values by antithetic permutation sampling, one frame per pair of permutations.

The Shapley value of player i is its mean marginal gain v(P + i) - v(P), P being the players before i in an order
drawn uniformly at random (Shapley 1953; as an estimator: Castro, Gomez and Tejada, "Polynomial calculation of the
Shapley value based on sampling", Computers & Operations Research 36, 2009). Each order is walked together with its
reverse (antithetic sampling; Mitchell, Cooper, Frank and Holmes, "Sampling permutations for Shapley value
estimation", JMLR 23, 2022): a player that comes early in one comes late in the other, so that what depends on the
position cancels in part. The gains of one walk telescope to v(all) - v(empty), so efficiency holds exactly, per
frame and in the mean, whatever was drawn.

As v is a mean over frames, walking every order on every frame would spend most passes on saying the same thing again.
Each pair is therefore walked on one frame, every frame in equal turn: for the same number of passes the error was 6
times smaller in a trial (48 frames, 192 walks).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.shapley.base import FrameGame, InPlay, Progress, Request, ShapleyEstimate, evaluate_many, players_in_play


def evaluations_needed(n_frames: int, n_in_play: int, pairs: int) -> int:
    """How many (frame, coalition) evaluations ``estimate`` will ask for."""
    return n_frames * (2 + pairs * _walk_length(n_in_play))


def estimate(
    game: FrameGame,
    pairs: int,
    seed: int,
    players: InPlay = None,
    batch: int = 1024,
    progress: Progress | None = None,
) -> ShapleyEstimate:
    """Unbiased estimate of the Shapley values of ``game`` from ``pairs`` pairs of permutations on each frame.

    Args:
        game: tells the values of coalitions on frames.
        pairs: of permutations, one the other's reverse.
        seed: of the orders drawn.
        players: the indices that take part, None = all. The others must be null players (they change no value): they
            are left out of every coalition and have value and standard error exactly 0.
        batch: the most coalitions handed to the game at once; the result does not depend on it.
        progress: told after every call of the game.

    The order of pair p on frame f comes from the seed sequence (seed, f, p) alone: a run that was interrupted asks
    for the same coalitions again, and one with more pairs asks for those and more.

    Standard error: with two or more frames it is clustered by frame, the standard deviation of the frames' values
    over sqrt(F). It then speaks of the population that the frames were drawn from, and holds both the noise of
    the permutations and the difference between frames; neighbouring frames of one drive resemble each other, so for
    other drives it is too small. With one frame it is the standard deviation between pairs over sqrt(pairs), and
    speaks of that frame only.

    Raises UsageError for pairs, batch or seed out of range, or a single pair on a single frame (no standard error).
    """
    active = players_in_play(game, players)
    if pairs < 1 or batch < 1 or seed < 0:
        raise UsageError(f"pairs and batch must be at least 1, seed at least 0: {pairs}, {batch}, {seed}")
    if game.n_frames < 1:
        raise UsageError("the game has no frames")
    if game.n_frames == 1 and pairs < 2:
        raise UsageError("one pair of permutations on one frame gives no standard error: ask for 2 pairs or more")

    m, total = len(active), evaluations_needed(game.n_frames, len(active), pairs)
    per_call = max(1, batch // max(1, _walk_length(m)))

    def requests() -> Iterator[Request]:
        for frame in range(game.n_frames):
            yield frame, _ends(game.n_players, active)
            for start in range(0, pairs, per_call):
                ranks = _ranks(seed, frame, range(start, min(start + per_call, pairs)), m)
                yield frame, _walks(ranks, active, game.n_players)

    told = None if progress is None else lambda done: progress(done, total)
    values = evaluate_many(game, requests(), batch, told).reshape(game.n_frames, -1)
    ends = values[:, :2]
    per_frame = np.zeros((game.n_frames, game.n_players))
    for frame in range(game.n_frames):
        gains = _gains(_ranks(seed, frame, range(pairs), m), values[frame, 2:], ends[frame])
        per_frame[frame, active] = gains.mean(0)

    standard_error = np.zeros(game.n_players)
    clusters = per_frame[:, active] if game.n_frames > 1 else gains
    standard_error[active] = clusters.std(0, ddof=1) / np.sqrt(len(clusters))
    return ShapleyEstimate(
        mean=per_frame.mean(0),
        standard_error=standard_error,
        degrees_of_freedom=len(clusters) - 1,
        per_frame=per_frame,
        value_empty_per_frame=ends[:, 0],
        value_full_per_frame=ends[:, 1],
        n_evaluations=total,
    )


def _walk_length(n_in_play: int) -> int:
    """Coalitions of a pair of walks, without the empty and the full one, which every walk shares."""
    return 2 * max(0, n_in_play - 1)


def _ends(n_players: int, active: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Bool (2, n): nobody; everybody in play."""
    ends = np.zeros((2, n_players), bool)
    ends[1, active] = True
    return ends


def _ranks(seed: int, frame: int, pairs: range, m: int) -> NDArray[np.int64]:
    """Int64 (P, m): when each of the m players in play enters in each pair's forward walk, 0 = first."""
    orders = (np.random.default_rng([seed, frame, pair]).permutation(m) for pair in pairs)
    return np.array(list(orders), np.int64).reshape(len(pairs), m)


def _walks(ranks: NDArray[np.int64], active: NDArray[np.int64], n_players: int) -> NDArray[np.bool_]:
    """Bool (P * 2 * (m - 1), n): sizes 1..m - 1 of each pair's forward walk, then of its backward walk."""
    m = ranks.shape[1]
    sizes = np.arange(1, m)[:, None]
    both = np.stack([ranks, m - 1 - ranks], axis=1)  # (P, 2, m)
    coalitions = np.zeros((len(ranks), 2, len(sizes), n_players), bool)
    coalitions[..., active] = both[:, :, None, :] < sizes
    return coalitions.reshape(-1, n_players)


def _gains(ranks: NDArray[np.int64], inner: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64 (P, m): each player's marginal gain, the mean of each pair's forward and backward walk."""
    n_pairs, m = ranks.shape
    if m == 0:
        return np.zeros((n_pairs, 0))
    path = np.empty((n_pairs, 2, m + 1))
    path[..., 0], path[..., m] = ends
    path[..., 1:m] = inner.reshape(n_pairs, 2, m - 1)
    steps = np.diff(path, axis=-1)
    forward = np.take_along_axis(steps[:, 0], ranks, axis=1)
    backward = np.take_along_axis(steps[:, 1], m - 1 - ranks, axis=1)
    mean: NDArray[np.float64] = (forward + backward) / 2
    return mean
