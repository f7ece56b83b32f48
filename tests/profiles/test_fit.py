"""Shares of kinds: against an independent solver, the conditions of optimality, and mixtures that are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from lidarsel.profiles.fit import fit_shares


def cost(shares: np.ndarray, profile: np.ndarray, means: np.ndarray, variance: float) -> float:
    m = len(means)
    return float(np.sum((profile - shares @ means) ** 2) + 2 * m * variance * np.sum((shares - 1 / m) ** 2))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 6), st.floats(1e-6, 1.0))
def test_no_other_shares_cost_less(seed: int, m: int, size: int, variance: float) -> None:
    rng = np.random.default_rng(seed)
    means, profile = rng.normal(size=(m, size)), rng.normal(size=size)
    found = fit_shares(profile, means, variance)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    slope = -2 * means @ (profile - found @ means) + 4 * m * variance * (found - 1 / m)
    kept = found > 1e-9
    assert np.ptp(slope[kept]) < 1e-4 * (1 + np.abs(slope).max())  # equal where there is a share ...
    assert slope.min() > slope[kept].max() - 1e-4 * (1 + np.abs(slope).max())  # ... and nowhere less


def test_it_agrees_with_a_general_solver() -> None:
    rng = np.random.default_rng(1)
    means, profile = rng.normal(size=(10, 4)), rng.normal(size=4)
    together = LinearConstraint(np.ones((1, 10)), 1, 1)
    general = minimize(  # type: ignore[call-overload]
        lambda w: cost(w, profile, means, 0.01),
        np.full(10, 0.1),
        method="SLSQP",
        bounds=[(0.0, 1.0)] * 10,
        constraints=together,
        tol=1e-14,
    )
    assert fit_shares(profile, means, 0.01) == pytest.approx(general.x, abs=1e-5)


def test_a_mixture_of_few_kinds_is_found_where_there_is_no_noise() -> None:
    means = np.random.default_rng(2).normal(size=(8, 12))
    shares = np.array([0.5, 0, 0, 0.3, 0, 0.2, 0, 0])
    assert fit_shares(shares @ means, means, 1e-12) == pytest.approx(shares, abs=1e-6)


def test_noise_beyond_all_signal_leaves_every_kind_alike() -> None:
    means = np.random.default_rng(2).normal(size=(8, 12))
    assert fit_shares(means[3], means, 1e6) == pytest.approx(np.full(8, 1 / 8), abs=1e-4)
