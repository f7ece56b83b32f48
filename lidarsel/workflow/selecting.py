"""Stage 2: the lines to keep."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.progress import noted_step
from lidarsel.selection.base import ErrorOf, Players, Problem, Selection
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.workflow.bounding import BoundedSearch, Means

_TOGETHER = 32
"""Sets of lines evaluated between two movements of the progress bar."""
_BETTERED = ("interval",)
"""Methods whose sets may be bettered by swaps to come within bounds; those of the others follow a rule."""


Selections = Mapping[str, Mapping[int, Selection]]
"""By method and budget."""


def select_lines(
    players: Players,
    methods: Sequence[str],
    budgets: Sequence[int],
    settings: RunSettings,
    error: ErrorOf | None,
    means: Means | None = None,
) -> Selections:
    """The lines each method keeps for each budget; methods that evaluate share what budgets have in common.

    Args:
        players: the lines and their values.
        methods: selectors by name.
        budgets: how many lines to keep.
        settings: constraints on lines, how many sets of them ``interval`` may evaluate, and the seed.
        error: bool (M, n_lines) -> float64 (M,), the error to lower, or None where there is nothing to evaluate with.
        means: where the settings have bounds on other errors: the error to lower and those.

    Raises:
        UsageError: an unknown method, a budget that cannot be filled, or a needed error that is not given; or no
            set of any budget was found within the bounds.
    """
    problem = Problem(
        players,
        settings.constraints(),
        settings.seed,
        evaluations=settings.sets,
        without_error="give the data with --data DATA",
    )
    chosen: dict[str, Mapping[int, Selection]] = {}
    with noted_step("selecting lines") as advance:
        for done, method in enumerate(methods):

            def say(count: int, done: int = done, method: str = method) -> None:
                advance(done, len(methods), f"{method}, {count} sets" if count else method)

            say(0)
            select = selector(method)
            search = BoundedSearch(means, settings.bounds()) if means is not None and select.needs_errors else None
            told = None if error is None else _counted(search or error, say)
            chosen[method] = select(replace(problem, error=told), budgets)
            if search is not None:
                swaps = settings.sets // 2 if method in _BETTERED else 0
                is_answer = len(methods) == 1 or method == settings.choose
                chosen[method] = _within(search, chosen[method], problem, swaps, is_answer)
        advance(len(methods), len(methods), "")
    return chosen


def _within(
    search: BoundedSearch, chosen: Mapping[int, Selection], problem: Problem, swaps: int, is_answer: bool
) -> Mapping[int, Selection]:
    """What a method chose, within the bounds of its search where it evaluated such sets.

    Raises UsageError where it is the answer and no budget has one.
    """
    found = {budget: search.within(problem.room, budget, selection, swaps) for budget, selection in chosen.items()}
    if is_answer and not any(within for _, within in found.values()):
        budget = max(found)
        asked = ",".join(bound.name for bound in search.bounds)
        raise UsageError(f"--at-most {asked}: {found[budget][0].notes[-1]}; ask for more lines, or allow more")
    return {budget: selection for budget, (selection, _) in found.items()}


def _counted(error: ErrorOf, say: Callable[[int], None]) -> ErrorOf:
    """``error``, saying how many sets it has been asked for."""
    asked = 0

    def errors(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        nonlocal asked
        found = [np.empty(0)]
        for start in range(0, len(masks), _TOGETHER):
            found.append(error(masks[start : start + _TOGETHER]))
            asked += len(found[-1])
            say(asked)
        return np.concatenate(found)

    return errors


def model_r2(selection: Selection) -> float | None:
    """R2 of the model that lines were chosen by, on held-out sets; None where it was no such model."""
    return selection.insight.fit.r2 if isinstance(selection.insight, IntervalModel) else None
