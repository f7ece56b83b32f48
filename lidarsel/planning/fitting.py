"""Fitting laws that are sums of positive terms, each an exponential of parameters: a + b / x^beta and their like.

As scaling laws are fitted (Hoffmann et al. 2022, "Training Compute-Optimal Large Language Models", section 3.3;
Ludziejewski et al. 2025): the logarithm of the law is the logsumexp of its terms' logarithms, its difference to the log
error counts by Huber's loss, and L-BFGS goes down from the best points of a grid of starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_STARTS = 8
"""Of the grid: those where the loss is least."""

_FIRST, _MOST = 50, 2000
"""Iterations of L-BFGS from each of them, then from the lowest."""

_DRAWS = 200


class LogTerms(Protocol):
    """The logarithms of a law's terms at the runs that it is fitted to."""

    def at(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Float64 (p,) -> logarithms (terms, runs), and their slopes by the parameters (terms, runs, p)."""


@dataclass(frozen=True)
class LinearTerms:
    """Terms whose logarithms are linear in the parameters. design: float64 (terms, runs, p)."""

    design: FloatArray

    def at(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As ``LogTerms``."""
        return self.design @ parameters, self.design


@dataclass(frozen=True)
class TermsFit:
    """Parameters, float64 (p,), and the mean Huber loss there."""

    parameters: FloatArray
    loss: float


def log_law(terms: LogTerms, parameters: FloatArray) -> FloatArray:
    """Log of the law at the terms' runs, float64 (runs,)."""
    return _sum(terms.at(parameters)[0])[0]


def fit_terms(
    terms: LogTerms,
    log_error: FloatArray,
    starts: FloatArray,
    bounds: Sequence[tuple[float, float]],
    huber_log_error: float,
) -> TermsFit:
    """The parameters of least Huber loss of the log error.

    Args:
        terms: of the law, at the runs.
        log_error: float64 (runs,), finite.
        starts: float64 (s, p), the grid of points to begin at, of which the best few are used.
        bounds: of each parameter.
        huber_log_error: residuals beyond it count by size instead of square.
    """
    from scipy.optimize import minimize

    # In units of its bend, so that what L-BFGS takes for flat does not hang on it.
    unit = len(log_error) * huber_log_error**2

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        logs, slopes = terms.at(parameters)
        fitted, shares = _sum(logs)
        off = fitted - log_error
        inside = np.minimum(np.maximum(off, -huber_log_error), huber_log_error)
        slope = (shares * inside).ravel() @ slopes.reshape(-1, len(parameters))
        return float(inside @ (off - inside / 2)) / unit, slope / unit

    within = np.clip(starts, *np.array(bounds).T)
    if len(within) > _STARTS:
        order = np.argsort([loss(start)[0] for start in within], kind="stable")
        within = within[order[:_STARTS]]

    def lower(start: FloatArray, most: int) -> TermsFit:
        end = minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": most, "maxfun": 2 * most, "ftol": 1e-12, "gtol": 1e-8},
        )
        return TermsFit(np.asarray(end.x, np.float64), float(end.fun))

    best = min((lower(start, _FIRST) for start in within), key=lambda end: end.loss) if len(within) > 1 else None
    return lower(within[0] if best is None else best.parameters, _MOST)


def bootstrap(
    terms: LogTerms,
    log_error: FloatArray,
    parameters: FloatArray,
    groups: FloatArray,
    bounds: Sequence[tuple[float, float]],
    huber_log_error: float,
    seed: int,
    blocks: FloatArray | None = None,
) -> FloatArray:
    """Float64 (200, p), what the parameters could have been.

    A wild bootstrap by groups (Cameron, Gelbach & Miller 2008, "Bootstrap-Based Improvements for Inference with
    Clustered Errors"): the residuals of a group, a network say that was judged with several numbers of lines, keep or
    change their signs together, by chance. The runs stay, as a resampled ladder may lack what a term is told by.
    Residuals are larger by sqrt(runs / (runs - p)): a fit makes them too small.

    Args:
        parameters: the fit's, float64 (p,).
        groups: float64 (runs,), a number of each run's group.
        blocks: float64 (runs,), a number of each run's block across groups. What is off in the mean over a block, as
            the law has another shape than the runs, changes its sign by itself.
    """
    curve, n_parameters = log_law(terms, parameters), len(parameters)
    n_runs = len(curve)
    rest = (log_error - curve) * np.sqrt(n_runs / max(n_runs - n_parameters, 1))
    rng = np.random.default_rng(seed)
    noise = np.zeros((_DRAWS, n_runs))
    if blocks is not None:
        common = _means(rest, blocks)
        noise += common * _signs(rng, blocks)
        rest = rest - common
    noise += rest * _signs(rng, groups)
    start = parameters[None]
    drawn = [fit_terms(terms, curve + draw, start, bounds, huber_log_error) for draw in noise]
    return np.array([each.parameters for each in drawn])


def _signs(rng: np.random.Generator, groups: FloatArray) -> FloatArray:
    """Float64 (draws, runs) of -1 and 1, the same for all runs of a group."""
    numbers, member = np.unique(groups, return_inverse=True)
    chosen: FloatArray = rng.choice([-1.0, 1.0], size=(_DRAWS, len(numbers)))[:, member]
    return chosen


def _means(residual: FloatArray, groups: FloatArray) -> FloatArray:
    """Of each run's group, float64 (runs,)."""
    _, member = np.unique(groups, return_inverse=True)
    means: FloatArray = (np.bincount(member, residual) / np.bincount(member))[member]
    return means


def _sum(logs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logarithms of terms (terms, runs) -> that of their sum (runs,), and the share of each in it (terms, runs)."""
    top = logs.max(axis=0)
    parts = np.exp(logs - top)
    whole = parts.sum(axis=0)
    return top + np.log(whole), parts / whole
