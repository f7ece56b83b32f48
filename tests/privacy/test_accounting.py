"""The cost of noisy steps, held against closed forms and quadrature that know nothing of Opacus."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from lidarsel.errors import UsageError
from lidarsel.privacy.accounting import epsilon_spent, noise_for
from lidarsel.privacy.ledger import MOST_NOISE, NOTHING_SPENT, Ledger, NoisySteps

pytest.importorskip("opacus", reason="needs Opacus: pip install 'lidarsel[privacy]'")

DELTA = 1e-5
LOOSE = 0.011
"""Opacus' bound is at most this above the truth: it asks for 0.01."""


def ledger(noise: float, rate: float, steps: int) -> Ledger:
    return Ledger((NoisySteps(noise, rate, steps),))


def of_gaussian(noise: float) -> float:
    """Epsilon of one Gaussian answer, exactly (Balle and Wang: "Improving the Gaussian mechanism", ICML 2018)."""

    def left(epsilon: float) -> float:
        a, b = 1 / (2 * noise), epsilon * noise
        return float(norm.cdf(a - b) - math.exp(epsilon) * norm.cdf(-a - b)) - DELTA

    return float(brentq(left, 0, 100))


def of_sampled_once(noise: float, rate: float) -> float:
    """Epsilon of one sampled Gaussian answer, exactly: the greater of both directions' hockey-stick divergences."""
    places = np.linspace(-40 * noise, 40 * noise + 1, 400_001)
    plain = norm.pdf(places, 0, noise)
    mixed = (1 - rate) * plain + rate * norm.pdf(places, 1, noise)

    def left(epsilon: float, above: np.ndarray, below: np.ndarray) -> float:
        return float(np.trapezoid(np.maximum(above - math.exp(epsilon) * below, 0), places)) - DELTA

    return max(float(brentq(left, 0, 50, args=pair)) for pair in ((mixed, plain), (plain, mixed)))


def by_renyi(noise: float, rate: float, steps: int) -> float:
    """An upper bound: Renyi divergences by quadrature (Mironov, Talwar and Zhang 2019), converted by the plain rule."""

    def moment(order: float) -> float:
        def ratio(place: float) -> float:
            mixed = math.log1p(rate * math.expm1((2 * place - 1) / (2 * noise**2)))
            return math.exp(order * mixed - place**2 / (2 * noise**2)) / (noise * math.sqrt(2 * math.pi))

        return math.log(quad(ratio, -30 * noise, 30 * noise + order, limit=400, points=[0.0, order])[0]) / (order - 1)

    return min(steps * moment(order) + math.log(1 / DELTA) / (order - 1) for order in (1.5, 2, 3, 4, 6, 8, 12, 16, 24))


@pytest.mark.parametrize(("noise", "steps"), [(1.0, 1), (5.0, 10), (40.0, 400)])
def test_without_sampling_steps_are_one_gaussian(noise: float, steps: int) -> None:
    exact = of_gaussian(noise / math.sqrt(steps))
    assert exact <= epsilon_spent(ledger(noise, 1.0, steps), DELTA) <= exact + LOOSE


@pytest.mark.parametrize(("noise", "rate"), [(0.8, 0.1), (1.5, 0.5), (3.0, 0.2)])
def test_one_sampled_step_is_by_its_divergence(noise: float, rate: float) -> None:
    exact = of_sampled_once(noise, rate)
    assert exact <= epsilon_spent(ledger(noise, rate, 1), DELTA) <= exact + LOOSE


@pytest.mark.parametrize(("noise", "rate", "steps"), [(1.15, 256 / 86_000, 3000), (4.0, 0.16, 500), (1.4, 0.064, 1000)])
def test_many_steps_cost_less_than_a_renyi_bound_and_more_than_one(noise: float, rate: float, steps: int) -> None:
    found = epsilon_spent(ledger(noise, rate, steps), DELTA)
    assert of_sampled_once(noise, rate) < found < by_renyi(noise, rate, steps) < 2 * found


