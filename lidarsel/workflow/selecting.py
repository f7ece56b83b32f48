"""Stage 2: the lines to keep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.progress import noted_step
from lidarsel.selection.base import Players, Problem, Selection
from lidarsel.selection.frame_errors import ErrorOf, FrameErrors, by_frame
from lidarsel.selection.gaps import GapPrior
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.shapley.base import Request

Selections = Mapping[str, Mapping[int, Selection]]
"""By method and budget."""


def select_lines(
    players: Players,
    methods: Sequence[str],
    budgets: Sequence[int],
    settings: RunSettings,
    error: ErrorOf | None,
    prior: GapPrior | None = None,
) -> Selections:
    """The lines each method keeps for each budget; methods that evaluate share what budgets have in common.

    Args:
        players: the lines and their values.
        methods: selectors by name.
        budgets: how many lines to keep.
        settings: constraints on lines, how many sets of them ``interval`` may evaluate, and the seed.
        error: bool (M, n_lines) -> float64 (M,), the error to lower, or None where there is nothing to evaluate with.
        prior: what errors are expected to be before any is known (``street_prior``).

    Raises:
        UsageError: an unknown method, a budget that cannot be filled, or a needed error that is not given.
    """
    problem = Problem(
        players,
        settings.constraints(),
        settings.seed,
        evaluations=settings.sets,
        prior=prior,
        without_error="give the data with --data DATA",
    )
    chosen: dict[str, Mapping[int, Selection]] = {}
    with noted_step("selecting lines") as advance:
        for done, method in enumerate(methods):

            def say(count: int, done: int = done, method: str = method) -> None:
                advance(done, len(methods), f"{method}, {count:,} evaluations" if count else method)

            say(0)
            told = None if error is None else _EvaluationCounter(by_frame(error), say)
            chosen[method] = selector(method)(replace(problem, error=told), budgets)
        advance(len(methods), len(methods), "")
    return chosen


class _EvaluationCounter:
    """Errors frame by frame, saying how many evaluations, of a set on a frame, they have been asked for."""

    def __init__(self, error: FrameErrors, say: Callable[[int], None]) -> None:
        self.n_frames = error.n_frames
        self._error, self._say, self._asked = error, say, 0

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        for found in self._error.on_frames(requests):
            self._asked += len(found)
            self._say(self._asked)
            yield found

    def __call__(self, subsets: NDArray[np.bool_]) -> NDArray[np.float64]:
        errors: NDArray[np.float64] = np.mean(
            list(self.on_frames((frame, subsets) for frame in range(self.n_frames))), axis=0
        )
        return errors


def model_r2(selection: Selection) -> float | None:
    """R2 of the model that lines were chosen by, on held-out sets; None where it was no such model."""
    return selection.insight.fit.r2 if isinstance(selection.insight, IntervalModel) else None
