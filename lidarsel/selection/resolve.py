"""From what a selector proposes to the one subset it stands for, by evaluated errors."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import LidarselError
from lidarsel.selection.base import Lines, Proposal

ErrorOf = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Bool (M, n) subsets -> float64 (M,), the error of each; less is better."""


def as_masks(candidates: tuple[Lines, ...] | list[Lines], n_players: int) -> NDArray[np.bool_]:
    """Bool (M, n_players): true where a line is in the subset."""
    masks = np.zeros((len(candidates), n_players), bool)
    for mask, lines in zip(masks, candidates, strict=True):
        mask[list(lines)] = True
    return masks


def resolve(proposal: Proposal, n_players: int, error: ErrorOf) -> Lines:
    """The candidate that ``proposal.pick`` names; ``error`` is asked once, and not at all for an only candidate.

    "best" is the least error; "median" the candidate in the middle by error, the lower one of an even number. Of
    equal errors the earlier candidate counts as less. Raises LidarselError where an error is not finite.
    """
    candidates = tuple(proposal.candidates)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates or proposal.pick == "only":
        raise LidarselError(f"a proposal of {len(candidates)} candidates leaves nothing to pick by '{proposal.pick}'")
    errors = np.asarray(error(as_masks(candidates, n_players)))
    if errors.shape != (len(candidates),) or not np.isfinite(errors).all():
        raise LidarselError(f"evaluating {len(candidates)} proposed subsets did not give that many finite errors")
    order = np.argsort(errors, kind="stable")
    return candidates[order[0 if proposal.pick == "best" else (len(order) - 1) // 2]]
