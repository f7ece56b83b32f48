"""sas: its two limits, and what the factor does between them."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints
from lidarsel.selection.sas import Sas


def chosen(
    spread: float,
    value: NDArray[np.float64],
    budget: int,
    constraints: Constraints | None = None,
    weight: NDArray[np.float64] | None = None,
) -> tuple[int, ...]:
    weight = np.ones(len(value)) if weight is None else weight
    problem = Problem(Players(weight, np.asarray(value, float)), constraints or Constraints())
    return Sas(spread)(problem, [budget])[budget].players


@settings(max_examples=40, deadline=None)
@given(data=st.data(), m=st.integers(1, 24))
def test_without_spread_it_is_shapley(data: st.DataObject, m: int) -> None:
    value = np.array(data.draw(st.lists(st.floats(-9, 9, width=16), min_size=m, max_size=m)))
    budget = data.draw(st.integers(1, m))
    problem = Problem(Players(np.ones(m), value))
    assert chosen(0.0, value, budget) == selector("shapley")(problem, [budget])[budget].players


@pytest.mark.parametrize("m", [7, 11, 16, 46, 64])
def test_with_all_spread_it_is_evenly_spaced_whatever_the_values(m: int) -> None:
    """Gaps between neighbours differ by at most 1, and the ends are half a step off."""
    value = np.random.default_rng(m).normal(size=m)
    for budget in {2, 3, 4, 5, m // 3, m // 2, 2 * m // 3, m - 1}:
        lines = chosen(1e9, value, budget)
        step = m / budget
        assert np.ptp(np.diff(lines)) <= 1
        assert abs(lines[0] + 0.5 - step / 2) <= 1
        assert abs(m - 0.5 - lines[-1] - step / 2) <= 1


def uneven(lines: Sequence[int], m: int) -> float:
    step = m / len(lines)
    gaps = np.diff(lines) / step - 1
    ends = np.array([lines[0] + 0.5, m - 0.5 - lines[-1]]) / step - 0.5
    return (gaps**2).sum() + (ends**2).sum()


@settings(max_examples=25, deadline=None)
@given(m=st.integers(2, 10), seed=st.integers(0, 99), spread=st.sampled_from([0.3, 1.0, 4.0]), data=st.data())
def test_each_step_is_the_formula(m: int, seed: int, spread: float, data: st.DataObject) -> None:
    """Greedy by the product, u_i by enumeration of every set that holds i and what was chosen before."""
    budget = data.draw(st.integers(1, m - 1))
    value = np.random.default_rng(seed).normal(0.3, 1.0, m)
    worth = np.maximum(value, 1e-3 * value.max()) if value.max() > 0 else np.ones(m)
    taken: list[int] = []
    for _ in range(budget):
        least = {}
        for line in set(range(m)) - set(taken):
            sets = [s for s in combinations(range(m), budget) if {line, *taken} <= set(s)]
            least[line] = min(uneven(s, m) for s in sets)
        # of equal products (to rounding) the one of larger value first
        score = {line: round(np.log(worth[line]) - spread * u, 9) for line, u in least.items()}
        taken.append(max(score, key=lambda line: (score[line], value[line], -line)))
    assert chosen(spread, value, budget) == tuple(sorted(taken))


def test_the_factor_fades_near_chosen_lines() -> None:
    """The two best lines are neighbours: both at little spread, one of them and lines far away at more."""
    value = np.full(32, 1.0)
    value[10], value[11] = 10.0, 8.0
    assert {10, 11} <= set(chosen(0.01, value, 4))
    assert len({10, 11} & set(chosen(10.0, value, 4))) == 1


def test_values_that_are_all_negative_or_zero_are_no_obstacle() -> None:
    for value in (np.zeros(12), -np.arange(1.0, 13.0)):
        lines = chosen(1.0, value, 4)
        assert len(lines) == 4
        assert np.ptp(np.diff(lines)) <= 1


def test_spread_steps_over_null_lines_and_honours_constraints() -> None:
    weight = np.zeros(20)
    weight[4:16] = 1
    value = np.where(weight > 0, 1.0, 0.0)
    assert chosen(1e6, value, 3, weight=weight) == (5, 9, 13)
    kept = chosen(1e6, value, 3, Constraints(keep=(4,)), weight)
    assert kept[0] == 4
    assert all(4 <= line < 16 for line in kept)
    assert min(np.diff(chosen(0.0, np.arange(12.0), 4, Constraints(min_gap=3)))) >= 3


@pytest.mark.parametrize("spread", [-1.0, np.inf, np.nan])
def test_a_spread_that_makes_no_sense_is_refused(spread: float) -> None:
    with pytest.raises(UsageError, match="spread of sas"):
        Sas(spread)
