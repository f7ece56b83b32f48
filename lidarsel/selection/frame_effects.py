"""Means over frames of sets that were evaluated on some frames only, not the same ones."""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_LEAST = 1e-3
"""Logarithms are of the errors, or of this share of their mean: an error of 0 has none."""
_ROUNDS, _STILL = 200, 1e-6


def mean_errors(errors: Doubles) -> Doubles:
    """The mean of each set over all frames that any is known on, those where it is not known filled in.

    Args:
        errors: float64 (M, F) >= 0, NaN where a set is not known on a frame; each set on one frame or more.

    Returns:
        float64 (M,).
    """
    if not len(errors):
        return np.zeros(0)
    means: Doubles = filled(errors[:, ~np.isnan(errors).all(0)]).mean(1)
    return means


def filled(errors: Doubles) -> Doubles:
    """Errors as known, and where they are not, as expected. A frame makes each set's error greater or less by the same
    factor, but for what is left over:

        log error[s, f]  =  set[s] + frame[f] + rest

    by least squares over what is known, alternately for sets and frames.

    Args:
        errors: float64 (M, F) >= 0, NaN where a set is not known on a frame; each set is known on one frame or more,
            and on each frame a set.

    Returns:
        float64 (M, F).
    """
    known = ~np.isnan(errors)
    if known.all():
        return errors
    found = np.where(known, errors, 0)
    log = np.where(known, np.log(np.maximum(found, _LEAST * found.sum() / known.sum())), 0)
    of_set, of_frame = np.zeros(len(errors)), np.zeros(errors.shape[1])
    per_set, per_frame = known.sum(1), known.sum(0)
    for _ in range(_ROUNDS):
        before = of_set
        of_set = (log.sum(1) - known @ of_frame) / per_set
        of_frame = (log.sum(0) - of_set @ known) / per_frame
        if np.abs(of_set - before).max() < _STILL:
            break
    result: Doubles = np.where(known, found, np.exp(of_set[:, None] + of_frame))
    return result
