"""What each selector promises, against brute force."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.random import Random
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Constraints
from lidarsel.selection.spaced import Spaced
from lidarsel.shapley.exact import exact
from tests.support import games


def lines_of(
    name: str, value: NDArray[np.float64], budget: int, weight: NDArray[np.float64] | None = None
) -> tuple[int, ...]:
    """The lines of a selector that goes by values and weights alone."""
    problem = Problem(Players(np.ones(len(value)) if weight is None else weight, value))
    return selector(name)(problem, [budget])[budget].players


def test_on_a_closed_form_game() -> None:
    """Players 0..8 in a row, 9 null: bands of three cost 9 when left empty, and 1 when their middle is missing."""
    intervals = [(0, 2), (3, 5), (6, 8), (1, 1), (4, 4), (7, 7)]
    game, _ = games.gaps(intervals, np.array([[9.0, 9, 9, 1, 1, 1], [18.0, 18, 18, 2, 2, 2]]), 10)
    estimate = exact(game)
    np.testing.assert_allclose(estimate.mean, 1.5 * np.array([3, 4, 3, 3, 4, 3, 3, 4, 3, 0]))
    players = Players((estimate.mean > 0).astype(float), estimate.mean)

    def error(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return 1.0 - np.mean([game.function(f, masks) for f in range(2)], axis=0)

    def lines(name: str, k: int) -> tuple[int, ...]:
        return selector(name)(Problem(players, error=error, evaluations=64), [k])[k].players

    for name in ("spaced", "shapley", "sas-region", "sas-separation", "sas", "greedy", "interval", "exhaustive"):
        assert lines(name, 3) == (1, 4, 7), name
    assert lines("densest", 3) == (0, 1, 2)
    assert {1, 4, 7} < set(lines("shapley", 4))
    assert lines("random", 10) == tuple(range(10))


def balanced(subset: Sequence[int], m: int) -> bool:
    """Whether a subset of a circle of m is as even as can be: any two arcs of one length differ by at most 1."""
    on = np.isin(np.arange(2 * m) % m, subset)
    sums = np.concatenate([[0], np.cumsum(on)])
    return all(np.ptp([sums[a + length] - sums[a] for a in range(m)]) <= 1 for length in range(1, m))


@pytest.mark.parametrize("m", range(1, 12))
def test_spaced_is_every_evenly_spaced_choice_and_no_other(m: int) -> None:
    weight = np.zeros(2 * m + 1)
    active = np.arange(1, 2 * m, 2)
    weight[active] = 1
    for k in range(1, m + 1):
        even = {s for s in combinations(range(m), k) if balanced(s, m)}
        found = Spaced().propose(Problem(Players(weight)), k)
        assert len(set(found)) == len(found)
        assert {tuple(np.searchsorted(active, s)) for s in found} == even
        assert len(found) == m // np.gcd(m, k)


@pytest.mark.parametrize("m", [46, 64])
def test_spaced_gaps_differ_by_at_most_one(m: int) -> None:
    for k in range(1, m):
        for lines in Spaced().propose(Problem(Players(np.ones(m))), k):
            gaps = np.diff([*lines, lines[0] + m])
            assert set(gaps) <= {m // k, -(-m // k)}


def distinct_values(n: int, seed: int) -> NDArray[np.float64]:
    return np.asarray(np.random.default_rng(seed).permutation(n) - n / 3, np.float64)


@settings(max_examples=50, deadline=None)
@given(m=st.integers(1, 40), seed=st.integers(0, 999), data=st.data())
def test_sas_region_takes_the_best_of_each_bin(m: int, seed: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, m))
    value = distinct_values(m, seed)
    lines = lines_of("sas-region", value, k)
    sizes = np.diff([b * m // k for b in range(k + 1)])
    assert sizes.sum() == m
    assert np.ptp(sizes) <= 1
    bins = np.split(np.arange(m), np.cumsum(sizes)[:-1])
    assert list(lines) == [max(region, key=lambda i: value[i]) for region in bins]


@settings(max_examples=60, deadline=None)
@given(m=st.integers(1, 24), seed=st.integers(0, 999), data=st.data())
def test_sas_separation_has_the_largest_gap_that_fills(m: int, seed: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, m))
    value = distinct_values(m, seed)
    found = selector("sas-separation")(Problem(Players(np.ones(m), value)), [k])[k]

    def greedy(gap: int) -> list[int]:
        taken: list[int] = []
        for i in sorted(range(m), key=lambda i: -value[i]):
            if all(abs(i - j) >= gap for j in taken):
                taken.append(i)
        return taken[:k]

    fills = [gap for gap in range(1, m + 2) if len(greedy(gap)) == k]
    if k == 1 or k == m:
        assert found.players == tuple(sorted(greedy(1)))
    else:
        assert found.players == tuple(sorted(greedy(max(fills))))
        assert found.notes == (f"gap of {max(fills)}",)


def test_shapley_and_densest_take_the_top_and_break_ties_by_number() -> None:
    value = np.array([1.0, 5.0, 3.0, 5.0, -2.0, 3.0, 0.0])
    weight = np.array([9.0, 1.0, 1.0, 4.0, 9.0, 4.0, 0.0])
    assert [lines_of("shapley", value, k, weight) for k in (1, 2, 3, 6, 7)] == [
        (1,),
        (1, 3),
        (1, 2, 3),
        (0, 1, 2, 3, 4, 5),
        (0, 1, 2, 3, 4, 5, 6),
    ]
    assert [lines_of("densest", value, k, weight) for k in (1, 2, 3, 5)] == [
        (0,),
        (0, 4),
        (0, 3, 4),
        (0, 1, 3, 4, 5),
    ]


def test_sas_steps_over_null_players() -> None:
    """Active players 2, 3, 8, 9: bins and gaps count them alone, as if they stood side by side."""
    weight = np.zeros(12)
    weight[[2, 3, 8, 9]] = 1
    value = np.zeros(12)
    value[[2, 3, 8, 9]] = [1.0, 9.0, 8.0, 2.0]
    assert lines_of("sas-region", value, 2, weight) == (3, 8)
    assert lines_of("sas-separation", value, 2, weight) == (3, 9)


def test_random_draws() -> None:
    weight = np.r_[np.zeros(5), np.ones(46), np.zeros(13)]

    def draws(budget: int, seed: int, count: int = 15) -> tuple[tuple[int, ...], ...]:
        return Random(count).propose(Problem(Players(weight), seed=seed), budget)

    eight, nine = draws(8, 7), draws(9, 7)
    assert len(eight) == 15
    assert all(set(a) < set(b) for a, b in zip(eight, nine, strict=True))
    assert eight != draws(8, 8)
    # uniform: over many draws every active player is taken about equally often (chi-square, 45 degrees)
    counts = np.bincount(np.ravel(draws(8, 0, 4000)), minlength=64)[5:51]
    expected = 4000 * 8 / 46
    assert ((counts - expected) ** 2 / expected).sum() < 80
    with pytest.raises(UsageError):
        Random(0)


def test_random_is_the_median_and_spaced_the_best_of_what_they_propose() -> None:
    error = games.nearest_errors(20, 3)
    problem = Problem(Players(np.ones(20)), seed=4, error=error)
    masks = {}
    for maker in (Random(), Spaced()):
        proposed = maker.propose(problem, 6)
        errors = [float(error(np.isin(np.arange(20), lines)[None])[0]) for lines in proposed]
        found = maker(problem, [6])[6].players
        masks[maker.name] = sorted(errors).index(errors[proposed.index(found)]), len(proposed)
    assert masks["random"] == (7, 15)
    assert masks["spaced"][0] == 0


def test_spaced_moves_no_further_than_constraints_ask() -> None:
    """Every offset of 4 among 12, line 5 kept: in its place the nearest one moves there, the others stay."""
    problem = Problem(Players(np.ones(12)), Constraints(keep=(5,)))
    assert set(Spaced().propose(problem, 4)) == {(0, 3, 5, 9), (1, 5, 7, 10), (2, 5, 8, 11)}
    apart = Problem(Players(np.ones(12)), Constraints(min_gap=3, drop=(0,)))
    for lines in Spaced().propose(apart, 4):
        assert min(np.diff(lines)) >= 3
