"""Closed forms of conjunctions, and features without Shapley values, against enumeration."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.shapley.conjunctions import conjunctions
from lidarsel.shapley.order_features import order_features


def everybody(n: int) -> NDArray[np.bool_]:
    return ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(bool)


def by_definition(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Shapley values (n, columns) of games tabulated by coalition number (2^n, columns)."""
    coalitions = everybody(n)
    size = coalitions.sum(1)
    weight = np.array([1 / (n * math.comb(n - 1, k)) for k in range(n)])
    phi = []
    for player in range(n):
        without = np.flatnonzero(~coalitions[:, player])
        phi.append(weight[size[without]] @ (values[without | (1 << player)] - values[without]))
    return np.array(phi)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 8), data=st.data())
def test_conjunctions_by_enumeration(n: int, data: st.DataObject) -> None:
    kind = data.draw(st.lists(st.sampled_from("ato"), min_size=n, max_size=n).filter(lambda k: k.count("a") <= 3))
    present, absent = (np.array([k == which for k in kind]) for which in "at")
    power = data.draw(st.integers(0, 3))
    s = everybody(n)
    holds = s[:, present].all(1) & ~s[:, absent].any(1)
    found = by_definition((holds * (2 * s.sum(1) / n - 1) ** power)[:, None], n)[:, 0]
    tables = conjunctions(n, 4)
    at = (present.sum(), absent.sum(), power)
    expected = np.where(present, tables.present[at], np.where(absent, tables.absent[at], tables.other[at]))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_published_values() -> None:
    """Unanimity of two among five: 1/2 each; nobody of three: -1/3 each."""
    tables = conjunctions(5, 1)
    assert tables.present[2, 0, 0] == pytest.approx(1 / 2)
    assert tables.absent[0, 3, 0] == pytest.approx(-1 / 3)
    assert tables.present[1, 2, 0] == pytest.approx(1 / 3)
    np.testing.assert_allclose(tables.other, 0, atol=1e-15)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 8, 11])
def test_only_the_players_block_has_shapley_values(n: int) -> None:
    features = order_features(n)
    s = everybody(n)
    inner = features(s[1:-1])
    np.testing.assert_allclose(inner, -features(~s[1:-1]), atol=1e-12)  # odd
    # sum over coalitions neither empty nor full; the two others add the same to every player
    size = s[1:-1].sum(1)
    weight = np.array([n / (k * (n - k)) / math.comb(n, int(k)) for k in size])
    phi = ((s[1:-1] - size[:, None] / n) * weight[:, None]).T @ inner
    np.testing.assert_allclose(phi[:, features.blocks[0]], np.eye(n) - 1 / n, atol=1e-12)
    np.testing.assert_allclose(phi[:, n:], 0, atol=1e-12)


def test_features_of_64_players_are_finite_and_depend_on_the_row_alone() -> None:
    features = order_features(64)
    s = np.random.default_rng(0).random((300, 64)) < np.linspace(0.02, 0.98, 300)[:, None]
    s[:, 0], s[:, 1] = True, False
    whole = features(s)
    assert whole.shape == (300, features.count)
    assert np.isfinite(whole).all()
    np.testing.assert_allclose(np.concatenate([features(s[:7]), features(s[7:])]), whole, atol=1e-12)
    assert [b.stop for b in features.blocks[:-1]] == [b.start for b in features.blocks[1:]]


def test_gap_costs_lie_in_the_span() -> None:
    """A game of gap costs that are smooth in length and place is explained nearly without rest."""
    n = 24
    s = np.random.default_rng(1).random((3000, n)) < np.random.default_rng(2).uniform(0.1, 0.9, (3000, 1))
    s = s[(s.sum(1) > 0) & (s.sum(1) < n)]

    def cost(x: NDArray[np.bool_]) -> NDArray[np.float64]:
        fenced = np.concatenate([np.ones((len(x), 1), bool), x, np.ones((len(x), 1), bool)], axis=1)
        total = np.zeros(len(x))
        for row, line in enumerate(fenced):
            at = np.flatnonzero(line)
            total[row] = (np.diff(at) - 1.0) ** 1.3 @ (1 + (at[1:] + at[:-1]) / n)
        return total

    odd = (cost(s) - cost(~s)) / 2
    x = order_features(n)(s)
    half = len(s) // 2
    gram = x[:half].T @ x[:half]
    found = np.linalg.solve(gram + 1e-7 * np.trace(gram) * np.eye(len(gram)), x[:half].T @ odd[:half])
    rest = odd[half:] - x[half:] @ found
    assert rest.std() < 0.02 * odd.std()


def test_what_is_lost_between_two_members_lies_in_the_span() -> None:
    """At each place by both distances: the sides explain what gaps by length and centre cannot."""
    n = 24
    s = np.random.default_rng(3).random((3000, n)) < np.random.default_rng(4).uniform(0.1, 0.9, (3000, 1))
    s = s[(s.sum(1) > 0) & (s.sum(1) < n)]
    importance = 1 + np.sin(np.arange(n + 1) / 2)  # of a place: half a wave in six players

    def cost(x: NDArray[np.bool_]) -> NDArray[np.float64]:
        total = np.zeros(len(x))
        for row, line in enumerate(x):
            member = np.concatenate([[-1], np.flatnonzero(line), [n]])
            for place in range(n + 1):  # between the players place - 1 and place
                left = place - 1 - member[member < place].max()
                right = member[member >= place].min() - place
                total[row] += importance[place] * np.log1p(left) * np.log1p(right)
        return total

    odd = (cost(s) - cost(~s)) / 2
    whole = order_features(n)
    x, half = whole(s), len(s) // 2

    def rest(columns: slice) -> float:
        used = x[:, columns]
        gram = used[:half].T @ used[:half]
        found = np.linalg.solve(gram + 1e-7 * np.trace(gram) * np.eye(len(gram)), used[:half].T @ odd[:half])
        return float((odd[half:] - used[half:] @ found).std() / odd.std())

    assert rest(slice(None)) < 0.05
    assert rest(slice(None)) < 0.6 * rest(slice(whole.blocks[-1].start))