@pytest.mark.parametrize(
    ("noise", "rate", "steps", "delta", "epsilon"),
    [
        (1.15, 256 / 86_000, 3000, 1e-5, 0.6524),
        (4.0, 0.16, 500, 1e-5, 3.9807),
        (1.4, 0.064, 1000, 1e-5, 8.1991),
        (5.667428293484573, 0.16, 500, 1e-6, 2.9805),
        (3.27494183537716, 0.064, 1000, 1e-6, 2.9791),
    ],
)
def test_googles_accountant_counts_the_same(
    noise: float, rate: float, steps: int, delta: float, epsilon: float
) -> None:
    """dp-accounting 0.6.0, ``pld.PLDAccountant``, in an environment of its own: it wants other versions of attrs."""
    assert epsilon <= epsilon_spent(ledger(noise, rate, steps), delta) <= epsilon + LOOSE


@pytest.mark.parametrize(
    ("noise", "rate", "steps"), [(0.1, 1.0, 1_000_000), (1.0, 1.0, 1_000_000), (0.2, 0.001, 10), (50.0, 1.0, 1_000_000)]
)
def test_a_promise_that_is_next_to_none_is_counted_at_once(noise: float, rate: float, steps: int) -> None:
    """The transforms took 29 GiB, or minutes. Without sampling it is one Gaussian, whose Renyi bound is a closed form:
    the least of a / (2 s^2) + ln(1/delta) / (a - 1) over orders a, at most this much above what is found."""
    found = epsilon_spent(ledger(noise, rate, steps), DELTA)
    ratio = steps / (2 * noise**2)
    plain = ratio + 2 * math.sqrt(ratio * math.log(1 / DELTA))
    assert 20 < found < 1.15 * plain
    if rate == 1.0:
        assert found > ratio  # the mean of the privacy loss


def test_a_ledger_of_many_parts_is_counted_too() -> None:
    alike = ledger(8.0, 0.3, 60)
    parts = Ledger(tuple(NoisySteps(8.0 + 1e-9 * part, 0.3, 2) for part in range(30)))
    assert epsilon_spent(alike, DELTA) < epsilon_spent(parts, DELTA) < 1.2 * epsilon_spent(alike, DELTA)


def test_what_is_added_only_adds() -> None:
    spent, costs = NOTHING_SPENT, []
    for noise, rate in [(3.0, 0.2), (3.0, 0.2), (6.0, 0.5), (2.0, 0.1)]:
        spent = spent.after_step(noise, rate)
        costs.append(epsilon_spent(spent, DELTA))
    assert epsilon_spent(NOTHING_SPENT, DELTA) == 0
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)


@pytest.mark.parametrize("epsilon", [0.5, 3.0, 20.0])
@pytest.mark.parametrize("before", [NOTHING_SPENT, ledger(30.0, 0.1, 20)], ids=["new", "going-on"])
def test_the_noise_found_keeps_the_budget_and_hardly_more(epsilon: float, before: Ledger) -> None:
    noise = noise_for(epsilon, DELTA, 0.1, 100, before)
    spent = epsilon_spent(Ledger((*before.entries, NoisySteps(noise, 0.1, 100))), DELTA)
    assert 0.99 * epsilon <= spent <= epsilon
    assert epsilon_spent(Ledger((*before.entries, NoisySteps(0.97 * noise, 0.1, 100))), DELTA) > 0.995 * epsilon


def test_a_budget_that_cannot_be_kept_is_refused_with_what_would() -> None:
    with pytest.raises(UsageError, match=r"--epsilon 0.011 cannot be kept.*give --epsilon (\d\S*) or more") as caught:
        noise_for(0.011, DELTA, 1.0, 1000, NOTHING_SPENT)
    enough = float(str(caught.value).split("give --epsilon ")[1].split()[0])
    assert noise_for(enough, DELTA, 1.0, 1000, NOTHING_SPENT) <= MOST_NOISE
    spent = ledger(2.0, 1.0, 10)
    with pytest.raises(UsageError, match="--epsilon 1 is spent"):
        noise_for(1.0, DELTA, 0.1, 10, spent)
