"""Races against all errors on all frames, made up so that the answer is known."""

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.frame_effects import mean_errors
from lidarsel.selection.frame_errors import by_frame, spread_order
from lidarsel.selection.racing import FIRST_BLOCK, Race, blocks, run_races
from lidarsel.selection.registry import selector
from lidarsel.shapley.base import Request
from tests.support import games

ALL_16 = (np.arange(16)[:, None] >> np.arange(4) & 1).astype(bool)


class Errors:
    """Errors of the 16 subsets of 4 players, float64 (16, F); remembers what it was asked."""

    def __init__(self, errors: NDArray[np.float64]) -> None:
        self.errors = errors
        self.n_frames = errors.shape[1]
        self.asked: list[tuple[int, int]] = []

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        for frame, subsets in requests:
            sets = subsets @ (1 << np.arange(4))
            self.asked += [(frame, int(one)) for one in sets]
            yield self.errors[sets, frame]


def some_errors(n_frames: int, seed: int, rest: float = 0.05) -> Errors:
    """Sets and frames have effects of their own, and ``rest`` is what is left over, in logarithms."""
    rng = np.random.default_rng(seed)
    log = rng.normal(0, 0.3, (16, 1)) + rng.normal(0, 0.5, n_frames) + rng.normal(0, rest, (16, n_frames))
    return Errors(1000 * np.exp(log))


def memory_of(errors: Errors) -> ErrorMemory:
    return ErrorMemory(errors, np.ones(4, bool), seed=1)


@given(n=st.integers(1, 300), seed=st.integers(0, 9))
def test_the_first_frames_are_spread(n: int, seed: int) -> None:
    order = spread_order(n, seed)
    assert sorted(order) == list(range(n))
    for first in (4, 8, 16):
        if first < n:
            taken = np.sort(order[:first])
            assert np.diff([*taken, taken[0] + n]).max() <= 2 * -(-n // first) + 1


def test_blocks_double_and_end_with_all_frames() -> None:
    assert blocks(1) == [1]
    assert blocks(8) == [8]
    assert blocks(21) == [8, 16, 21]


def test_sets_whose_order_never_changes_are_told_apart_early() -> None:
    errors = some_errors(100, 0, rest=0.0)
    race = Race(ALL_16)
    run_races(memory_of(errors), [race])
    assert race.winner == errors.errors[:, 0].argmin()
    assert 16 * FIRST_BLOCK <= len(errors.asked) == len(set(errors.asked)) < 0.15 * 16 * 100


@settings(max_examples=60, deadline=None)
@given(n_frames=st.integers(1, 200), seed=st.integers(0, 999), sought=st.sampled_from([(0, 0.02), (7, 0.06)]))
def test_a_race_ends_at_the_set_that_all_frames_give_or_one_as_good(
    n_frames: int, seed: int, sought: tuple[int, float]
) -> None:
    rank, within = sought
    errors = some_errors(n_frames, seed)
    race = Race(ALL_16, rank)
    run_races(memory_of(errors), [race])
    means = errors.errors.mean(1)
    assert means[race.winner] == pytest.approx(np.sort(means)[rank], rel=within)
    assert len(errors.asked) == len(set(errors.asked)) <= 16 * n_frames


def test_passes_grow_with_the_sets_and_hardly_with_the_frames() -> None:
    def passes(n_frames: int) -> int:
        total = 0
        for seed in range(5):
            errors = some_errors(n_frames, seed)
            run_races(memory_of(errors), [Race(ALL_16)])
            total += len(errors.asked)
        return total

    few, many = passes(64), passes(4096)
    assert many < 2 * few
    assert many < 0.02 * 5 * 16 * 4096


def test_races_side_by_side_end_as_each_alone() -> None:
    errors = some_errors(50, 3)
    alone = []
    for sets in (ALL_16[:9], ALL_16[5:]):
        race = Race(sets)
        run_races(memory_of(errors), [race])
        alone.append(race.winner)
    together = [Race(ALL_16[:9]), Race(ALL_16[5:])]
    run_races(memory_of(errors), together)
    assert [race.winner for race in together] == alone


def test_of_equal_sets_the_first_wins() -> None:
    race = Race(ALL_16)
    run_races(memory_of(Errors(np.ones((16, 9)))), [race])
    assert race.winner == 0


@given(seed=st.integers(0, 99), share=st.floats(0.3, 1.0))
def test_means_of_sets_known_on_some_frames_are_exact_where_frames_are_factors(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    whole = np.exp(rng.normal(0, 0.3, (12, 1)) + rng.normal(0, 0.5, 10))
    known = rng.random(whole.shape) < share
    known[0], known[:, 0] = True, True
    np.testing.assert_allclose(mean_errors(np.where(known, whole, np.nan)), whole.mean(1), rtol=1e-4)


def test_means_of_sets_known_on_all_frames_are_their_means() -> None:
    errors = np.random.default_rng(0).exponential(1, (5, 7))
    np.testing.assert_array_equal(mean_errors(errors), errors.mean(1))
    with_an_unasked_frame = np.insert(errors, 3, np.nan, axis=1)
    np.testing.assert_array_equal(mean_errors(with_an_unasked_frame), errors.mean(1))


def test_a_function_of_subsets_is_on_one_frame() -> None:
    error = games.nearest_errors(4, 0)
    assert by_frame(error).n_frames == 1
    np.testing.assert_array_equal(ErrorMemory(error, np.ones(4, bool))(ALL_16), error(ALL_16))


class Drive:
    """A game of 20 players whose frames are harder or easier, and each a little unlike the others."""

    n_frames = 60

    def __init__(self) -> None:
        self._of_frame = [games.nearest_errors(20, seed % 3) for seed in range(self.n_frames)]
        self._factor = np.random.default_rng(0).lognormal(0, 0.5, self.n_frames)
        self.passes = 0

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        for frame, subsets in requests:
            self.passes += len(subsets)
            yield self._factor[frame] * self._of_frame[frame](subsets)

    def __call__(self, subsets: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.asarray(np.mean(list(self.on_frames((f, subsets) for f in range(self.n_frames))), axis=0))


@pytest.mark.parametrize("name", ["random", "spaced", "interval"])
def test_selectors_race_to_what_all_frames_would_give(name: str) -> None:
    budgets = (3, 6, 12)
    drive, whole = Drive(), Drive()
    raced = selector(name)(Problem(Players(np.ones(20)), error=drive, evaluations=120, seed=2), budgets)
    full = selector(name)(
        Problem(Players(np.ones(20)), error=lambda masks: whole(masks), evaluations=120, seed=2), budgets
    )
    assert drive.passes < 0.5 * whole.passes
    for budget in budgets:
        sets = np.array([np.isin(np.arange(20), found[budget].players) for found in (raced, full)])
        ours, theirs = whole(sets)
        assert ours == pytest.approx(theirs, rel=0.03)
