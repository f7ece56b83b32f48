"""Dynamic programming over gaps against every subset there is."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.program import Program
from lidarsel.selection.room import Constraints, Room


def cost_of(lines: Sequence[int], candidates: NDArray[np.int64], gap_cost: NDArray[np.float64]) -> float:
    """Walk the candidates one by one and add up what each run of unchosen ones costs."""
    total, start = 0.0, 0
    for number, line in enumerate([*candidates, None]):
        if line is None or line in lines:
            total += gap_cost[start, number]
            start = number + 1
    return total


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999),
    n=st.integers(1, 12),
    keep=st.sets(st.integers(0, 11), max_size=2),
    drop=st.sets(st.integers(0, 11), max_size=3),
    min_gap=st.sampled_from([1, 1, 2, 3]),
)
def test_best_sets_of_every_size(seed: int, n: int, keep: set[int], drop: set[int], min_gap: int) -> None:
    constraints = Constraints(
        tuple(line for line in keep if line < n), tuple(line for line in drop - keep if line < n), min_gap
    )
    try:
        room = Room(np.ones(n, bool), constraints)
    except UsageError:
        return
    candidates = room.candidates.tolist()
    m = len(candidates)
    gap_cost = np.triu(np.random.default_rng(seed).exponential(1.0, (m + 1, m + 1)), 1)
    by_size = {
        k: {
            lines: cost_of(lines, candidates, gap_cost)
            for lines in combinations(candidates, k)
            if set(constraints.keep) <= set(lines) and all(b - a >= min_gap for a, b in combinations(lines, 2))
        }
        for k in range(1, m + 1)
    }
    program = Program(gap_cost, room, max(m, 1))
    for k, costs in by_size.items():
        if not costs:
            continue
        assert costs[program.best(k)] == pytest.approx(min(costs.values()))
        through = program.through(k)
        for line in range(n):
            of_line = [cost for lines, cost in costs.items() if line in lines]
            assert through[line] == pytest.approx(min(of_line, default=np.inf))
            if of_line:
                assert costs[program.best_through(k, line)] == pytest.approx(min(of_line))
        near = program.near(k, 5)
        assert len(set(near)) == len(near) <= 5
        assert near[0] == program.best(k)
        found = [costs[lines] for lines in near]
        assert found == pytest.approx(sorted(found))


def test_null_lines_are_taken_last_and_from_above() -> None:
    active = np.array([False, False, True, True, True, False])
    gap_cost = np.triu(np.ones((4, 4)), 1)
    program = Program(gap_cost, Room(active, Constraints()), 6)
    assert [program.best(k) for k in (3, 4, 5, 6)] == [
        (2, 3, 4),
        (0, 2, 3, 4),
        (0, 1, 2, 3, 4),
        (0, 1, 2, 3, 4, 5),
    ]


def test_lines_held_besides_those_kept() -> None:
    gap_cost = np.triu(np.ones((7, 7)), 1)
    room = Room(np.ones(6, bool), Constraints(keep=(0,)))
    assert {0, 4, 5} <= set(Program(gap_cost, room, 3, (4, 5)).best(3))
    assert np.isinf(Program(gap_cost, room, 3, (4, 5)).through(3)[2])
