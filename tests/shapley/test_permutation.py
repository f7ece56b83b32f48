"""Antithetic permutation sampling: against closed forms and enumeration, the axioms, and its own error bar."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import LidarselError, UsageError
from lidarsel.shapley.exact import exact
from lidarsel.shapley.permutation import estimate, evaluations_needed
from tests.support import games

Made = tuple[games.Game, NDArray[np.float64]]


def test_additive_game_is_exact_from_one_pair() -> None:
    game, truth = games.additive(np.random.default_rng(1).normal(size=(4, 64)), constant=-3.0)
    found = estimate(game, pairs=1, seed=0)
    np.testing.assert_allclose(found.per_frame, truth, atol=1e-12)
    np.testing.assert_allclose(found.standard_error, truth.std(0, ddof=1) / 2, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_pairwise_interactions_cancel_in_a_pair(seed: int) -> None:
    """v = sum of q[i, j] over pairs inside S: a walk and its reverse give each player half of each of its q."""
    q = np.triu(np.random.default_rng(seed).normal(size=(10, 10)), 1)
    game = games.Game(10, 2, lambda _, s: np.einsum("mi,ij,mj->m", s, q, s))
    found = estimate(game, pairs=1, seed=seed)
    np.testing.assert_allclose(found.mean, (q.sum(0) + q.sum(1)) / 2, atol=1e-12)


@pytest.mark.parametrize("make", [games.glove, games.security_council, lambda: games.airport(np.arange(1.0, 13))])
def test_converges_to_the_closed_form(make: Callable[[], Made]) -> None:
    game, truth = make()
    found = estimate(game, pairs=3000, seed=5)
    assert np.all(np.abs(found.mean - truth[0]) <= 4.5 * found.standard_error + 1e-12)
    assert np.all(found.standard_error < 0.06 * np.abs(truth).max())


def test_unbiased_against_enumeration() -> None:
    """The mean over many seeds agrees with enumeration of any game, within its own scatter."""
    game = games.table(6, 2, seed=8)
    truth = exact(game)
    runs = np.array([estimate(game, pairs=2, seed=seed).per_frame for seed in range(600)])
    z = (runs.mean(0) - truth.per_frame) / (runs.std(0, ddof=1) / np.sqrt(600))
    assert np.abs(z).max() < 4
    twelve, closed = games.gaps([(0, 5), (2, 9), (7, 11), (0, 11)], np.array([[4.0, 3.0, 2.0, 9.0]]), 12)
    runs = np.array([estimate(twelve, pairs=3, seed=seed).mean for seed in range(400)])
    z = (runs.mean(0) - exact(twelve).mean) / (runs.std(0, ddof=1) / 20)
    assert np.abs(z).max() < 4
    np.testing.assert_allclose(exact(twelve).mean, closed[0], atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 9),
    frames=st.integers(1, 4),
    pairs=st.integers(2, 7),
    seed=st.integers(0, 2**40),
    batch=st.integers(1, 300),
    data=st.data(),
)
def test_axioms_counts_and_batches(n: int, frames: int, pairs: int, seed: int, batch: int, data: st.DataObject) -> None:
    players = data.draw(st.lists(st.integers(0, n - 1), unique=True))
    game = games.table(n, frames, seed % 1000)
    told = []
    found = estimate(game, pairs, seed, players, batch, lambda *at: told.append(at))
    # efficiency, per frame and in the mean
    ends = found.value_full_per_frame - found.value_empty_per_frame
    np.testing.assert_allclose(found.per_frame.sum(1), ends, atol=1e-9)
    assert found.mean.sum() == pytest.approx(found.value_full - found.value_empty, abs=1e-9)
    # players out of play: exactly nothing, in no coalition
    out = np.setdiff1d(np.arange(n), players)
    assert np.all(found.per_frame[:, out] == 0)
    assert np.all(found.standard_error[out] == 0)
    assert not any(s[:, out].any() for _, s in game.calls)
    # every evaluation is announced, counted and reported; batches are kept; every frame has the same share
    assert found.n_evaluations == evaluations_needed(frames, len(players), pairs)
    assert told[-1] == (found.n_evaluations, found.n_evaluations)
    assert all(len(s) <= batch for _, s in game.calls)
    asked = np.bincount([f for f, s in game.calls for _ in s], minlength=frames)
    assert np.all(asked == found.n_evaluations // frames)
    # the batch changes nothing, to the last bit
    whole = estimate(game, pairs, seed, players, 10**6)
    for field in ("mean", "standard_error", "per_frame"):
        assert np.array_equal(getattr(found, field), getattr(whole, field))
    # linearity: the same seed walks the same coalitions
    other = games.table(n, frames, seed % 1000 + 1)
    both = games.Game(n, frames, lambda f, s: 2 * game.function(f, s) + other.function(f, s))
    sum_of_parts = 2 * found.mean + estimate(other, pairs, seed, players).mean
    np.testing.assert_allclose(estimate(both, pairs, seed, players).mean, sum_of_parts, atol=1e-9)


def test_null_players_in_play_also_get_zero() -> None:
    game, _ = games.gaps([(2, 5), (3, 4)], np.ones((3, 2)), 8)
    found = estimate(game, pairs=4, seed=1)
    assert np.all(found.per_frame[:, [0, 1, 6, 7]] == 0)
    # leaving them out changes nothing for a game that does not know them
    assert np.abs(estimate(game, 500, 1, players=[2, 3, 4, 5]).mean - exact(game).mean).max() < 0.03


def test_symmetric_players_agree_within_their_error() -> None:
    game, _ = games.gaps([(0, 9)], np.ones((1, 1)), 10)
    found = estimate(game, pairs=2000, seed=2)
    assert np.all(np.abs(found.mean - 0.1) < 4 * found.standard_error)


def test_each_pair_is_a_walk_and_its_reverse() -> None:
    game = games.table(5, 2, seed=0)
    estimate(game, pairs=3, seed=11)
    for frame in range(2):
        ends, inner = (s for f, s in game.calls if f == frame)
        assert ends.sum(1).tolist() == [0, 5]
        forward, backward = inner.reshape(3, 2, 4, 5).swapaxes(0, 1)
        assert np.array_equal(forward, ~backward[:, ::-1])  # complements, from the other end
        assert np.all(forward.sum(2) == [1, 2, 3, 4])
        assert np.all(np.diff(forward.astype(int), axis=1) >= 0)


def test_seeds_frames_and_pairs_draw_independently_and_more_pairs_begin_alike() -> None:
    def asked(pairs: int, seed: int) -> list[bytes]:
        game = games.table(8, 2, seed=0)
        estimate(game, pairs, seed, batch=14)  # one pair a call
        return [s.tobytes() for _, s in game.calls if len(s) > 2]

    short, long = asked(3, 0), asked(5, 0)
    assert short[:3] == long[:3]
    assert short[3:] == long[5:8]
    assert len(set(long)) == 10
    assert set(long).isdisjoint(asked(5, 1))
    assert asked(5, 0) == long


def test_error_bar_over_frames_covers_the_population() -> None:
    """Frames drawn from a population with known values: 95 % intervals hold it in about 95 % of the cases."""
    rng = np.random.default_rng(4)
    intervals = [(0, 3), (2, 6), (5, 7), (0, 7)]
    mean_weight = np.array([5.0, 3.0, 2.0, 6.0])
    truth = games.gaps(intervals, mean_weight[None], 8)[1][0]
    hits = []
    for seed in range(250):
        weight = mean_weight + rng.normal(size=(12, 4)) * [2.0, 1.0, 1.0, 3.0]
        found = estimate(games.gaps(intervals, weight, 8)[0], pairs=2, seed=seed)
        assert found.degrees_of_freedom == 11
        hits.append(np.abs(found.mean - truth) <= found.half_width(0.95))
    assert 0.925 < np.mean(hits) < 0.975


def test_error_bar_of_one_frame_covers_its_own_values() -> None:
    game, truth = games.gaps([(0, 3), (2, 6), (5, 7), (0, 7)], np.array([[5.0, 3.0, 2.0, 6.0]]), 8)
    estimates = [estimate(game, pairs=40, seed=seed) for seed in range(250)]
    hits = [np.abs(found.mean - truth[0]) <= found.half_width(0.95) for found in estimates]
    assert 0.925 < np.mean(hits) < 0.975
    # and the normal limit of the quantile
    assert estimates[0].half_width(0.9)[0] == pytest.approx(
        estimates[0].standard_error[0] * scipy.stats.t.ppf(0.95, 39), rel=1e-9
    )


def test_refusals() -> None:
    game = games.table(3, 2, seed=0)
    changes: list[dict[str, Any]] = [{"pairs": 0}, {"batch": 0}, {"seed": -1}]
    for bad in changes:
        with pytest.raises(UsageError):
            estimate(game, **({"pairs": 2, "seed": 0} | bad))
    with pytest.raises(UsageError, match="no standard error"):
        estimate(games.table(3, 1, seed=0), pairs=1, seed=0)
    with pytest.raises(UsageError, match="no frames"):
        estimate(games.Game(3, 0, lambda f, s: s.sum(1)), pairs=2, seed=0)


def test_a_game_that_answers_wrongly_is_refused() -> None:
    nan = games.Game(3, 2, lambda f, s: np.where(s.sum(1) == 2, np.nan, 1.0))
    with pytest.raises(LidarselError, match="not finite on frame number 0"):
        estimate(nan, pairs=1, seed=0)
    short = games.Game(3, 2, lambda f, s: np.zeros(1))
    with pytest.raises(LidarselError, match=r"shape \(1,\) for 2"):
        estimate(short, pairs=1, seed=0)
