"""Fitting the interval model: non-negative ridge without ever writing down its thousands of columns.

A coalition has a handful of gaps, and the cost of a gap is a double running sum of w, so a gradient takes one sparse
product and two running sums (0.2 ms at 64 players and 2,000 coalitions) where the 2,080 interval indicators would
take a dense matrix of 33 MB. L-BFGS-B (scipy) then needs some tens of them.
"""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lidarsel.errors import LidarselError
from lidarsel.selection.gaps import Doubles, gap_matrix, sum_around, sum_inside
from lidarsel.selection.interval_model import Fit, IntervalModel

POWERS = (0.5, 1.0, 2.0, 3.0)
RIDGES = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
_MOST_FOLDS = 4
_FEWEST = 2
_LEAST = 0.1
"""Residuals count relative to the error, or to this share of the mean error: an error of 0 has no relative residual."""


def fit_interval_model(
    masks: NDArray[np.bool_], errors: Doubles, players: NDArray[np.int64], like: Fit | None = None
) -> IntervalModel:
    """Fit a model; power and ridge are chosen by cross-validation, in random folds that are always the same.

    Residuals count relative to error^p, so that the worst subsets do not rule the fit.

    Args:
        masks: bool (M, n), the subsets.
        errors: float64 (M,), of each.
        players: int64 (m,), the players that the model is about, ascending.
        like: an earlier fit, whose power and ridge are used again; the model then carries that fit, not one of its own.

    Returns:
        The model.

    Raises:
        LidarselError: fewer than 2 subsets, or errors that are negative, not finite or all 0.
    """
    if len(masks) < _FEWEST or len(errors) != len(masks):
        raise LidarselError(f"an interval model needs at least {_FEWEST} evaluated coalitions, not {len(errors)}")
    if not np.isfinite(errors).all() or errors.min() < 0 or errors.max() == 0:
        raise LidarselError("an interval model needs finite errors >= 0 that are not all 0")
    unit = float(errors.max())
    relative = errors / unit
    gaps = gap_matrix(masks[:, players])
    with threadpool_limits(1, "blas"):  # vectors of 2,000: a second thread costs eight times what it saves
        fit = like or _cross_validated(gaps, relative)
        ridges = RIDGES[: RIDGES.index(fit.ridge) + 1]
        weight, constant = _path(_System.of(gaps, relative, fit.power), ridges)[-1]
    return IntervalModel(players, cost_of(weight), constant, unit, fit)


def cost_of(weight: Doubles) -> Doubles:
    """float64 (m + 1, m + 1): the costs of gaps, as in ``IntervalModel``, of w (m, m)."""
    cost = np.zeros((len(weight) + 1, len(weight) + 1))
    cost[:-1, 1:] = np.triu(sum_inside(weight))
    return cost


def _cross_validated(gaps: scipy.sparse.csr_array, relative: Doubles) -> Fit:
    """The power and ridge of least squared relative residual on held-out subsets, and how well they do there."""
    n_folds = min(_MOST_FOLDS, len(relative))
    held_out = np.random.default_rng(0).permutation(len(relative)) % n_folds
    modelled = np.empty((len(POWERS), len(RIDGES), len(relative)))
    for number, power in enumerate(POWERS):
        for fold in range(n_folds):
            test = held_out == fold
            ridge_path = _path(_System.of(gaps[~test], relative[~test], power), RIDGES)
            for step, (weight, constant) in enumerate(ridge_path):
                tilted = constant + gaps[test] @ sum_inside(weight).ravel()
                modelled[number, step, test] = tilted ** (1 / power)
    counted = _at_least(relative)
    residual = np.mean(((modelled - relative) / counted) ** 2, axis=2)
    number, step = np.unravel_index(residual.argmin(), residual.shape)
    least = float(residual[number, step])
    flat = np.average((relative - np.average(relative, weights=counted**-2)) ** 2, weights=counted**-2)
    flat *= np.mean(counted**-2)  # the least residual of a constant
    r2 = 1 - least / flat if flat > 0 else 0.0
    return Fit(r2, float(np.sqrt(least)), POWERS[number], RIDGES[step], len(relative))


def _at_least(relative: Doubles) -> Doubles:
    floored: Doubles = np.maximum(relative, _LEAST * relative.mean())
    return floored


def scaled_target(
    relative: Doubles, power: float, times: NDArray[np.int64] | None = None
) -> tuple[Doubles, Doubles, float]:
    """What a model is fitted to: error^p in units of its weighted deviation, weights that sum to 1, and that unit.

    Args:
        relative: float64 (M,), errors in a unit of their own.
        power: p.
        times: int64 (M,), how often each counts; None is once.
    """
    target = relative**power
    weight = _at_least(relative) ** (-2 * power) * (1 if times is None else times)
    weight /= weight.sum()
    scale = float(np.sqrt(weight @ (target - weight @ target) ** 2)) or 1.0
    return target / scale, weight, scale


@dataclass(frozen=True, eq=False)
class _System:
    """Coalitions' gaps, and their ``scaled_target``."""

    gaps: scipy.sparse.csr_array
    gaps_transposed: scipy.sparse.csr_array
    target: Doubles
    weight: Doubles
    scale: float

    @classmethod
    def of(cls, gaps: scipy.sparse.csr_array, relative: Doubles, power: float) -> "_System":
        return cls(gaps, gaps.T.tocsr(), *scaled_target(relative, power))

    def constant(self, linear: Doubles) -> float:
        """The best c0 >= 0 for given gap costs of the coalitions."""
        return max(0.0, float(self.weight @ (self.target - linear)))


def _path(system: _System, ridges: tuple[float, ...]) -> list[tuple[Doubles, float]]:
    """For each ridge, falling, w (m, m) and c0, in the unit of the unscaled target; each starts at the one before."""
    m = int(np.sqrt(system.gaps.shape[1]))
    upper = np.triu_indices(m)
    weight = np.zeros((m, m))
    found = []
    free = np.zeros(len(upper[0]))
    bounds = [(0.0, np.inf)] * len(free)  # scipy turns a Bounds into such a list, at a fifth of the fit's time

    def objective(free: Doubles, ridge: float) -> tuple[float, Doubles]:
        weight[upper] = free
        linear = system.gaps @ sum_inside(weight).ravel()
        residual = system.constant(linear) + linear - system.target
        pull = system.weight * residual
        gradient = sum_around((system.gaps_transposed @ pull).reshape(m, m))[upper] + ridge * free
        return 0.5 * float(pull @ residual + ridge * (free @ free)), gradient

    for ridge in ridges:
        free = scipy.optimize.minimize(
            objective,
            free,
            args=(ridge,),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 500, "ftol": 1e-7, "gtol": 1e-6},
        ).x
        weight[upper] = free
        constant = system.constant(system.gaps @ sum_inside(weight).ravel())
        found.append((weight * system.scale, constant * system.scale))
    return found
