"""The published laws fitted to losses of runs, from the grids of starts and by the Huber bends of their papers."""

from itertools import product
from math import log

import numpy as np

from lidarsel.planning.fitting import FloatArray, LinearTerms, fit_terms
from lidarsel.planning.laws.fine_grained import FineGrainedLaw
from lidarsel.planning.laws.joint import JointLaw

_FINE_HUBER, _JOINT_HUBER = 0.1, 0.01
_EXPONENTS = (0.05, 0.25, 0.5)
_LOG_SCALES = tuple(float(each) for each in np.log((30.0, 100.0, 300.0)))
_LOG_FLOORS = tuple(float(each) for each in np.log((0.5, 1.0, 2.0)))
_OTHERS = (-0.5, 0.0, 0.5)
_LOG = (-30.0, 30.0)


def fit_fine_grained(
    parameters: FloatArray, tokens: FloatArray, granularity: FloatArray, loss: FloatArray
) -> FineGrainedLaw:
    """The fine-grained law of runs, each argument float64 (runs,), above 0."""
    # Sizes in units of their geometric means: scales and exponents then hardly make up for each other.
    middle_n, middle_d = float(np.log(parameters).mean()), float(np.log(tokens).mean())
    log_n, log_d, log_g = np.log(parameters) - middle_n, np.log(tokens) - middle_d, np.log(granularity)
    one, none = np.ones_like(log_n), np.zeros_like(log_n)
    # Columns: log a, alpha, log b, beta, log g, gamma, log c.
    rows = [
        [one, -log_n, none, none, none, none, none],
        [none, -log_n, none, none, one, -log_g, none],
        [none, none, one, -log_d, none, none, none],
        [none, none, none, none, none, none, one],
    ]
    axes = (_LOG_SCALES, _EXPONENTS, _LOG_SCALES, _EXPONENTS, (0.0,), _EXPONENTS, _LOG_FLOORS)
    starts = np.array(list(product(*axes)))
    starts[:, [0, 4]] -= middle_n * starts[:, [1]]
    starts[:, 2] -= middle_d * starts[:, 3]
    bounds = [_LOG, (0.0, 2.0), _LOG, (0.0, 2.0), _LOG, (0.0, 5.0), _LOG]
    terms = LinearTerms(np.array(rows).transpose(0, 2, 1))
    log_a, alpha, log_b, beta, log_grain, gamma, log_c = fit_terms(
        terms, np.log(loss), starts, bounds, _FINE_HUBER
    ).parameters.tolist()
    return FineGrainedLaw(
        a=float(np.exp(log_a + alpha * middle_n)),
        alpha=alpha,
        b=float(np.exp(log_b + beta * middle_d)),
        beta=beta,
        g=float(np.exp(log_grain + alpha * middle_n)),
        gamma=gamma,
        c=float(np.exp(log_c)),
    )


class _JointTerms:
    """Of the joint law. Parameters: log a, alpha, delta, gamma, log b, beta, omega, zeta, log c, and those of effective
    experts, log least, log most."""

    def __init__(self, active: FloatArray, tokens: FloatArray, experts: FloatArray) -> None:
        self._log_n, self._log_d, self._experts = np.log(active), np.log(tokens), experts

    def at(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As ``LogTerms``."""
        log_a, alpha, delta, gamma, log_b, beta, omega, zeta, log_c, log_least, log_most = parameters
        least, most = np.exp(log_least), np.exp(log_most)
        first = 1 / (1 / least - 1 / most)
        above = self._experts - 1 + first
        effective = 1 / (1 / above + 1 / most)
        log_e, one = np.log(effective), np.ones_like(self._log_n)
        logs = np.stack(
            [
                log_a + delta * log_e + (alpha + gamma * log_e) * self._log_n,
                log_b + omega * log_e + (beta + zeta * log_e) * self._log_d,
                log_c * one,
            ]
        )
        slopes = np.zeros((*logs.shape, len(parameters)))
        slopes[0, :, :4] = np.stack([one, self._log_n, log_e, log_e * self._log_n], axis=1)
        slopes[1, :, 4:8] = np.stack([one, self._log_d, log_e, log_e * self._log_d], axis=1)
        slopes[2, :, 8] = 1
        by_least = effective * first**2 / above**2 / least
        by_most = effective * (1 / most - first**2 / above**2 / most)
        for term, by_log_e in ((0, delta + gamma * self._log_n), (1, omega + zeta * self._log_d)):
            slopes[term, :, 9] = by_log_e * by_least
            slopes[term, :, 10] = by_log_e * by_most
        return logs, slopes


def fit_joint(active: FloatArray, tokens: FloatArray, experts: FloatArray, loss: FloatArray) -> JointLaw:
    """The joint law of runs, each argument float64 (runs,), above 0."""
    log_n, log_d = float(np.log(active).mean()), float(np.log(tokens).mean())
    terms = _JointTerms(active / np.exp(log_n), tokens / np.exp(log_d), experts)
    of_size = (_LOG_SCALES, tuple(-each for each in _EXPONENTS), _OTHERS, (0.0,))
    axes = (*of_size, *of_size, _LOG_FLOORS, (log(2.0),), (log(100.0),))
    starts = np.array(list(product(*axes)))
    power, shift = (-2.0, 0.0), (-3.0, 3.0)
    bounds = [_LOG, power, shift, (-0.5, 0.5)] * 2 + [_LOG, (0.0, log(8.0)), (log(10.0), log(1e4))]
    fitted = fit_terms(terms, np.log(loss), _moved(starts, log_n, log_d), bounds, _JOINT_HUBER).parameters
    found = _moved(fitted[None], -log_n, -log_d)[0].tolist()
    log_a, alpha, delta, gamma, log_b, beta, omega, zeta, log_c, log_least, log_most = found
    a, b, c, least, most = (float(np.exp(each)) for each in (log_a, log_b, log_c, log_least, log_most))
    return JointLaw(a, alpha, delta, gamma, b, beta, omega, zeta, c, least, most)


def _moved(parameters: FloatArray, log_n: float, log_d: float) -> FloatArray:
    """Parameters (s, 11) for sizes and tokens that are smaller by these logarithms: the same law."""
    moved: FloatArray = parameters.copy()
    for first, by in ((0, log_n), (4, log_d)):
        moved[:, first] += by * parameters[:, first + 1]
        moved[:, first + 2] += by * parameters[:, first + 3]
    return moved
