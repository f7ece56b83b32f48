"""The Gaussian mechanism told once: how much noise one noisy answer about private data needs.

Calibrated by the exact condition (Balle and Wang: "Improving the Gaussian mechanism for differential privacy", ICML
2018, theorem 8). With noise of s times the most that a unit can move the answer, it is (epsilon, delta)-private exactly
where

    Phi(1 / 2s - epsilon s) - e^epsilon Phi(-1 / 2s - epsilon s) <= delta,    Phi the normal distribution function

which holds for any epsilon. The classical s = sqrt(2 log(1.25 / delta)) / epsilon is more, and of epsilon below 1.
"""

import math

from scipy.special import log_ndtr

from lidarsel.privacy.ledger import MOST_NOISE

_LEAST_NOISE = 0.1
"""What a ledger takes; at delta 1e-6 it keeps an epsilon of about 100, which promises nothing."""
_HALVINGS = 60


def delta_spent(epsilon: float, noise_multiplier: float) -> float:
    """The delta that, with this epsilon, one answer with such noise keeps.

    In logarithms, as the one product overflows and the difference loses its digits: Phi(a) (1 - e^(epsilon + log Phi(b)
    - log Phi(a))).
    """
    half, shift = 0.5 / noise_multiplier, epsilon * noise_multiplier
    above, below = float(log_ndtr(half - shift)), float(log_ndtr(-half - shift))
    return math.exp(above) * -math.expm1(min(epsilon + below - above, 0.0))


def noise_for_one_answer(epsilon: float, delta: float) -> float:
    """The least noise multiplier with which one answer keeps a budget, met from above.

    Args:
        epsilon, delta: the budget, above 0.

    Returns:
        Standard deviation of the noise over the most that one unit can move the answer, from 0.1 to 1000.

    Raises:
        ValueError: it would take more.
    """
    if delta_spent(epsilon, MOST_NOISE) > delta:
        raise ValueError(f"epsilon {epsilon:g} at delta {delta:g} takes noise that would leave nothing of the answer")
    low, high = _LEAST_NOISE, MOST_NOISE
    if delta_spent(epsilon, low) <= delta:
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if delta_spent(epsilon, middle) <= delta:
            high = middle
        else:
            low = middle
    return high
