"""The estimators by the names they have on the command line."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from lidarsel.errors import UsageError
from lidarsel.shapley import permutation, regression
from lidarsel.shapley.base import FrameGame, InPlay, Progress, ShapleyEstimate
from lidarsel.shapley.exact import exact
from lidarsel.shapley.stopping import NEVER, StopRule
from lidarsel.spelling import none_of


class Estimator(Protocol):
    """Shapley values of a game from at most so many values of a coalition on a frame."""

    def __call__(
        self,
        game: FrameGame,
        evaluations: int,
        seed: int,
        players: InPlay = None,
        batch: int = 1024,
        progress: Progress | None = None,
        stop: StopRule = NEVER,
    ) -> ShapleyEstimate: ...


Whole = Callable[[InPlay, int, Progress | None], ShapleyEstimate]
"""An estimator with its plan made: called with players, batch and progress, it gives the estimate."""


def _permutations(game: FrameGame, evaluations: int, seed: int, n_in_play: int) -> Whole:
    """As many pairs of permutations on every frame as ``evaluations`` allow; UsageError where not one does."""
    one, two = (permutation.evaluations_needed(game.n_frames, n_in_play, pairs) for pairs in (1, 2))
    fewest = 2 if game.n_frames == 1 else 1
    pairs = max(fewest, 1 + (evaluations - one) // (two - one)) if two > one else fewest
    needed = permutation.evaluations_needed(game.n_frames, n_in_play, pairs)
    if needed > evaluations:
        raise UsageError(f"{pairs} pairs of permutations on each frame need {needed} evaluations, not {evaluations}")
    return partial(permutation.estimate, game, pairs, seed)


def _enumeration(game: FrameGame, evaluations: int, seed: int, n_in_play: int) -> Whole:
    """Every coalition on every frame; the seed plays no part. UsageError where ``evaluations`` do not suffice."""
    needed = game.n_frames * 2**n_in_play
    if needed > evaluations:
        raise UsageError(f"enumeration of {n_in_play} players needs {needed} evaluations, not {evaluations}")
    return partial(exact, game)


def _without_stopping(name: str, plan: Callable[[FrameGame, int, int, int], Whole]) -> Estimator:
    """The estimator that carries out a plan made beforehand, and so has no use for a rule that ends it earlier."""

    def estimate(
        game: FrameGame,
        evaluations: int,
        seed: int,
        players: InPlay = None,
        batch: int = 1024,
        progress: Progress | None = None,
        stop: StopRule = NEVER,
    ) -> ShapleyEstimate:
        if stop.given:
            raise UsageError(f"estimator {name} does not stop early; leave the rule out, or choose regression")
        n_in_play = game.n_players if players is None else len(players)
        return plan(game, evaluations, seed, n_in_play)(players, batch, progress)

    return estimate


ESTIMATORS: dict[str, Estimator] = {
    "regression": regression.estimate,
    "permutation": _without_stopping("permutation", _permutations),
    "exact": _without_stopping("exact", _enumeration),
}


def estimator(name: str) -> Estimator:
    """The estimator of that name; UsageError for an unknown one."""
    if name not in ESTIMATORS:
        raise UsageError(f"estimator {none_of(name, ESTIMATORS)}")
    return ESTIMATORS[name]
