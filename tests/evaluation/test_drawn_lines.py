"""Which lines frames are given: every set of a size as likely, budgets in turn, the same wherever they are drawn."""

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.evaluation.drawn_lines import LineBudget, budget_of, draw_lines


@given(
    active=st.lists(st.booleans(), min_size=1, max_size=70),
    budget=st.one_of(st.just("all"), st.integers(0, 80)),
    number=st.integers(0, 5),
    seed=st.integers(0, 2**40),
)
def test_as_many_of_the_lines_in_the_image_as_asked_for(
    active: list[bool], budget: LineBudget, number: int, seed: int
) -> None:
    reaching = np.array(active)
    kept = draw_lines("frame", number, budget, reaching, seed)
    assert kept.sum() == (reaching.sum() if budget == "all" else min(budget, reaching.sum()))
    assert not (kept & ~reaching).any()
    np.testing.assert_array_equal(draw_lines("frame", number, budget, reaching, seed), kept)


def test_every_set_of_a_size_is_as_likely() -> None:
    active = np.array([True, False, True, True, True, True])
    drawn = Counter(
        tuple(np.flatnonzero(draw_lines(f"frame{frame}", number, 2, active, 0)))
        for frame in range(500)
        for number in range(10)
    )
    assert set(drawn) == set(combinations((0, 2, 3, 4, 5), 2))
    expected = 5000 / 10
    assert (
        sum((count - expected) ** 2 / expected for count in drawn.values()) < 27.9
    )  # chi-square, 9 degrees: 1 in 1000


def test_budgets_come_in_turn_and_each_first_as_often() -> None:
    budgets: tuple[LineBudget, ...] = (0, 4, 16, "all")
    firsts: Counter[LineBudget] = Counter()
    for frame in range(400):
        given_ = [budget_of(f"frame{frame}", number, budgets, 3) for number in range(8)]
        assert set(given_[:4]) == set(budgets)
        assert given_[4:] == given_[:4]
        firsts[given_[0]] += 1
    assert all(60 < firsts[budget] < 140 for budget in budgets)


def test_frames_sets_and_seeds_are_drawn_apart() -> None:
    active = np.ones(64, bool)
    drawn = {
        draw_lines(name, number, 16, active, seed).tobytes() for name in "ab" for number in (0, 1) for seed in (0, 1)
    }
    assert len(drawn) == 8
