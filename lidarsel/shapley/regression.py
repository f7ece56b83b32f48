"""Shapley values from pairs of complementary coalitions, with a surrogate that knows the players' order, if any.

1. Pairs are evaluated, each on one frame, the frames in equal turn (lidarsel.shapley.coalitions).
2. A surrogate whose own Shapley values are known (lidarsel.shapley.features, order_features) is fitted K times, each
   time without one part of the pairs.
3. On the part that it has not seen, each surrogate's error is estimated (lidarsel.shapley.correction). The estimate is
   the mean of the surrogates' values plus these corrections.

The method and its measurements: docs/estimator.md.

What is unbiased, whatever the game: the estimate for given weights of the surrogate's features, for pairs drawn with
return. (With one frame also for pairs drawn without: those of a part stand for all that its surrogate has not seen.)
What is only consistent: the whole estimate, since those weights and the frames' scales are chosen on some of the same
pairs, an effect of order 1 / pairs; and the standard error. A surrogate that does not fit the game, as one of order
where there is none, makes the estimate less precise and not wrong. A frame's own values are drawn towards the surrogate
as long as its pairs are too few to contradict it, and are consistent as they grow.

The values of a frame, and of the mean, add up to v(all) - v(none) within rounding. A player in play that has no
influence gets 0 within its error bar, not exactly.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.shapley.base import FrameGame, InPlay, Progress, Request, ShapleyEstimate, evaluate_many, players_in_play
from lidarsel.shapley.coalitions import Pairs, draw_pairs, fewest_pairs
from lidarsel.shapley.correction import CorrectedValues, corrected, folds
from lidarsel.shapley.exact import MAX_PLAYERS, exact
from lidarsel.shapley.features import unordered_features
from lidarsel.shapley.order_features import order_features
from lidarsel.shapley.priors import choose_scale, subset
from lidarsel.shapley.stopping import NEVER, StopRule, rounds
from lidarsel.shapley.surrogate import CrossFit

_LEAST_SCALE = 0.1
"""Of a frame, as a part of the root mean square over frames: a frame whose ends agree is no reason to divide by 0."""


def fewest_evaluations(n_frames: int, n_in_play: int) -> int:
    """The least ``evaluations`` that ``estimate`` takes."""
    sampled = 2 * n_frames + 2 * fewest_pairs(n_in_play, n_frames)
    return min(sampled, n_frames * 2**n_in_play) if n_in_play <= MAX_PLAYERS else sampled


def estimate(
    game: FrameGame,
    evaluations: int,
    seed: int,
    players: InPlay = None,
    batch: int = 1024,
    progress: Progress | None = None,
    stop: StopRule = NEVER,
) -> ShapleyEstimate:
    """Estimate the Shapley values of a game.

    The pairs depend on the seed alone. Fewer evaluations ask for the first of the pairs that more ask for, so that with
    a game that remembers a longer run goes on where a shorter one ended. Where ``evaluations`` suffice for every
    coalition on every frame (n_frames * 2^players), the values are enumerated and exact.

    The standard error of two or more frames is clustered by frame. It speaks of the population that the frames were
    drawn from: it holds the coalitions' noise and the differences between frames. That of one frame comes from the
    scatter between pairs of one size, and speaks of that frame only.

    Args:
        game: whose players are valued; if they are ordered, their order is that of the indices.
        evaluations: the most values of a coalition on a frame that are asked for.
        seed: of the pairs.
        players: the indices that take part, None = all. The others must be null players: they are left out of every
            coalition and have value and standard error exactly 0.
        batch: the most coalitions handed to the game at once; the result does not depend on it.
        progress: told after every call of the game.
        stop: what may end the estimate before ``evaluations`` are used up.

    Returns:
        The values, their errors, and what ended the estimate.

    Raises:
        UsageError: an argument out of range, or fewer evaluations than ``fewest_evaluations``.
    """
    active = players_in_play(game, players)
    m, n_frames = len(active), game.n_frames
    if batch < 1 or seed < 0:
        raise UsageError(f"batch must be at least 1, seed at least 0: {batch}, {seed}")
    if n_frames < 1:
        raise UsageError("the game has no frames")
    least = fewest_evaluations(n_frames, m)
    if evaluations < least:
        needed = f"{m} players and {n_frames} frames need at least {least}"
        raise UsageError(f"{evaluations} evaluations are too few: {needed}; give --evaluations {least} or more")
    if m <= MAX_PLAYERS and evaluations >= n_frames * 2**m:
        return exact(game, active, batch, progress)

    whole = np.zeros((2, game.n_players), bool)
    whole[1, active] = True
    ends = evaluate_many(game, ((frame, whole) for frame in range(n_frames)), batch).reshape(n_frames, 2)
    most = (evaluations - 2 * n_frames) // 2
    pairs = draw_pairs(m, most, seed, n_frames)
    looks = rounds(fewest_pairs(m, n_frames), most) if stop.given else [most]
    model = _Model(ends, game.ordered)
    odd = np.empty(most)
    before = 0
    for look, count in enumerate(looks, start=1):
        told = None if progress is None else _shifted(progress, 2 * (n_frames + before), evaluations)
        odd[before:count] = _odd_parts(game, pairs, range(before, count), active, batch, told)
        values = model.values(pairs.first(count), odd[:count])
        before = count
        if stopped := stop.reached(values, look):
            break

    per_frame = np.zeros((n_frames, game.n_players))
    per_frame[:, active] = values.per_frame
    standard_error = np.zeros(game.n_players)
    standard_error[active] = np.sqrt(values.covariance.diagonal())
    return ShapleyEstimate(
        mean=per_frame.mean(0),
        standard_error=standard_error,
        degrees_of_freedom=values.degrees_of_freedom,
        per_frame=per_frame,
        value_empty_per_frame=ends[:, 0],
        value_full_per_frame=ends[:, 1],
        n_evaluations=2 * (n_frames + before),
        stopped=stopped or "evaluations",
    )


def _shifted(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    """``progress`` of a part that begins after ``before`` evaluations."""
    return lambda done: progress(before + done, total)


def _odd_parts(
    game: FrameGame,
    pairs: Pairs,
    numbers: range,
    active: NDArray[np.int64],
    batch: int,
    progress: Callable[[int], None] | None,
) -> NDArray[np.float64]:
    """Float64 (len(numbers),): (v(S) - v(complement)) / 2 of some pairs, frame after frame, each pair together."""
    frame = pairs.frame[numbers.start : numbers.stop]
    order = np.argsort(frame, kind="stable")
    first = np.searchsorted(frame[order], np.arange(game.n_frames + 1))
    step = max(1, batch // 2)

    def requests() -> Iterator[Request]:
        for number in range(game.n_frames):
            for start in range(first[number], first[number + 1], step):
                part = order[start : min(start + step, first[number + 1])]
                sides = pairs.coalitions[numbers.start + part]
                coalitions = np.zeros((2 * len(part), game.n_players), bool)
                coalitions[0::2, active], coalitions[1::2, active] = sides, ~sides
                yield number, coalitions

    values = evaluate_many(game, requests(), batch, progress)
    odd = np.empty(len(numbers))
    odd[order] = (values[0::2] - values[1::2]) / 2
    return odd


class _Model:
    """From the odd parts of pairs to values; keeps the features' weights while they rest on the same pairs."""

    def __init__(self, ends: NDArray[np.float64], ordered: bool) -> None:
        self._features_of = order_features if ordered else unordered_features
        self._total = ends[:, 1] - ends[:, 0]
        self._chosen_on: NDArray[np.int64] | None = None

    def values(self, pairs: Pairs, odd: NDArray[np.float64]) -> CorrectedValues:
        n, n_frames = pairs.coalitions.shape[1], len(self._total)
        features = self._features_of(n)
        share = (pairs.coalitions.sum(1) - n / 2) / n * self._total[pairs.frame]
        rows = subset(pairs.frame, n_frames)
        if self._chosen_on is None or not np.array_equal(rows, self._chosen_on):
            x = features(pairs.coalitions[rows])
            self._prior, self._scales = choose_scale(
                features, x, (odd - share)[rows], pairs.frame[rows], self._frame_scales()
            )
            self._chosen_on = rows
        fold, n_folds = folds(pairs)
        fit = CrossFit(features, pairs.coalitions, pairs.frame, fold, n_folds, n_frames, self._prior)
        everywhere = bool(np.isfinite(pairs.population).any())
        found = fit.predict(odd - share, self._scales, everywhere)
        return corrected(pairs, fold, found.residual, found.per_frame, self._total / n)

    def _frame_scales(self) -> NDArray[np.float64]:
        """Float64 (F,): |v(all) - v(empty)| of each frame relative to their root mean square."""
        size = np.abs(self._total)
        mean = float(np.sqrt(np.mean(size**2)))
        return np.maximum(size / mean, _LEAST_SCALE) if mean > 0 else np.ones(len(size))
