"""One answer's noise: against the definition of privacy, by quadrature, and in many digits."""

import math
from itertools import pairwise

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from lidarsel.privacy.gaussian import delta_spent, noise_for_one_answer


def delta_by_definition(epsilon: float, noise: float) -> float:
    """The most by which N(1, s^2) exceeds e^epsilon times N(0, s^2) on any set: the integral of what is positive."""
    start = epsilon * noise**2 + 0.5  # where the two are equal

    def excess(x: float) -> float:
        return float(stats.norm.pdf(x, 1, noise) - math.exp(epsilon) * stats.norm.pdf(x, 0, noise))

    ends = np.linspace(start, max(start, 1.0) + 14 * noise, 15)
    return sum(integrate.quad(excess, low, high, epsabs=0, epsrel=1e-11)[0] for low, high in pairwise(ends))


@pytest.mark.parametrize(("epsilon", "noise"), [(0.1, 8.0), (1.0, 4.0), (1.0, 0.7), (3.0, 1.5), (8.0, 0.6)])
def test_delta_is_the_excess_of_one_answer_over_the_other(epsilon: float, noise: float) -> None:
    assert delta_spent(epsilon, noise) == pytest.approx(delta_by_definition(epsilon, noise), rel=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-3, 50), st.floats(0.1, 1000))
def test_delta_in_many_digits(epsilon: float, noise: float) -> None:
    with mpmath.workdps(60):
        e, s = mpmath.mpf(epsilon), mpmath.mpf(noise)
        exact = mpmath.ncdf(1 / (2 * s) - e * s) - mpmath.exp(e) * mpmath.ncdf(-1 / (2 * s) - e * s)
    found = delta_spent(epsilon, noise)
    assert found == pytest.approx(float(exact), rel=1e-6, abs=1e-290)


@pytest.mark.parametrize(("epsilon", "delta"), [(0.1, 1e-5), (1.0, 1e-6), (3.0, 1e-6), (8.0, 1e-6), (1.0, 1e-10)])
def test_noise_is_the_least_that_keeps_the_budget(epsilon: float, delta: float) -> None:
    found = noise_for_one_answer(epsilon, delta)
    assert delta_by_definition(epsilon, found * (1 + 1e-7)) <= delta < delta_by_definition(epsilon, found * (1 - 1e-7))
    assert delta_spent(epsilon, found) <= delta
    assert epsilon > 1 or found < math.sqrt(2 * math.log(1.25 / delta)) / epsilon


def test_what_nothing_keeps_is_refused() -> None:
    with pytest.raises(ValueError, match=r"epsilon 1e-05 at delta 1e-10"):
        noise_for_one_answer(1e-5, 1e-10)
