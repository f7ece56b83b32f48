"""The regression estimator on players in no order: closed forms, error bars that cover, and nothing made of numbers."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.shapley.features import unordered_features
from lidarsel.shapley.order_features import order_features
from lidarsel.shapley.regression import estimate
from tests.support import games

Made = tuple[games.Game, NDArray[np.float64]]


def airport(n: int) -> Made:
    return games.airport(np.random.default_rng(n).permutation(np.linspace(1, 5, n) ** 1.5))


def triples(n: int, frames: int = 1) -> Made:
    """v(S) = what members are worth, and what triples drawn at random are together; a third of it is each one's."""
    rng = np.random.default_rng([n, frames])
    alone = rng.normal(3, 1, (frames, n))
    some = np.array([rng.choice(n, 3, replace=False) for _ in range(2 * n)])
    together = rng.normal(0, 1.5, (frames, len(some)))
    truth = alone.copy()
    for triple, worth in zip(some, together.T, strict=True):
        truth[:, triple] += worth[:, None] / 3
    return games.Game(n, frames, lambda frame, s: s @ alone[frame] + s[:, some].all(2) @ together[frame]), truth


def in_no_order(make: Callable[[], Made]) -> Made:
    game, truth = make()
    game.ordered = False
    return game, truth


GAMES: list[Callable[[], Made]] = [lambda: airport(20), lambda: triples(24), games.security_council]


@pytest.mark.parametrize("make", GAMES)
def test_converges_to_the_closed_form(make: Callable[[], Made]) -> None:
    game, truth = in_no_order(make)
    few, many = (estimate(game, evaluations, seed=5) for evaluations in (400, 6000))
    for found in (few, many):
        assert np.all(np.abs(found.mean - truth[0]) <= 4.8 * found.standard_error + 1e-9)
    assert many.standard_error.max() <= 0.5 * few.standard_error.max()


@pytest.mark.parametrize("make", GAMES)
def test_the_error_bars_cover(make: Callable[[], Made]) -> None:
    game, truth = in_no_order(make)
    runs = [estimate(game, 300, seed) for seed in range(100)]
    assert 0.92 < np.mean([np.abs(run.mean - truth[0]) <= run.half_width(0.95) for run in runs]) < 0.98


def test_several_frames_have_values_of_their_own() -> None:
    game, truth = in_no_order(lambda: triples(16, 5))
    found = estimate(game, 8000, seed=1)
    assert np.linalg.norm(found.per_frame - truth) < 0.05 * np.linalg.norm(truth)
    assert np.abs(found.mean - truth.mean(0)).max() < 0.15
    spread = truth.std(0, ddof=1) / np.sqrt(5)  # what the error bar says of a population of such frames
    np.testing.assert_allclose(found.standard_error, spread, atol=0.15)


@pytest.mark.parametrize("make", GAMES[:2])
def test_no_less_precise_than_with_an_order_that_is_not_there(make: Callable[[], Made]) -> None:
    (plain, truth), (ordered, _) = in_no_order(make), make()

    def error(game: games.Game) -> float:
        return float(np.mean([np.linalg.norm(estimate(game, 500, seed).mean - truth[0]) for seed in range(12)]))

    assert error(plain) <= 1.05 * error(ordered)


@pytest.mark.parametrize("n", [3, 6, 13, 64])
def test_features_follow_the_players_however_they_are_numbered(n: int) -> None:
    rng = np.random.default_rng(n)
    s = rng.random((50, n)) < rng.uniform(0.2, 0.8, (50, 1))
    s[:, 0], s[:, 1] = True, False
    features, order = unordered_features(n), rng.permutation(n)
    one, other = features(s), features(s[:, order])
    for number, block in enumerate(features.blocks):
        of_size = number == 1
        moved = one[:, block] if of_size else one[:, block][:, order]
        np.testing.assert_allclose(other[:, block], moved, atol=1e-12)
    by_order = order_features(n)
    assert (len(by_order.blocks) > len(features.blocks)) == (n >= 6)
    np.testing.assert_allclose(by_order(s)[:, : features.count], one, atol=1e-12)
