"""Conformal scaling and what is said of spreads: against definitions, simulation and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from lidarsel.uncertainty import conformal
from lidarsel.uncertainty.conformal import LEAST_SCORES, Scaling, Scores, conformal_quantile, levels_between
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


def of_one_drive(scores: NDArray[np.float64], bins: NDArray[np.int64]) -> Scores:
    return Scores(scores, bins, np.zeros_like(bins))


def held_of_drives_left_out(scores: Scores, level: float) -> float:
    """The mean over drives of the share of scores within the quantiles of the other drives' scores, by loops."""
    shares = []
    for drive in set(scores.drive.tolist()):
        others = [(s, b) for s, b, d in zip(scores.score, scores.bin, scores.drive, strict=True) if d != drive]
        mine = [(s, b) for s, b, d in zip(scores.score, scores.bin, scores.drive, strict=True) if d == drive]
        held = 0
        for score, in_bin in mine:
            like = [s for s, b in others if b == in_bin]
            like = like if len(like) >= conformal.LEAST_SCORES else [s for s, _ in others]
            rank = math.ceil((len(like) + 1) * level)
            held += rank > len(like) or score <= sorted(like)[rank - 1]
        shares.append(held / len(mine))
    return float(np.mean(shares))


@pytest.mark.parametrize("seed", range(6))
def test_the_level_is_the_least_that_holds_drives_left_out(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformal, "LEAST_SCORES", 5)
    rng = np.random.default_rng(seed)
    drive = np.concatenate([np.arange(4), rng.integers(0, 4, 40)])
    scores = Scores(rng.exponential(1 + drive).round(1), rng.integers(0, 3, len(drive)), drive)
    # A quantile is another one just above a whole share of the scores.
    grid = np.unique([rank / n for n in range(1, len(drive) + 2) for rank in range(n)]) + 1e-9
    held = np.array([held_of_drives_left_out(scores, level) for level in grid])
    for level, found in zip((0.6, 0.8), levels_between(scores, (0.6, 0.8)), strict=True):
        assert found == pytest.approx(grid[np.argmax(held >= level - 1e-9)], abs=1e-12)


def test_unlike_drives_are_held_in_the_mean_and_alike_ones_by_the_level() -> None:
    """Errors of a drive are all larger or smaller by a factor; by all pixels together a new drive is held less."""
    rng = np.random.default_rng(0)
    n = 300
    drive, bins = np.repeat(np.arange(6), n), np.zeros(6 * n, np.int64)
    held: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(300):
        factor = rng.lognormal(0, 0.8, 7)
        scores, new = np.abs(rng.standard_normal(6 * n)) * factor[drive], np.abs(rng.standard_normal(n)) * factor[6]
        for together, found in held.items():
            (scaling,) = Scaling.fit(Scores(scores, bins, 0 * drive if together else drive), 1, (0.9,))
            found.append(float(np.mean(new <= scaling.factors[0])))
    assert np.mean(held[True]) < 0.87, (np.mean(held[True]), np.mean(held[False]))
    assert np.mean(held[False]) == pytest.approx(0.9, abs=0.02)
    alike = Scores(rng.exponential(1, 6 * n), bins, drive)
    assert levels_between(alike, (0.9, 0.95)) == pytest.approx([0.9, 0.95], abs=0.01)
    assert levels_between(of_one_drive(alike.score, bins), (0.9, 0.95)) == [0.9, 0.95]


def test_each_bin_has_its_own_factor_and_a_thin_one_that_of_all() -> None:
    rng = np.random.default_rng(1)
    bins = np.repeat([0, 1, 2], [5000, 5000, LEAST_SCORES - 1])
    scores = np.abs(rng.standard_normal(len(bins))) * np.array([1.0, 3.0, 9.0])[bins]
    (scaling,) = Scaling.fit(of_one_drive(scores, bins), 4, (0.9,))
    normal = stats.norm.ppf(0.95)
    assert scaling.factors[:2] == pytest.approx([normal, 3 * normal], rel=0.05)
    overall = conformal_quantile(scores, 0.9)
    assert scaling.factors[2:].tolist() == [overall, overall]
    widths = scaling.half_width(np.array([1.0, 2.0]), np.array([1, 0]))
    assert widths.tolist() == [scaling.factors[1], 2 * scaling.factors[0]]
    with pytest.raises(ValueError, match="nothing to scale by"):
        Scaling.fit(of_one_drive(np.empty(0), np.empty(0, np.int64)), 1, (0.9,))


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
