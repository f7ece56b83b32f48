"""Stage 2: the lines to keep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.progress import noted_step
from lidarsel.selection.base import Players, Problem, Selection
from lidarsel.selection.frame_errors import ErrorOf, FrameErrors, by_frame
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.shapley.base import Request
from lidarsel.workflow.expected import SELECTING, expected_sets

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
    frames = None if error is None else by_frame(error)
    n_frames = 0 if frames is None else frames.n_frames
    to_ask = [n_frames * expected_sets(method, n_candidates, budgets, settings) for method in methods]
    asked = 0
    with noted_step(SELECTING) as advance:
        for place, method in enumerate(methods):

            def say(count: int, before: int = asked, rest: int = sum(to_ask[place:]), of: str = method) -> None:
                advance(before + count, max(before + rest, before + count), of)

            say(0)
            counter = None if frames is None else _EvaluationCounter(frames, say)
            chosen[method] = selector(method)(replace(problem, error=counter), budgets)
            asked += 0 if counter is None else counter.asked
        advance(asked, asked, "")
    return chosen


class _EvaluationCounter:
    """Errors frame by frame, saying how many evaluations, of a set on a frame, they have been asked for."""

    def __init__(self, error: FrameErrors, say: Callable[[int], None]) -> None:
        self.n_frames = error.n_frames
        self.asked = 0
        self._error, self._say = error, say

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        for found in self._error.on_frames(requests):
            self.asked += len(found)
            self._say(self.asked)
            yield found

    def __call__(self, subsets: NDArray[np.bool_]) -> NDArray[np.float64]:
        errors: NDArray[np.float64] = np.mean(
            list(self.on_frames((frame, subsets) for frame in range(self.n_frames))), axis=0
        )
        return errors


def model_r2(selection: Selection) -> float | None:
    """R2 of the model that lines were chosen by, on held-out sets; None where it was no such model."""
    return selection.insight.fit.r2 if isinstance(selection.insight, IntervalModel) else None
