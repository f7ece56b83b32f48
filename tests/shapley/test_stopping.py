"""Error bars that cover, and stopping by them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from lidarsel.errors import UsageError
from lidarsel.shapley.correction import CorrectedValues
from lidarsel.shapley.exact import exact
from lidarsel.shapley.registry import estimator
from lidarsel.shapley.regression import estimate
from lidarsel.shapley.stopping import StopRule, not_by_coalitions, precise, rounds, stable
from tests.support import games

Made = tuple[games.Game, NDArray[np.float64]]

INTERVALS = [(0, 3), (2, 6), (5, 7), (0, 7), (9, 15), (12, 19), (3, 17), (8, 8)]
WEIGHT = np.array([5.0, 3.0, 2.0, 6.0, 4.0, 3.0, 7.0, 1.0])


def coverage(
    make: Callable[[int], games.Game], truth: NDArray[np.float64], evaluations: int, seeds: int = 200
) -> float:
    hits = []
    for seed in range(seeds):
        found = estimate(make(seed), evaluations, seed)
        hits.append(np.abs(found.mean - truth) <= found.half_width(0.95))
    return float(np.mean(hits))


def test_one_frame_covers_its_own_values() -> None:
    game, truth = games.gaps(INTERVALS, WEIGHT[None], 20)
    assert 0.92 < coverage(lambda seed: game, truth[0], 200) < 0.98


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "evaluations"),
    [
        (lambda: games.gaps(INTERVALS, WEIGHT[None], 20), 1000),
        (lambda: games.airport(np.random.default_rng(0).permutation(np.linspace(1, 5, 20))), 400),
        (games.security_council, 300),
    ],
)
def test_one_frame_covers_with_more_pairs_and_without_order(make: Callable[[], Made], evaluations: int) -> None:
    game, truth = make()
    assert 0.92 < coverage(lambda seed: game, truth[0], evaluations) < 0.98


@pytest.mark.slow
def test_pairs_without_return_cover_any_game() -> None:
    game = games.table(9, 1, 3)
    assert 0.92 < coverage(lambda seed: game, exact(game).mean, 300) < 0.98


def population(frames: int) -> Callable[[int], games.Game]:
    def make(seed: int) -> games.Game:
        noise = np.random.default_rng([9, seed]).normal(size=(frames, len(WEIGHT)))
        return games.gaps(INTERVALS, WEIGHT * (1 + 0.4 * noise), 20)[0]

    return make


@pytest.mark.slow
@pytest.mark.parametrize(("frames", "evaluations"), [(3, 200), (5, 300), (12, 300), (40, 300)])
def test_several_frames_cover_their_population(frames: int, evaluations: int) -> None:
    """Frames drawn from a population with known values: coalitions and frames both in the error bar."""
    truth = games.gaps(INTERVALS, WEIGHT[None], 20)[1][0]
    assert 0.92 < coverage(population(frames), truth, evaluations) < 0.98


def values(
    mean: ArrayLike, covariance: ArrayLike, freedom: float = 100.0, sampling: ArrayLike | None = None
) -> CorrectedValues:
    mean, covariance = np.array(mean, float), np.array(covariance, float)
    part = covariance.diagonal() if sampling is None else np.array(sampling)
    return CorrectedValues(mean, mean[None], covariance, freedom, part)


def test_stable_is_a_t_test_of_the_boundary() -> None:
    # two players, one difference, first look: half of 5 % one-sided; t(0.975, 100) = 1.984 from a printed table
    difference_variance = 4.0
    for gap, expected in ((1.98 * 2, False), (1.99 * 2, True)):
        given = values([gap, 0.0], np.eye(2) * difference_variance / 2)
        assert stable(given, 1, 0.95, look=1) is expected
    # correlated players are told apart sooner, later looks are stricter, all players are always stable
    assert stable(values([1.0, 0.0], [[4, 3.9], [3.9, 4]]), 1, 0.95, look=1)
    assert not stable(values([3.98, 0.0], np.eye(2) * 2), 1, 0.95, look=2)
    assert stable(values([1.0, 1.0], np.eye(2)), 2, 0.95, look=1)


def test_precise_stops_at_the_target() -> None:
    assert precise(values([1, 2], np.diag([4.0, 9.0])), 3.0)
    assert not precise(values([1, 2], np.diag([4.0, 9.0])), 2.9)


def test_where_frames_alone_exceed_the_target_it_says_so() -> None:
    assert not not_by_coalitions(values([1, 2], np.diag([4.0, 9.0])), 2.9)
    given = values([1, 2], np.diag([4.0, 9.0]), sampling=[4.0, 0.1])
    assert not_by_coalitions(given, 2.9)
    assert StopRule(target_se=2.9).reached(given, 1) == "frames-differ"


@pytest.mark.parametrize(
    "rule", [{"target_se": 0}, {"target_se": float("nan")}, {"until_stable": 0}, {"confidence": 1}, {"confidence": 0.4}]
)
def test_a_rule_out_of_range_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(rule))):
        StopRule(**rule)


@pytest.mark.parametrize("name", ["permutation", "exact"])
def test_estimators_that_cannot_stop_early_refuse_a_rule(name: str) -> None:
    with pytest.raises(UsageError, match=f"estimator {name} does not stop early"):
        estimator(name)(games.table(4, 2, 0), 500, 0, stop=StopRule(target_se=1.0))


def test_rounds_double() -> None:
    assert rounds(64, 4096) == [512, 1024, 2048, 4096]
    assert rounds(64, 5000) == [512, 1024, 2048, 5000]
    assert rounds(64, 300) == [300]
    assert rounds(600, 700) == [600, 700]


def test_target_and_stability_stop_a_run() -> None:
    game, truth = games.gaps(INTERVALS, WEIGHT[None], 20)
    full = estimate(game, 16000, seed=1)
    stopped = estimate(game, 16000, seed=1, stop=StopRule(target_se=0.01))
    assert full.stopped == "evaluations"
    assert stopped.stopped == "target-se"
    assert stopped.n_evaluations < full.n_evaluations
    assert stopped.standard_error.max() <= 0.01
    order = np.sort(truth[0])[::-1]
    top = int(np.argmax(-np.diff(order))) + 1  # the widest gap between neighbours in rank
    settled = estimate(game, 16000, seed=1, stop=StopRule(until_stable=top))
    assert settled.stopped == "until-stable"
    assert settled.n_evaluations < full.n_evaluations
    assert set(np.argsort(-settled.mean)[:top]) == set(np.argsort(-truth[0])[:top])
    # a tie is never settled
    tie = games.gaps([(0, 19)], np.ones((1, 1)), 20)[0]
    assert estimate(tie, 3000, seed=1, stop=StopRule(until_stable=3)).n_evaluations == 3000
    assert estimate(game, 2000, seed=1, stop=StopRule(target_se=1e-9)).n_evaluations == 2000


def test_stability_errs_seldom() -> None:
    """The set it settles on is the right one, in at least the stated share of runs."""
    game, truth = games.gaps(INTERVALS, WEIGHT[None], 20)
    right = set(np.argsort(-truth[0])[:5])
    found = [estimate(game, 2200, seed, stop=StopRule(until_stable=5)) for seed in range(20)]
    settled = [run for run in found if run.n_evaluations < 2200]
    assert all(set(np.argsort(-run.mean)[:5]) == right for run in settled)
