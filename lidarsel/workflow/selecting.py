"""Stage 2: the lines to keep."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.progress import noted_step
from lidarsel.selection.base import ErrorOf, Players, Problem, Selection
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.workflow.expected import SELECTING, expected_sets

_TOGETHER = 32
"""Sets of lines evaluated between two movements of the progress bar."""


Selections = Mapping[str, Mapping[int, Selection]]
"""By method and budget."""


def select_lines(
    players: Players,
    methods: Sequence[str],
    budgets: Sequence[int],
    settings: RunSettings,
    error: ErrorOf | None,
) -> Selections:
    """The lines each method keeps for each budget; methods that evaluate share what budgets have in common.

    Args:
        players: the lines and their values.
        methods: selectors by name.
        budgets: how many lines to keep.
        settings: constraints on lines, how many sets of them ``interval`` may evaluate, and the seed.
        error: bool (M, n_lines) -> float64 (M,), the error to lower, or None where there is nothing to evaluate with.

    Raises:
        UsageError: an unknown method, a budget that cannot be filled, or a needed error that is not given.
    """
    problem = Problem(
        players,
        settings.constraints(),
        settings.seed,
        evaluations=settings.sets,
        without_error="give the data with --data DATA",
    )
    chosen: dict[str, Mapping[int, Selection]] = {}
    n_candidates = int((players.weight > 0).sum())
    to_ask = [expected_sets(method, n_candidates, budgets, settings) for method in methods]
    asked = 0
    with noted_step(SELECTING) as advance:
        for place, method in enumerate(methods):

            def say(count: int, before: int = asked, rest: int = sum(to_ask[place:]), of: str = method) -> None:
                advance(before + count, max(before + rest, before + count), of)

            say(0)
            counted = None if error is None else _SetCounter(error, say)
            chosen[method] = selector(method)(replace(problem, error=counted), budgets)
            asked += 0 if counted is None else counted.asked
        advance(asked, asked, "")
    return chosen


class _SetCounter:
    """An ``ErrorOf`` that says how many sets it has been asked for."""

    def __init__(self, error: ErrorOf, say: Callable[[int], None]) -> None:
        self.asked = 0
        self._error, self._say = error, say

    def __call__(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        found = [np.empty(0)]
        for start in range(0, len(masks), _TOGETHER):
            found.append(self._error(masks[start : start + _TOGETHER]))
            self.asked += len(found[-1])
            self._say(self.asked)
        return np.concatenate(found)


def model_r2(selection: Selection) -> float | None:
    """R2 of the model that lines were chosen by, on held-out sets; None where it was no such model."""
    return selection.insight.fit.r2 if isinstance(selection.insight, IntervalModel) else None
