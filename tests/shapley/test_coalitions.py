"""The order in which pairs of coalitions are drawn."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.shapley.coalitions import draw_pairs, fewest_pairs


def keys(coalitions: NDArray[np.bool_]) -> list[bytes]:
    """One key for a coalition and its complement."""
    return [min(row.tobytes(), (~row).tobytes()) for row in coalitions]


@settings(max_examples=60, deadline=None)
@example(n=12, fewer=86, more=2, seed=0, frames=1)  # the smallest stratum is used up just then
@given(
    n=st.integers(2, 70),
    fewer=st.integers(0, 300),
    more=st.integers(0, 300),
    seed=st.integers(0, 2**40),
    frames=st.integers(1, 9),
)
def test_more_pairs_begin_with_the_fewer(n: int, fewer: int, more: int, seed: int, frames: int) -> None:
    long = draw_pairs(n, fewer + more, seed, frames)
    short = draw_pairs(n, fewer, seed, frames)
    size = len(short)
    assert np.array_equal(long.coalitions[:size], short.coalitions)
    assert np.array_equal(long.stratum[:size], short.stratum)
    assert np.array_equal(long.frame[:size], short.frame)
    assert size == fewer or size == 2 ** (n - 1) - 1  # nothing left
    smaller = np.minimum(long.coalitions.sum(1), n - long.coalitions.sum(1))
    assert np.array_equal(smaller, long.stratum + 1)
    # balanced turns: each frame once in every block
    turns = long.frame[: len(long) // frames * frames].reshape(-1, frames)
    assert np.array_equal(np.sort(turns, axis=1), np.tile(np.arange(frames), (len(turns), 1)))


@pytest.mark.parametrize("n", [2, 3, 4, 7, 10, 12])
def test_every_pair_of_few_players_comes_once_with_one_frame(n: int) -> None:
    pairs = draw_pairs(n, 10**5, seed=3)
    assert len(pairs) == 2 ** (n - 1) - 1 == len(set(keys(pairs.coalitions)))
    assert np.array_equal(np.bincount(pairs.stratum), pairs.population)


def test_shares_by_size_and_first_draws() -> None:
    n, count = 64, 20000
    pairs = draw_pairs(n, count, seed=1)
    sizes = np.arange(1, 33)
    share = (sizes * (n - sizes)) ** -0.5 * np.where(sizes == 32, 0.5, 1)
    drawn = np.bincount(pairs.stratum)
    assert drawn[0] == 64  # all there are
    rest = (count - 64) * share[1:] / share[1:].sum()
    assert np.all(np.abs(drawn[1:] - rest) < 3)
    assert np.all(np.bincount(pairs.stratum[: fewest_pairs(n, 1)]) == 2)
    assert len(set(keys(pairs.coalitions[pairs.stratum < 2]))) == drawn[:2].sum()  # without return


@pytest.mark.parametrize(("n", "size"), [(9, 3), (8, 4), (40, 17)])
def test_coalitions_of_a_size_are_uniform(n: int, size: int) -> None:
    """Each player takes part equally often, whether a stratum is listed or drawn: a chi-squared test."""
    rows = [draw_pairs(n, 40, seed, n_frames=2) for seed in range(400)]
    drawn = np.concatenate([p.coalitions[p.stratum == size - 1] for p in rows])
    # count the coalition of the smaller size; at half size the pair counts for both sides
    drawn = np.where((drawn.sum(1) == size)[:, None], drawn, ~drawn)
    if 2 * size == n:
        drawn = np.concatenate([drawn, ~drawn])
    expected = len(drawn) * size / n
    statistic = ((drawn.sum(0) - expected) ** 2).sum() / (expected * (1 - size / n)) * (n - 1) / n
    assert statistic < n + 4 * math.sqrt(2 * n)


def test_frames_and_coalitions_are_independent() -> None:
    pairs = draw_pairs(6, 30000, seed=5, n_frames=3)
    first = pairs.coalitions[:, 0] & (pairs.stratum == 1)
    share = [first[pairs.frame == frame].mean() for frame in range(3)]
    assert np.ptp(share) < 0.02
