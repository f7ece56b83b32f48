"""How much privacy noisy steps cost, and how much noise keeps the cost within a budget.

Counted by Opacus' accountant (the extra ``privacy``): the privacy losses of Poisson-subsampled Gaussians, composed by
Fourier transforms (Gopi, Lee and Wutschitz: "Numerical composition of differential privacy", NeurIPS 2021). Where the
transforms would take minutes or all memory, for promises that are next to none, Renyi divergences count (Mironov,
Talwar and Zhang: "Renyi differential privacy of the sampled Gaussian mechanism", 2019). What either gives is an upper
bound.
"""

import math
import warnings
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lidarsel.errors import UsageError
from lidarsel.privacy.ledger import MOST_NOISE, Ledger, NoisySteps

if TYPE_CHECKING:
    from opacus.accountants import IAccountant

_LEAST_NOISE = 0.4
"""Below it the transforms take minutes, and promise nothing worth having; a search may end a stride below."""
_MOST_BY_TRANSFORMS = 100.0
"""Epsilon by Renyi divergences, above all that can be asked for: the transforms' memory grows with it (29 GiB seen)."""
_EXACTNESS = (0.01, 0.001)
"""Of the transforms: epsilon, or of the epsilon by Renyi divergences if that is more."""
_MOST_PARTS = 20
"""Of a ledger: each is transformed by itself."""
_STRIDE = 1.25
_CLOSE = 0.005
"""Of the budget: how much of it the search may leave."""


def require_accountant() -> None:
    """Raises UsageError where Opacus is not installed, before anything is loaded."""
    if not can_count():
        raise UsageError("--private needs Opacus' accountant: pip install 'lidarsel[privacy]'")


def accountant_name() -> str:
    """Which accountant counts, for those who want to count again."""
    from opacus import __version__

    return f"PRV accountant of Opacus {__version__}"


def can_count() -> bool:
    """Whether Opacus is installed."""
    return find_spec("opacus") is not None


def epsilon_spent(ledger: Ledger, delta: float) -> float:
    """The epsilon that, with this delta, all steps of a ledger keep together; an upper bound."""
    return _cost(ledger.entries, delta) if ledger.entries else 0.0


def noise_for(epsilon: float, delta: float, sampling_rate: float, steps: int, before: Ledger) -> float:
    """The least noise multiplier, within half a per cent of the budget, of steps that keep it.

    Args:
        epsilon, delta: the budget.
        sampling_rate: the chance of each unit to take part in a step.
        steps: that are to be taken.
        before: what is spent already, of the same budget.

    Raises:
        UsageError: no noise, or none that leaves anything to learn, keeps the budget; with what would.
    """
    spent = epsilon_spent(before, delta)
    if spent >= epsilon:
        raise UsageError(
            f"--epsilon {epsilon:g} is spent: the weights to start from have cost {spent:.3g} already; give a larger "
            "--epsilon, or start from public weights"
        )

    def cost(noise_multiplier: float) -> float:
        return _cost((*before.entries, NoisySteps(noise_multiplier, sampling_rate, steps)), delta)

    # where strong composition would have it; the search goes on from there
    guess = sampling_rate * math.sqrt(2 * steps * math.log(1 / delta)) / epsilon
    high = min(max(guess, _LEAST_NOISE), MOST_NOISE)
    while (least := cost(high)) > epsilon:
        if high == MOST_NOISE:
            raise UsageError(_unreachable(epsilon, delta, sampling_rate, steps, least, spent))
        high = min(_STRIDE * high, MOST_NOISE)
    low, most = high / _STRIDE, cost(high / _STRIDE)
    while most <= epsilon and low > _LEAST_NOISE:
        high, least, low = low, most, low / _STRIDE
        most = cost(low)
    while epsilon - least > _CLOSE * epsilon and most > epsilon:
        # the cost is nearly a power of the noise; aimed a little below the budget, so that it is met from below
        power = math.log(high / low) / math.log(most / least)  # 0 where the cost of too little noise is without bound
        aimed = high * (least / ((1 - _CLOSE / 2) * epsilon)) ** power
        middle = min(max(aimed, low + 0.1 * (high - low)), high - 0.1 * (high - low))
        found = cost(middle)
        if found <= epsilon:
            high, least = middle, found
        else:
            low, most = middle, found
    return high


def _unreachable(epsilon: float, delta: float, sampling_rate: float, steps: int, least: float, spent: float) -> str:
    already = f" after the {spent:.3g} already spent" if spent else ""
    return (
        f"--epsilon {epsilon:g} cannot be kept{already}: with as much noise as leaves anything to learn, {steps} steps "
        f"that each take a unit with chance {sampling_rate:.3g} cost {least:.3g} at delta {delta:g}; give --epsilon "
        f"{1.1 * least:.2g} or more, or fewer --steps or --images-per-step"
    )


@lru_cache(maxsize=256)  # every file that is written asks for the ledger so far
def _cost(entries: tuple[NoisySteps, ...], delta: float) -> float:
    from opacus.accountants import PRVAccountant, RDPAccountant

    history = [(one.noise_multiplier, one.sampling_rate, one.steps) for one in entries]
    renyi = _epsilon(RDPAccountant(), history, delta)
    least_noise = min(one.noise_multiplier for one in entries)
    if renyi > _MOST_BY_TRANSFORMS or least_noise < _LEAST_NOISE / _STRIDE or len(entries) > _MOST_PARTS:
        return renyi
    least, of_renyi = _EXACTNESS
    return _epsilon(PRVAccountant(), history, delta, eps_error=max(least, of_renyi * renyi))


def _epsilon(
    accountant: "IAccountant", history: list[tuple[float, float, int]], delta: float, **exactness: float
) -> float:
    accountant.history = history
    with warnings.catch_warnings():  # of 0 * log 0, which is allowed for, and of orders that a search ends at
        warnings.simplefilter("ignore")
        found = float(accountant.get_epsilon(delta=delta, **exactness))
    return math.inf if math.isnan(found) else found  # sums overflow where there is hardly any noise
