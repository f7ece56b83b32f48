"""The regression estimator: closed forms, enumeration, the axioms, determinism, games it was not made for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import LidarselError, UsageError
from lidarsel.shapley.base import ShapleyEstimate
from lidarsel.shapley.exact import exact
from lidarsel.shapley.permutation import estimate as by_permutations
from lidarsel.shapley.registry import ESTIMATORS, estimator
from lidarsel.shapley.regression import estimate, fewest_evaluations
from lidarsel.shapley.stopping import NEVER, StopRule
from tests.support import games
from tests.support.quick import slow_but

Made = tuple[games.Game, NDArray[np.float64]]

INTERVALS = [(0, 3), (2, 6), (5, 7), (0, 7), (9, 15), (12, 19), (3, 17), (8, 8)]
WEIGHT = np.array([5.0, 3.0, 2.0, 6.0, 4.0, 3.0, 7.0, 1.0])


def far(n: int) -> tuple[games.Game, NDArray[np.float64]]:
    """A game without order: the airport's users come in any order, the costs are all different."""
    cost = np.random.default_rng(n).permutation(np.linspace(1, 5, n) ** 1.5)
    return games.airport(cost)


def products(n: int, seed: int) -> tuple[games.Game, NDArray[np.float64]]:
    """Odd of third order and without order: products of three players drawn at random."""
    rng = np.random.default_rng(seed)
    triples = np.array([rng.choice(n, 3, replace=False) for _ in range(3 * n)])
    weight = rng.normal(size=len(triples))
    phi = np.zeros(n)
    for triple, w in zip(triples, weight, strict=True):
        phi[triple] += w / 3
    return games.Game(n, 1, lambda _, s: s[:, triples].all(2) @ weight), phi[None]


def error(found: ShapleyEstimate, truth: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(found.mean - truth.mean(0)) / np.linalg.norm(truth.mean(0)))


def test_additive_game_of_several_frames_is_all_but_exact() -> None:
    game, truth = games.additive(np.random.default_rng(1).normal(size=(4, 40)) + 3, constant=-3.0)
    found = estimate(game, 3000, seed=0)
    np.testing.assert_allclose(found.mean, truth.mean(0), atol=1e-4)
    np.testing.assert_allclose(found.per_frame, truth, atol=1e-3)
    np.testing.assert_allclose(found.standard_error, truth.std(0, ddof=1) / 2, rtol=1e-3)


@pytest.mark.parametrize(
    "make",
    [
        games.security_council,
        lambda: far(20),
        lambda: games.gaps(INTERVALS, WEIGHT[None], 20),
        lambda: products(18, 4),
        lambda: games.additive(np.zeros((1, 25))),
    ],
)
def test_converges_to_the_closed_form(make: Callable[[], Made]) -> None:
    game, truth = make()
    few, many = (estimate(game, evaluations, seed=5) for evaluations in (400, 6000))
    for found in (few, many):
        assert np.all(np.abs(found.mean - truth[0]) <= 4.8 * found.standard_error + 1e-9)
    assert many.standard_error.max() <= 0.5 * few.standard_error.max()


@pytest.mark.parametrize("frames", slow_but([1], [1, 3]))
def test_unbiased_against_enumeration_of_any_game(frames: int) -> None:
    """The mean over many seeds agrees with enumeration, for a game that no surrogate explains."""
    game = games.table(7, frames, seed=8)
    truth = exact(game)
    runs = [estimate(game, 60, seed=seed) for seed in range(300)]
    for name in ("mean", "per_frame") if frames == 1 else ("mean",):
        values = np.array([getattr(run, name) for run in runs])
        z = (values.mean(0) - getattr(truth, name)) / (values.std(0, ddof=1) / np.sqrt(300))
        assert np.abs(z).max() < 4


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 12), frames=st.integers(1, 2), seed=st.integers(0, 999), extra=st.integers(0, 9))
def test_enough_evaluations_enumerate(n: int, frames: int, seed: int, extra: int) -> None:
    game = games.table(n, frames, seed)
    found = estimate(game, frames * 2**n + extra, seed)
    truth = exact(game)
    np.testing.assert_array_equal(found.per_frame, truth.per_frame)
    assert found.n_evaluations == frames * 2**n


def test_all_pairs_but_one_leave_almost_no_error() -> None:
    """With one frame pairs come without return: what is left to draw is all that is uncertain."""
    game, truth = games.table(8, 1, 2), exact(games.table(8, 1, 2))
    found = estimate(game, 2**8 - 1, seed=3)  # one pair is missing
    scatter = np.abs(found.mean - truth.mean).max()
    assert scatter < 0.05 * np.abs(truth.mean).max()
    assert scatter > 0


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(3, 11),
    frames=st.integers(1, 5),
    extra=st.integers(0, 90),
    seed=st.integers(0, 2**40),
    batch=st.integers(1, 100),
    data=st.data(),
)
def test_axioms_counts_and_batches(n: int, frames: int, extra: int, seed: int, batch: int, data: st.DataObject) -> None:
    players = data.draw(st.lists(st.integers(0, n - 1), unique=True))
    game = games.table(n, frames, seed % 1000)
    evaluations = fewest_evaluations(frames, len(players)) + extra
    told = []
    found = estimate(game, evaluations, seed, players, batch, lambda *at: told.append(at))
    # efficiency, per frame and in the mean; local values average to the global ones
    ends = found.value_full_per_frame - found.value_empty_per_frame
    np.testing.assert_allclose(found.per_frame.sum(1), ends, atol=1e-8)
    assert found.mean.sum() == pytest.approx(found.value_full - found.value_empty, abs=1e-8)
    np.testing.assert_allclose(found.per_frame.mean(0), found.mean, atol=1e-12)
    # players out of play: exactly nothing, in no coalition
    out = np.setdiff1d(np.arange(n), players)
    assert np.all(found.per_frame[:, out] == 0)
    assert np.all(found.standard_error[out] == 0)
    assert not any(s[:, out].any() for _, s in game.calls)
    # what was asked is counted and announced, and is no more than was allowed
    assert found.n_evaluations == sum(len(s) for _, s in game.calls) <= evaluations
    assert told[-1][0] == found.n_evaluations
    assert all(len(s) <= max(batch, 2) for _, s in game.calls)
    # the batch changes nothing, to the last bit
    whole = estimate(game, evaluations, seed, players, 10**6)
    for field in ("mean", "standard_error", "per_frame"):
        assert np.array_equal(getattr(found, field), getattr(whole, field))


