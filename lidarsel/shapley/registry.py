"""The estimators by the names they have on the command line."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.shapley import permutation, regression
from lidarsel.shapley.base import FrameGame, Progress, ShapleyEstimate
from lidarsel.shapley.exact import exact
from lidarsel.shapley.stopping import NEVER, StopRule


class Estimator(Protocol):
    """Shapley values of a game from at most so many values of a coalition on a frame."""

    def __call__(
        self,
        game: FrameGame,
        evaluations: int,
        seed: int,
        players: Sequence[int] | NDArray[np.integer] | None = None,
        batch: int = 1024,
        progress: Progress | None = None,
        stop: StopRule = NEVER,
    ) -> ShapleyEstimate: ...


def by_permutation(
    game: FrameGame,
    evaluations: int,
    seed: int,
    players: Sequence[int] | NDArray[np.integer] | None = None,
    batch: int = 1024,
    progress: Progress | None = None,
    stop: StopRule = NEVER,
) -> ShapleyEstimate:
    """As many pairs of permutations on every frame as ``evaluations`` allow; UsageError where not one does."""
    _refuse(stop, "permutation")
    n_in_play = game.n_players if players is None else len(players)
    one, two = (permutation.evaluations_needed(game.n_frames, n_in_play, pairs) for pairs in (1, 2))
    fewest = 2 if game.n_frames == 1 else 1
    pairs = max(fewest, 1 + (evaluations - one) // (two - one)) if two > one else fewest
    needed = permutation.evaluations_needed(game.n_frames, n_in_play, pairs)
    if needed > evaluations:
        raise UsageError(f"{pairs} pairs of permutations on each frame need {needed} evaluations, not {evaluations}")
    return permutation.estimate(game, pairs, seed, players, batch, progress)


def by_enumeration(
    game: FrameGame,
    evaluations: int,
    seed: int,
    players: Sequence[int] | NDArray[np.integer] | None = None,
    batch: int = 1024,
    progress: Progress | None = None,
    stop: StopRule = NEVER,
) -> ShapleyEstimate:
    """Every coalition on every frame; the seed plays no part. UsageError where ``evaluations`` do not suffice."""
    _refuse(stop, "exact")
    n_in_play = game.n_players if players is None else len(players)
    if game.n_frames * 2**n_in_play > evaluations:
        raise UsageError(
            f"enumeration of {n_in_play} players needs {game.n_frames * 2**n_in_play} evaluations, not {evaluations}"
        )
    return exact(game, players, batch, progress)


def _refuse(stop: StopRule, name: str) -> None:
    if stop.given:
        raise UsageError(f"estimator {name} does not stop early; leave the rule out, or choose regression")


ESTIMATORS: dict[str, Estimator] = {
    "regression": regression.estimate,
    "permutation": by_permutation,
    "exact": by_enumeration,
}


def estimator(name: str) -> Estimator:
    """The estimator of that name; UsageError for an unknown one."""
    if name not in ESTIMATORS:
        raise UsageError(f"no estimator {name!r}: there are {', '.join(ESTIMATORS)}")
    return ESTIMATORS[name]
