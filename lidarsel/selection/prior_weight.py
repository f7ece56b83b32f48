"""How far a prior is trusted beside the errors on some frames: as far as other frames do not speak against it.

The errors of sets on a few neighbouring frames are not those on other frames, and the set of least error is the one
that those frames flatter most. A prior knows nothing of them. So sets are compared by

    log error[S]  +  strength * log prior[S]

The strength is chosen by leaving out blocks of neighbouring frames: on all others the best set of each budget is chosen
by each strength, and the one left out judges. Taken is the greatest strength whose loss is not significantly above the
least one: the one-standard-error rule of Breiman et al. (1984) with Student's bound, since blocks are few, and the
proposed sets, made on all frames, flatter small strengths.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from lidarsel.selection.error_memory import Doubles, ErrorMemory
from lidarsel.selection.gaps import GapPrior

STRENGTHS = (0.0, 0.125, 0.25, 0.5, 1.0)
_FRAMES = 32
"""Of the first frames of a race, on which the sets are compared that may be best."""
_BLOCKS = 4
_SIGNIFICANT = 0.95
_MOST = 4
"""Sets of a budget for each strength, that are best by what is known before."""


def prior_strength(memory: ErrorMemory, proposed: Iterable[NDArray[np.bool_]], prior: GapPrior) -> float:
    """One strength for all budgets together.

    Args:
        memory: tells the errors of sets; asked about the best ones of each budget on up to 32 frames.
        proposed: for each budget the sets that something is known of, bool (M, n).
        prior: what is to be trusted or not.

    Returns:
        One of ``STRENGTHS``; 0 where the frames are too few to leave some out.
    """
    frames = np.sort(memory.order[:_FRAMES])
    if len(frames) < _BLOCKS:
        return 0.0
    finalists = [_finalists(masks, memory.means_as_known(masks), prior) for masks in proposed if len(masks)]
    memory.ask_each((masks, frames) for masks in finalists)
    losses = np.sum([_losses(memory.on(masks, frames), prior.log_error(masks)) for masks in finalists], axis=0)
    excess = losses - losses[losses.sum(1).argmin()]
    standard_error = excess.std(1, ddof=1) / np.sqrt(_BLOCKS)
    bound = float(stdtrit(_BLOCKS - 1, _SIGNIFICANT)) * standard_error
    return STRENGTHS[int(np.flatnonzero(excess.mean(1) <= bound).max())]


def _finalists(masks: NDArray[np.bool_], errors: Doubles, prior: GapPrior) -> NDArray[np.bool_]:
    """Bool (K, n): the sets that are best by some strength. errors: float64 (M,), of each as far as is known."""
    log_prior = prior.log_error(masks)
    orders = [np.argsort(_log(errors) + strength * log_prior, kind="stable")[:_MOST] for strength in STRENGTHS]
    found: NDArray[np.bool_] = masks[np.unique(orders)]
    return found


def _losses(errors: Doubles, log_prior: Doubles) -> Doubles:
    """Float64 (STRENGTHS, blocks): the logarithm of the error, on each block, of the set chosen on the others.

    Args:
        errors: float64 (K, frames).
        log_prior: float64 (K,).
    """
    losses = np.empty((len(STRENGTHS), _BLOCKS))
    for number, block in enumerate(np.array_split(np.arange(errors.shape[1]), _BLOCKS)):
        chosen_on = _log(np.delete(errors, block, axis=1).mean(1))
        judged = _log(errors[:, block].mean(1))
        for row, strength in enumerate(STRENGTHS):
            losses[row, number] = judged[(chosen_on + strength * log_prior).argmin()]
    return losses


def _log(errors: Doubles) -> Doubles:
    """Logarithms; an error of 0 has that of the least number there is."""
    result: Doubles = np.log(np.maximum(errors, np.finfo(float).tiny))
    return result
