"""Enumeration against closed forms, published figures and a sum over all orders."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.shapley.exact import exact
from tests.support import games

Made = tuple[games.Game, NDArray[np.float64]]


def closed_forms() -> dict[str, Made]:
    rng = np.random.default_rng(0)
    return {
        "additive": games.additive(rng.normal(size=(3, 9)), constant=7.0),
        "gaps": games.gaps([(0, 0), (0, 4), (3, 9), (2, 2), (5, 9)], rng.uniform(1, 9, (4, 5)), 11),
        "airport": games.airport(rng.uniform(1, 5, 8)),
        "glove": games.glove(),
        "security council": games.security_council(),
    }


@pytest.mark.parametrize("name", closed_forms())
def test_closed_forms(name: str) -> None:
    game, truth = closed_forms()[name]
    found = exact(game, batch=1000)
    np.testing.assert_allclose(found.per_frame, truth, atol=1e-12)
    np.testing.assert_allclose(found.mean, truth.mean(0), atol=1e-12)


def test_equals_the_mean_over_all_orders() -> None:
    game = games.table(5, 2, seed=3)
    values = np.zeros((2, 5))
    for frame in range(2):
        for order in permutations(range(5)):
            walk = np.zeros((6, 5), bool)
            for step, player in enumerate(order):
                walk[step + 1 :, player] = True
            values[frame, list(order)] += np.diff(game.function(frame, walk)) / 120
    np.testing.assert_allclose(exact(game).per_frame, values, atol=1e-12)


def test_players_out_of_play_have_nothing_and_never_enter() -> None:
    game, truth = games.gaps([(2, 4), (3, 5)], np.ones((2, 2)), 8)
    found = exact(game, players=[5, 2, 3, 4])
    np.testing.assert_allclose(found.per_frame, truth, atol=1e-12)
    assert not any(s[:, [0, 1, 6, 7]].any() for _, s in game.calls)
    assert found.n_evaluations == 2 * 16 == sum(len(s) for _, s in game.calls)
    assert np.all(found.standard_error[[0, 1, 6, 7]] == 0)


def test_standard_error_is_between_frames() -> None:
    worth = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    found = exact(games.additive(worth)[0])
    np.testing.assert_allclose(found.standard_error, [1 / np.sqrt(3), 0], atol=1e-12)
    # Student's t with 2 degrees of freedom at 95 %, from a printed table
    assert found.half_width(0.95)[0] == pytest.approx(4.303 / np.sqrt(3), rel=1e-3)


def test_one_frame_is_exact() -> None:
    found = exact(games.glove()[0])
    assert np.all(found.standard_error == 0)
    assert np.all(found.half_width() == 0)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 7), frames=st.integers(1, 3), seed=st.integers(0, 999), batch=st.integers(1, 200))
def test_axioms_on_any_game(n: int, frames: int, seed: int, batch: int) -> None:
    game = games.table(n, frames, seed)
    found = exact(game, batch=batch)
    ends = found.value_full_per_frame - found.value_empty_per_frame
    np.testing.assert_allclose(found.per_frame.sum(1), ends, atol=1e-9)
    assert found.mean.sum() == pytest.approx(found.value_full - found.value_empty, abs=1e-9)
    # linearity
    other = games.table(n, frames, seed + 1)
    both = games.Game(n, frames, lambda f, s: 3 * game.function(f, s) - other.function(f, s))
    np.testing.assert_allclose(exact(both).mean, 3 * found.mean - exact(other).mean, atol=1e-9)
    # symmetry under renumbering
    shuffle = np.random.default_rng(seed).permutation(n)
    back = np.argsort(shuffle)
    renamed = games.Game(n, frames, lambda f, s: game.function(f, s[:, back]))
    np.testing.assert_allclose(exact(renamed).mean[back], found.mean, atol=1e-9)


def test_nobody_in_play() -> None:
    found = exact(games.additive(np.ones((2, 3)), constant=4.0)[0], players=[])
    assert np.all(found.per_frame == 0)
    assert found.value_empty == found.value_full == 4.0


def test_refusals() -> None:
    big = games.additive(np.ones((1, 21)))[0]
    with pytest.raises(UsageError, match="2\\^21"):
        exact(big)
    for players in ([0, 0], [21], [-1]):
        with pytest.raises(UsageError, match="distinct indices"):
            exact(big, players=players)
    with pytest.raises(UsageError, match="batch"):
        exact(games.glove()[0], batch=0)
