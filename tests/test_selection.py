"""Every selector, every budget: exact size, order, null players last; and what picks among proposals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lidarsel.errors import LidarselError, UsageError
from lidarsel.selection.base import Players, Proposal
from lidarsel.selection.random import Random
from lidarsel.selection.registry import NAMES, selector
from lidarsel.selection.resolve import resolve


def players_like_kitti(seed: int = 0) -> Players:
    """64 lines of which 5..50 reach the image; null players have value 0, and some others less."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 900, 64).astype(float)
    weight[:5] = weight[51:] = 0
    return Players(weight, np.where(weight > 0, rng.normal(20, 30, 64), 0.0), np.ones(64))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("budget", range(1, 65))
def test_every_budget_is_filled_exactly_and_nulls_come_last(name, budget):
    players = players_like_kitti()
    proposal = selector(name)(players, budget, seed=3)
    assert (proposal.pick == "only") == (len(proposal.candidates) == 1)
    for lines in proposal.candidates:
        assert len(lines) == len(set(lines)) == budget
        assert list(lines) == sorted(lines)
        assert all(type(line) is int and 0 <= line < 64 for line in lines)
        assert len(set(lines) & set(range(5, 51))) == min(budget, 46)
        nulls = [line for line in lines if not 5 <= line < 51]
        assert nulls == ([*range(5), *range(51, 64)])[: len(nulls)]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n=st.integers(1, 30))
def test_any_players_any_budget(data, n):
    weight = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.5]), min_size=n, max_size=n)))
    value = np.array(data.draw(st.lists(st.integers(-2, 2).map(float), min_size=n, max_size=n)))
    players = Players(weight, value)
    budget = data.draw(st.integers(1, n))
    for name in NAMES:
        first, again = (selector(name)(players, budget, seed=1) for _ in range(2))
        assert first == again
        for lines in first.candidates:
            assert len(set(lines)) == budget
            assert list(lines) == sorted(lines)
            assert sum(weight[list(lines)] > 0) == min(budget, sum(weight > 0))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("budget", [0, 65, -1])
def test_a_budget_out_of_range_is_refused(name, budget):
    with pytest.raises(UsageError, match=rf"{budget} .*1\.\.64"):
        selector(name)(players_like_kitti(), budget, seed=0)


@pytest.mark.parametrize("name", [n for n in NAMES if selector(n).needs_values])
def test_values_are_asked_for(name):
    with pytest.raises(UsageError, match=f"'{name}' needs Shapley values"):
        selector(name)(Players(np.ones(4)), 2, seed=0)
    for wrong in (np.ones(3), np.array([1, np.nan, 2, 3])):
        with pytest.raises(UsageError, match="one finite Shapley value"):
            selector(name)(Players(np.ones(4), wrong), 2, seed=0)


def test_the_others_do_without_values():
    bare = Players(players_like_kitti().weight)
    for name in ("random", "spaced", "densest"):
        assert not selector(name).needs_values
        assert selector(name)(bare, 8, 0) == selector(name)(players_like_kitti(), 8, 0)


def test_unknown_method_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"unknown method 'best'.*random, spaced, densest, shapley, sas-region"):
        selector("best")
    assert len(set(NAMES)) == len(NAMES)
    assert all(selector(name).name == name for name in NAMES)


def test_random_draws():
    players = players_like_kitti()
    eight, nine = (Random()(players, k, seed=7) for k in (8, 9))
    assert eight.pick == "median"
    assert len(eight.candidates) == 15
    assert all(set(a) < set(b) for a, b in zip(eight.candidates, nine.candidates, strict=True))
    assert eight != Random()(players, 8, seed=8)
    # uniform: over many draws every active player is taken about equally often (chi-square, 45 degrees)
    counts = np.bincount(np.ravel(Random(4000)(players, 8, seed=0).candidates), minlength=64)[5:51]
    expected = 4000 * 8 / 46
    assert ((counts - expected) ** 2 / expected).sum() < 80
    with pytest.raises(UsageError):
        Random(0)


def error_by_first(masks):
    return masks.argmax(1).astype(float)


def test_resolve_picks_by_error():
    sets = ((4, 5), (0, 1), (2, 3), (1, 5), (3, 4))
    assert resolve(Proposal(sets, "best"), 6, error_by_first) == (0, 1)
    assert resolve(Proposal(sets, "median"), 6, error_by_first) == (2, 3)
    assert resolve(Proposal(sets[:4], "median"), 6, error_by_first) == (1, 5)  # the lower of the middle two
    flat = lambda masks: np.zeros(len(masks))  # noqa: E731
    assert resolve(Proposal(sets, "best"), 6, flat) == sets[0]
    assert resolve(Proposal(sets, "median"), 6, flat) == sets[2]


def test_resolve_asks_once_with_true_masks_and_never_for_one():
    def refuse(masks):
        raise AssertionError("not to be asked")

    assert resolve(Proposal(((1, 2),)), 4, refuse) == (1, 2)
    asked = []

    def error(masks):
        asked.append(masks)
        return masks[:, 0].astype(float)

    assert resolve(Proposal(((0, 3), (1, 2)), "best"), 4, error) == (1, 2)
    assert len(asked) == 1
    assert asked[0].tolist() == [[True, False, False, True], [False, True, True, False]]


def test_resolve_refuses_what_cannot_be_ranked():
    two = Proposal(((0,), (1,)), "best")
    with pytest.raises(LidarselError, match="finite errors"):
        resolve(two, 2, lambda masks: np.array([1.0, np.nan]))
    with pytest.raises(LidarselError, match="finite errors"):
        resolve(two, 2, lambda masks: np.array([1.0]))
    with pytest.raises(LidarselError, match="nothing to pick"):
        resolve(Proposal(((0,), (1,)), "only"), 2, error_by_first)
    with pytest.raises(LidarselError, match="nothing to pick"):
        resolve(Proposal((), "best"), 2, error_by_first)
