"""Secret random numbers: of the right distribution, never the same twice, strictly inside their range."""

import os

import numpy as np
import pytest
from scipy import stats

from lidarsel.privacy.secret_draws import draw_gaussian, draw_uniform, draw_units

CHANCE = 1e-9
"""Of a test failing by bad luck."""


def test_uniform_and_gaussian_draws_have_their_distributions() -> None:
    assert stats.kstest(draw_uniform(20_000), "uniform").pvalue > CHANCE
    drawn = draw_gaussian(40_000)
    assert stats.kstest(drawn, "norm").pvalue > CHANCE
    assert abs(stats.spearmanr(drawn[1:], drawn[:-1]).statistic) < 0.04


def test_no_seed_brings_them_back() -> None:
    np.random.seed(0)  # noqa: NPY002 (that it has no hold on them is what is tested)
    first = draw_gaussian(4)
    np.random.seed(0)  # noqa: NPY002
    assert not np.array_equal(first, draw_gaussian(4))


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_the_extreme_bits_stay_inside(byte: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: bytes([byte]) * count)
    assert np.all((draw_uniform(3) > 0) & (draw_uniform(3) < 1))
    assert np.isfinite(draw_gaussian(3)).all()


def test_a_gaussian_is_the_half_of_a_sum_of_four(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the transform written out: cos(2 pi u) sqrt(-2 ln v)."""
    bits = np.random.default_rng(0).bytes(8 * 8)
    monkeypatch.setattr(os, "urandom", lambda count: bits[:count])
    places = ((np.frombuffer(bits, "<u8") // 2**12) + 0.5) / 2**52
    singles = [np.cos(2 * np.pi * u) * np.sqrt(-2 * np.log(v)) for v, u in zip(places[:4], places[4:], strict=True)]
    assert draw_gaussian(1)[0] == pytest.approx(sum(singles) / 2)


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_units_are_drawn_each_by_itself(rate: float) -> None:
    counts = [len(draw_units(50, rate)) for _ in range(400)]
    drawn_in_all = stats.binom(50 * 400, rate)
    assert drawn_in_all.ppf(CHANCE) <= sum(counts) <= drawn_in_all.ppf(1 - CHANCE)
    if rate < 1:  # of binomial variance: as many each time, as in a shuffled batch, would have none
        assert 0.6 < np.var(counts) / (50 * rate * (1 - rate)) < 1.6
    drawn = draw_units(50, rate)
    assert np.array_equal(drawn, np.unique(drawn))
