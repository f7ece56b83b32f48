"""Every selector, every budget: exact size, null players last, constraints honoured or refused, the same twice."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import LidarselError, UsageError
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.registry import NAMES, selector
from lidarsel.selection.room import Constraints
from tests.support import games

FOR_MANY = [name for name in NAMES if name != "exhaustive"]


def problem_like_kitti(constraints: Constraints | None = None) -> Problem:
    """64 lines of which 5..50 reach the image; null players have value 0, and some others less."""
    rng = np.random.default_rng(0)
    weight = rng.integers(1, 900, 64).astype(float)
    weight[:5] = weight[51:] = 0
    value = np.where(weight > 0, rng.normal(20, 30, 64), 0.0)
    given = constraints or Constraints()
    return Problem(
        Players(weight, value, np.ones(64), kind="line"),
        given,
        seed=3,
        error=games.nearest_errors(64, 1),
        evaluations=200,
    )


@pytest.mark.parametrize("name", FOR_MANY)
def test_every_budget_is_filled_exactly_and_nulls_come_last(name: str) -> None:
    budgets = range(1, 65)
    found = selector(name)(problem_like_kitti(), budgets)
    assert list(found) == list(budgets)
    for budget, selection in found.items():
        lines = selection.players
        assert len(lines) == len(set(lines)) == budget
        assert list(lines) == sorted(lines)
        assert all(type(line) is int and 0 <= line < 64 for line in lines)
        assert len(set(lines) & set(range(5, 51))) == min(budget, 46)
        nulls = [line for line in lines if not 5 <= line < 51]
        assert nulls == ([*range(5), *range(51, 64)])[: len(nulls)]


def allowed_sets(active: NDArray[np.bool_], constraints: Constraints, budget: int) -> set[tuple[int, ...]]:
    """By enumeration: the sets of a budget that the constraints allow, with as many active players as can be."""
    sets = [
        lines
        for lines in combinations(range(len(active)), budget)
        if set(constraints.keep) <= set(lines)
        and not set(constraints.drop) & set(lines)
        and all(b - a >= constraints.min_gap for a, b in combinations(lines, 2))
    ]
    most = max((sum(active[list(lines)]) for lines in sets), default=0)
    return {lines for lines in sets if sum(active[list(lines)]) == most}


def check_against_enumeration(names: Sequence[str], data: st.DataObject, n: int) -> None:
    weight = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.5, 7.0]), min_size=n, max_size=n)))
    value = np.array(data.draw(st.lists(st.integers(-2, 2).map(float), min_size=n, max_size=n)))
    roles = data.draw(st.lists(st.sampled_from(["", "", "", "", "keep", "drop"]), min_size=n, max_size=n))
    named = {role: tuple(line for line in range(n) if roles[line] == role) for role in ("keep", "drop")}
    constraints = Constraints(named["keep"], named["drop"], data.draw(st.sampled_from([1, 1, 2, 3])))
    error = games.nearest_errors(n, data.draw(st.integers(0, 9)))
    problem = Problem(Players(weight, value), constraints, seed=1, error=error, evaluations=24)
    possible = {budget: allowed_sets(weight > 0, constraints, budget) for budget in range(1, n + 1)}
    open_budgets = [budget for budget in possible if possible[budget]]
    if not open_budgets:  # kept lines too close to each other
        for name in names:
            with pytest.raises(UsageError, match=r"closer than --min-gap|leave room|is both"):
                selector(name)(problem, [1])
        return
    for name in names:
        found = selector(name)(problem, open_budgets)
        assert found == selector(name)(problem, open_budgets)
        for budget in open_budgets:
            assert found[budget].players in possible[budget], (name, budget)
        for budget in set(possible) - set(open_budgets):
            with pytest.raises(UsageError):
                selector(name)(problem, [budget])


@settings(max_examples=40, deadline=None)
@given(data=st.data(), n=st.integers(1, 8))
def test_any_players_budgets_and_constraints(data: st.DataObject, n: int) -> None:
    check_against_enumeration([name for name in NAMES if name != "interval"], data, n)


@settings(max_examples=5, deadline=None)
@given(data=st.data(), n=st.integers(1, 9))
def test_any_players_budgets_and_constraints_interval(data: st.DataObject, n: int) -> None:
    check_against_enumeration(["interval"], data, n)


@pytest.mark.parametrize("name", FOR_MANY)
def test_constraints_at_64_lines(name: str) -> None:
    constraints = Constraints(keep=(5, 30, 60), drop=(20, 21, 22), min_gap=2)
    found = selector(name)(problem_like_kitti(constraints=constraints), (4, 16))
    for budget, selection in found.items():
        lines = selection.players
        assert len(lines) == budget
        assert {5, 30, 60} <= set(lines)
        assert not {20, 21, 22} & set(lines)
        assert min(np.diff(lines)) >= 2
        assert all(5 <= line < 51 for line in lines if line != 60)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("budget", [0, 65, -1])
def test_a_budget_out_of_range_is_refused(name: str, budget: int) -> None:
    with pytest.raises(UsageError, match=rf"{budget} .*1\.\.64"):
        selector(name)(problem_like_kitti(), [budget])


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        (Constraints(keep=(64,)), r"--keep 64: there are lines 0\.\.63"),
        (Constraints(drop=(-1,)), r"--drop -1: there are lines"),
        (Constraints(keep=(3, 9), drop=(9,)), "line 9 is both"),
        (Constraints(keep=(8, 10), min_gap=3), "lines 8 and 10 .* closer than --min-gap 3"),
        (Constraints(min_gap=0), "--min-gap 0: give 1 or more"),
        (Constraints(keep=tuple(range(9))), "leave room for 9 to 64"),
        (Constraints(drop=tuple(range(57))), "leave room for 1 to 7"),
        (Constraints(min_gap=10), "leave room for 1 to 7"),
    ],
)
def test_constraints_that_cannot_be_met_are_refused(constraints: Constraints, message: str) -> None:
    for name in NAMES:
        with pytest.raises(UsageError, match=message):
            selector(name)(problem_like_kitti(constraints=constraints), [8])


@pytest.mark.parametrize("name", [n for n in NAMES if selector(n).needs_values])
def test_values_are_asked_for(name: str) -> None:
    with pytest.raises(UsageError, match=f"'{name}' needs Shapley values"):
        selector(name)(Problem(Players(np.ones(4))), [2])
    for wrong in (np.ones(3), np.array([1, np.nan, 2, 3])):
        with pytest.raises(UsageError, match="one finite Shapley value"):
            selector(name)(Problem(Players(np.ones(4), wrong)), [2])


@pytest.mark.parametrize("name", NAMES)
def test_a_selector_says_what_it_needs(name: str) -> None:
    full = Problem(Players(np.ones(12), np.arange(12.0)), error=games.nearest_errors(12, 0), evaluations=32)
    if selector(name).needs_errors:
        with pytest.raises(UsageError, match=f"method {name} evaluates the sets of players that .*; give a function"):
            selector(name)(Problem(full.players), [5])
    bare = Problem(
        full.players if selector(name).needs_values else Players(np.ones(12)),
        error=full.error if selector(name).needs_errors else None,
        evaluations=32,
    )
    assert selector(name)(bare, [5]) == selector(name)(full, [5])


def test_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=f"method 'best' is none of {', '.join(NAMES)}$"):
        selector("best")
    assert len(set(NAMES)) == len(NAMES)
    assert all(selector(name).name == name for name in NAMES)


def test_evaluations_are_asked_for_once_and_without_null_players() -> None:
    asked = []

    def error(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked.extend(masks.tolist())
        return np.asarray(masks[:, 0] + 1.0, np.float64)

    evaluated = ErrorMemory(error, np.array([True, True, False]))
    masks = np.array([[True, False, True], [True, False, False], [False, False, False], [True, True, True]])
    assert evaluated(masks).tolist() == [2.0, 2.0, 1.0, 2.0]
    assert evaluated(masks[::-1]).tolist() == [2.0, 1.0, 2.0, 2.0]
    assert asked == [[True, False, False], [False, False, False], [True, True, False]]
    assert (evaluated.count, len(evaluated)) == (3, 3)
    assert evaluated.knows((0, 2))
    assert not evaluated.knows((1, 2))
    known, errors = evaluated.everything()
    assert known.tolist() == asked
    assert errors.tolist() == [[2.0], [1.0], [2.0]]


@pytest.mark.parametrize("wrong", [[1.0, np.nan], [1.0], [1.0, -2.0]])
def test_errors_that_cannot_be_ranked_are_refused(wrong: list[float]) -> None:
    with pytest.raises(LidarselError, match="finite errors >= 0"):
        ErrorMemory(lambda masks: np.array(wrong), np.ones(2, bool))(np.array([[True, False], [False, True]]))
