"""The interval model of resampled errors: there are hundreds of them, each of few coalitions."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.gaps import Doubles
from lidarsel.selection.interval_fit import cost_of, scaled_target
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.non_negative_ridge import non_negative_ridge


def refit_interval_model(
    model: IntervalModel, masks: NDArray[np.bool_], errors: Doubles, times: NDArray[np.int64]
) -> IntervalModel:
    """The model of the same players, power and ridge fitted to other errors of subsets that count so many times each.

    Args:
        model: a fitted one.
        masks: bool (M, n), the subsets.
        errors: float64 (M,), of each, >= 0 and not all 0.
        times: int64 (M,), how often each counts, >= 0.
    """
    some, m = times > 0, len(model.players)
    target, weight, scale = scaled_target(errors[some] / model.unit, model.fit.power, times[some])
    inside = _intervals_inside_gaps(masks[some][:, model.players])
    start = _weight_of(model.cost)[np.triu_indices(m)] / scale
    free, constant = _least(inside, target, weight, model.fit.ridge, start)
    found = np.zeros((m, m))
    found[np.triu_indices(m)] = free * scale
    return IntervalModel(model.players, cost_of(found), constant * scale, model.unit, model.fit)


def _least(inside: Doubles, target: Doubles, weight: Doubles, ridge: float, start: Doubles) -> tuple[Doubles, float]:
    """The w >= 0 and c0 >= 0 of least weighted square residual: where the best c0 of any sign is below 0, it is 0."""
    root = np.sqrt(weight)
    column_mean, target_mean = weight @ inside, float(weight @ target)
    free = non_negative_ridge(root[:, None] * (inside - column_mean), root * (target - target_mean), ridge, start)
    constant = target_mean - float(column_mean @ free)
    if constant >= 0:
        return free, constant
    return non_negative_ridge(root[:, None] * inside, root * target, ridge, start), 0.0


def _intervals_inside_gaps(masks: NDArray[np.bool_]) -> Doubles:
    """Bool (M, m) -> float64 (M, m (m + 1) / 2): 1 where none of the players i..j is kept, in the order of triu."""
    kept = np.zeros((len(masks), masks.shape[1] + 1), int)
    kept[:, 1:] = masks.cumsum(axis=1)
    first, last = np.triu_indices(masks.shape[1])
    inside: Doubles = (kept[:, last + 1] == kept[:, first]).astype(float)
    return inside


def _weight_of(cost: Doubles) -> Doubles:
    """Of the costs of gaps, float64 (m + 1, m + 1), the w (m, m) that they are sums of."""
    inside = np.zeros((len(cost) + 1, len(cost) + 1))
    inside[:-1, 1:] = cost
    weight: Doubles = inside[:-2, 2:] - inside[1:-1, 2:] - inside[:-2, 1:-1] + inside[1:-1, 1:-1]
    return np.maximum(np.triu(weight), 0)
