"""Greedy and exhaustive against plain loops over every set."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints
from tests.support import games


def counting(error: games.ErrorOf) -> tuple[games.ErrorOf, list[int]]:
    asked = []

    def counted(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked.append(len(masks))
        return error(masks)

    return counted, asked


@pytest.mark.parametrize("seed", range(5))
def test_lazy_greedy_is_plain_greedy_where_gains_shrink(seed: int) -> None:
    n, error = 24, games.nearest_errors(24, seed)
    counted, asked = counting(error)
    found = selector("greedy")(Problem(Players(np.ones(n)), error=counted), range(1, 13))
    plain: list[int] = []
    tried = 0
    for budget in range(1, 13):
        free = [line for line in range(n) if line not in plain]
        tried += len(free)
        plain.append(free[int(error(as_masks([[*plain, line] for line in free], n)).argmin())])
        assert found[budget].players == tuple(sorted(plain))
    assert sum(asked) < tried / 2


def test_greedy_keeps_and_drops() -> None:
    error = games.nearest_errors(20, 3)
    problem = Problem(Players(np.ones(20)), Constraints(keep=(0, 1), drop=(10,)), error=error)
    lines = selector("greedy")(problem, [2, 6])
    assert lines[2].players == (0, 1)
    plain = [0, 1]
    for _ in range(4):
        free = [line for line in range(20) if line not in (*plain, 10)]
        plain.append(free[int(error(as_masks([[*plain, line] for line in free], 20)).argmin())])
    assert lines[6].players == tuple(sorted(plain))


@pytest.mark.parametrize("seed", range(6))
def test_a_backward_pass_is_never_worse(seed: int) -> None:
    error = games.nearest_errors(20, seed)
    problem = Problem(Players(np.ones(20)), error=error)
    forward, both = (selector(name)(problem, (3, 6, 10)) for name in ("greedy", "greedy-backward"))
    for budget in forward:
        errors = error(as_masks([forward[budget].players, both[budget].players], 20))
        assert errors[1] <= errors[0]


def test_exhaustive_is_the_minimum_even_of_a_lawless_game() -> None:
    error = games.lawless_errors(11, 4)
    problem = Problem(Players(np.ones(11)), Constraints(keep=(3,), min_gap=2), error=error)
    for budget, found in selector("exhaustive")(problem, range(1, 6)).items():
        sets = [
            lines
            for lines in combinations(range(11), budget)
            if 3 in lines and all(b - a >= 2 for a, b in pairwise(lines))
        ]
        assert found.players == sets[int(error(as_masks(sets, 11)).argmin())]


def test_exhaustive_refuses_what_takes_too_long_before_it_starts() -> None:
    def refuse(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        raise AssertionError("not to be asked")

    problem = Problem(Players(np.ones(64)), error=refuse)
    with pytest.raises(UsageError, match="4426165368 sets of 8 players are too many"):
        selector("exhaustive")(problem, [2, 8])
