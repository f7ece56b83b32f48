"""From several proposed sets to the one that stands for them, by evaluated errors."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from lidarsel.selection.base import Problem
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.room import Members


def pick(proposed: Sequence[Members], problem: Problem, selector: str, how: Literal["best", "median"]) -> Members:
    """The proposed set of least error, or the one in the middle by error (the lower one of an even number).

    Of equal errors the earlier set counts as less. Nothing is evaluated where all proposed sets are the same.
    """
    if len(set(proposed)) == 1:
        return proposed[0]
    errors = problem.memory(selector)(as_masks(proposed, problem.players.n))
    order = np.argsort(errors, kind="stable")
    return proposed[int(order[0 if how == "best" else (len(order) - 1) // 2])]
