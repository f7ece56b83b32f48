"""What the benchmark of private training measures by, on scores whose answers are known."""

import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.commands import ROOT

sys.path.append(str(ROOT / "benchmarks"))  # scripts, not a package

from membership import chance_of_telling, spread_by_chance

SCORES = st.lists(st.integers(0, 6), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_telling_is_the_share_of_pairs_in_the_right_order(members: list[int], others: list[int]) -> None:
    pairs = [1.0 if one > two else 0.5 if one == two else 0.0 for one, two in product(members, others)]
    assert chance_of_telling(np.array(members, float), np.array(others, float)) == pytest.approx(np.mean(pairs))


def test_its_spread_by_chance_is_that_of_scores_without_meaning() -> None:
    rng = np.random.default_rng(0)
    found = [chance_of_telling(rng.random(20), rng.random(30)) for _ in range(2000)]
    assert np.std(found) == pytest.approx(spread_by_chance(20, 30), rel=0.08)