@pytest.mark.slow
def test_more_evaluations_ask_for_the_same_and_more() -> None:
    def asked(evaluations: int, seed: int = 4, stop: StopRule = NEVER) -> set[tuple[int, bytes]]:
        game = games.gaps(INTERVALS, np.outer([1, 2, 3], WEIGHT), 20)[0]
        estimate(game, evaluations, seed, stop=stop)
        return {(frame, row.tobytes()) for frame, rows in game.calls for row in rows}

    few, some, many = (asked(evaluations) for evaluations in (300, 600, 1200))
    assert few < some < many
    assert asked(300, seed=5) != few
    assert asked(1200, stop=StopRule(until_stable=19)) == many  # no rule was met: the same pairs in the end


def test_pairs_are_complementary_and_frames_take_turns() -> None:
    game = games.gaps(INTERVALS, np.outer([1, 2, 3], WEIGHT), 20)[0]
    found = estimate(game, 306, seed=1)
    asked = {frame: np.concatenate([rows for f, rows in game.calls if f == frame]) for frame in range(3)}
    assert [len(rows) for rows in asked.values()] == [102] * 3
    for rows in asked.values():
        assert rows[:2].sum(1).tolist() == [0, 20]
        assert np.array_equal(rows[2::2], ~rows[3::2])
    assert found.n_evaluations == 306


def test_local_values_of_frames_that_differ() -> None:
    rng = np.random.default_rng(0)
    weight = WEIGHT * rng.uniform(0.3, 3, (6, 8))
    game, truth = games.gaps(INTERVALS, weight, 20)
    found = estimate(game, 4000, seed=2)
    assert np.linalg.norm(found.per_frame - truth) < 0.06 * np.linalg.norm(truth)
    one_for_all = truth.mean(0) * (truth.sum(1) / truth.mean(0).sum())[:, None]
    assert np.linalg.norm(one_for_all - truth) > 0.15 * np.linalg.norm(truth)


@pytest.mark.parametrize(
    ("make", "evaluations"),
    [(lambda: far(20), 400), (lambda: products(20, 1), 400), (games.security_council, 300), (lambda: far(60), 1000)],
)
def test_no_worse_than_permutations_where_there_is_no_order(make: Callable[[], Made], evaluations: int) -> None:
    game, truth = make()
    pairs = (evaluations - 2) // (2 * (game.n_players - 1))
    ours = np.mean([error(estimate(game, evaluations, seed), truth) for seed in range(12)])
    theirs = np.mean([error(by_permutations(game, pairs, seed), truth) for seed in range(12)])
    assert ours < theirs


def test_ten_times_better_than_permutations_where_there_is_order() -> None:
    intervals = [(a, a + w) for w in (2, 5, 11) for a in range(0, 48 - w, 2)]
    weight = np.random.default_rng(3).uniform(0.5, 2, (1, len(intervals)))
    game, truth = games.gaps(intervals, weight, 48)
    ours = np.mean([error(estimate(game, 1500, seed), truth) for seed in range(4)])
    theirs = np.mean([error(by_permutations(game, 15, seed), truth) for seed in range(4)])
    assert ours < 0.1 * theirs


def test_constant_game_is_worth_nothing() -> None:
    found = estimate(games.Game(30, 2, lambda f, s: np.full(len(s), 7.0)), 300, seed=0)
    assert np.all(found.mean == 0)
    assert np.all(found.standard_error == 0)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_by_name(name: str) -> None:
    game, truth = games.gaps(INTERVALS[:4], np.outer([1.0, 2.0], WEIGHT[:4]), 9)
    found = estimator(name)(game, 2 * 2**9, 1, players=range(8))
    assert found.n_evaluations <= 2 * 2**9
    assert np.abs(found.mean - truth.mean(0)).max() < 0.4
    assert found.mean[8] == 0
    with pytest.raises(UsageError, match="evaluations"):
        estimator(name)(game, 7, 1)
    with pytest.raises(UsageError, match="estimator 'nonsense' is none of regression, permutation, exact"):
        estimator("nonsense")


def test_refusals() -> None:
    game = games.table(6, 2, seed=0)
    bad: list[dict[str, Any]] = [{"evaluations": 15}, {"batch": 0}, {"seed": -1}]
    for change in bad:
        with pytest.raises(UsageError):
            estimate(game, **({"evaluations": 60, "seed": 0} | change))
    with pytest.raises(UsageError, match="no frames"):
        estimate(games.Game(3, 0, lambda f, s: s.sum(1)), 100, seed=0)
    nan = games.Game(6, 2, lambda f, s: np.where(s.sum(1) == 2, np.nan, 1.0))
    with pytest.raises(LidarselError, match="not finite on frame number 0"):
        estimate(nan, 60, seed=0)
