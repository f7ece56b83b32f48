"""What ends a search: the backward pass, all subsets, swaps; against enumeration."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.frame_errors import by_frame
from lidarsel.selection.interval_model import Fit, IntervalModel
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints, Room
from lidarsel.selection.swaps import improve
from tests.support import games


def error_of(error: games.ErrorOf, lines: Sequence[int], n: int) -> float:
    return float(error(np.isin(np.arange(n), lines)[None])[0])


@pytest.mark.parametrize("seed", range(6))
def test_greedy_backward_is_no_worse_and_leaves_out_the_least_loss(seed: int) -> None:
    n, k = 12, 4
    error = games.lawless_errors(n, seed)
    forward, backward = (
        selector(name)(Problem(Players(np.ones(n)), error=error), [k])[k].players
        for name in ("greedy", "greedy-backward")
    )
    wider = list(selector("greedy")(Problem(Players(np.ones(n)), error=error), [k + 1])[k + 1].players)
    pruned = min(combinations(wider, k), key=lambda lines: error_of(error, lines, n))
    expected = min(forward, pruned, key=lambda lines: error_of(error, lines, n))
    assert backward == expected


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 9), seed=st.integers(0, 99), data=st.data())
def test_exhaustive_is_the_best_of_all(n: int, seed: int, data: st.DataObject) -> None:
    error = games.lawless_errors(n, seed)
    keep = data.draw(st.sets(st.integers(0, n - 1), max_size=1))
    drop = data.draw(st.sets(st.integers(0, n - 1), max_size=2)) - keep
    min_gap = data.draw(st.sampled_from([1, 2]))
    problem = Problem(Players(np.ones(n)), Constraints(tuple(keep), tuple(drop), min_gap), error=error)
    for k in range(1, n + 1):
        sets = [
            lines
            for lines in combinations(range(n), k)
            if keep <= set(lines) and not drop & set(lines) and (np.diff(lines) >= min_gap).all()
        ]
        if sets:
            best = min(sets, key=lambda lines: error_of(error, lines, n))
            assert selector("exhaustive")(problem, [k])[k].players == best


def test_exhaustive_knows_its_limits() -> None:
    def error(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.asarray(1 + masks[:, 40], np.float64)

    problem = Problem(Players(np.ones(64)), error=error)
    with pytest.raises(UsageError, match="7624512 sets of 5 players are too many; choose from at most 20 players"):
        selector("exhaustive")(problem, [5])
    assert selector("exhaustive")(problem, [2])[2].players == (0, 1)  # 2016 sets of 64 lines

    def two_count(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.asarray(2.0 - masks[:, 60] - masks[:, 50], np.float64)

    few = Problem(Players(np.ones(64)), Constraints(drop=tuple(range(44))), error=two_count)
    found = selector("exhaustive")(few, [2])[2]
    assert found.players == (50, 60)
    assert found.notes == ("the best of all 190 sets",)


def blind_model(n: int) -> IntervalModel:
    """A model by which every set costs the same, so that the search has no guide."""
    return IntervalModel(np.arange(n), np.zeros((n + 1, n + 1)), 1.0, 1.0, Fit(0.0, 1.0, 1.0, 1.0, 8))


@settings(max_examples=25, deadline=None)
@given(n=st.integers(3, 9), seed=st.integers(0, 99), limit=st.integers(0, 200), data=st.data())
def test_swaps_never_worsen_and_end_at_an_optimum(n: int, seed: int, limit: int, data: st.DataObject) -> None:
    error = games.lawless_errors(n, seed)
    budgets = data.draw(st.sets(st.integers(1, n - 1), min_size=1, max_size=3))
    start = {k: tuple(sorted(data.draw(st.permutations(range(n)))[:k])) for k in sorted(budgets)}
    memory = ErrorMemory(by_frame(error), np.ones(n, bool), seed)
    best = improve(Room(np.ones(n, bool), Constraints()), blind_model(n), memory, start, limit)
    assert memory.count == len(memory) <= limit
    for k in budgets:
        assert len(best[k]) == k
        assert error_of(error, best[k], n) <= error_of(error, start[k], n)
        if len(memory) < limit:  # it ended by itself: no swap of one line betters the set
            around = [{*best[k]} - {old} | {new} for old in best[k] for new in range(n) if new not in best[k]]
            assert all(error_of(error, list(lines), n) >= error_of(error, best[k], n) for lines in around)
