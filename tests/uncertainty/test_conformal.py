"""Conformal scaling and what is said of spreads: against definitions, simulation and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lidarsel.uncertainty.conformal import LEAST_SCORES, Scaling, conformal_quantile
from lidarsel.uncertainty.scores import STEPS, coverage, laplace_likelihood, sparsification_area


@given(scores=st.lists(st.floats(0, 100), min_size=1, max_size=40), level=st.floats(0.05, 0.95))
def test_the_quantile_is_the_rank_that_the_theorem_asks_for(scores: list[float], level: float) -> None:
    found = conformal_quantile(np.array(scores), level)
    rank = math.ceil((len(scores) + 1) * level)
    assert found == sorted(scores)[min(rank, len(scores)) - 1]


def test_coverage_is_what_was_asked_for_on_new_cases_whatever_the_errors() -> None:
    """A mean over many splits of few cases: within a standard error of the level, never below as a bias."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(4000):
        error, spread = rng.standard_t(2, 21), rng.uniform(0.5, 2, 21)
        scores = np.abs(error) / spread
        scale = conformal_quantile(scores[:-1], 0.9)
        held.append(abs(error[-1]) <= scale * spread[-1])
    assert np.mean(held) == pytest.approx(19 / 21, abs=4 * math.sqrt(0.09 / 4000))


def test_each_bin_has_its_own_factor_and_a_thin_one_that_of_all() -> None:
    rng = np.random.default_rng(1)
    bins = np.repeat([0, 1, 2], [5000, 5000, LEAST_SCORES - 1])
    scores = np.abs(rng.standard_normal(len(bins))) * np.array([1.0, 3.0, 9.0])[bins]
    scaling = Scaling.fit(scores, bins, 4, 0.9)
    normal = stats.norm.ppf(0.95)
    assert scaling.factors[:2] == pytest.approx([normal, 3 * normal], rel=0.05)
    overall = conformal_quantile(scores, 0.9)
    assert scaling.factors[2:].tolist() == [overall, overall]
    widths = scaling.half_width(np.array([1.0, 2.0]), np.array([1, 0]))
    assert widths.tolist() == [scaling.factors[1], 2 * scaling.factors[0]]
    with pytest.raises(ValueError, match="nothing to scale by"):
        Scaling.fit(np.empty(0), np.empty(0, np.int64), 1, 0.9)


def test_likelihood_and_coverage_are_their_definitions() -> None:
    rng = np.random.default_rng(2)
    error, scale = rng.normal(0, 0.2, 500), rng.uniform(0.05, 0.4, 500)
    expected = -stats.laplace(0, scale).logpdf(error).mean()
    assert laplace_likelihood(error, scale) == pytest.approx(expected, rel=1e-12)
    assert coverage(np.array([-2.0, 1.0, 0.5, -0.1]), np.array([1.0, 1.0, 1.0, 0.05])) == 0.5


def test_a_spread_that_knows_the_errors_has_no_area_and_a_worse_one_more() -> None:
    rng = np.random.default_rng(3)
    spread = rng.lognormal(0, 1, 4000)
    error = rng.standard_normal(4000) * spread
    known, told, blind = (sparsification_area(error, said) for said in (np.abs(error), spread, rng.random(4000)))
    assert known == 0
    assert 0.02 < told < 0.6 * blind
    upside_down = sparsification_area(error, -np.abs(error))
    assert upside_down > blind


def test_the_area_is_that_between_the_curves() -> None:
    error, said = np.array([4.0, 1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0])

    def left(order: list[float], share: float) -> float:
        kept = order[: max(1, math.ceil((1 - share) * 4))]
        return math.sqrt(sum(each**2 for each in kept) / len(kept))

    distances = [left([4, 1, 2, 3], share) - left([1, 2, 3, 4], share) for share in STEPS]
    assert sparsification_area(error, said) == pytest.approx(np.mean(distances) / math.sqrt(7.5), rel=1e-12)
