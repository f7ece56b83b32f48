"""Stage 2: the lines to keep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import Caution
from lidarsel.errors import UsageError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import noted_step
from lidarsel.selection.base import Players, Problem, Selection
from lidarsel.selection.frame_errors import ErrorOf, FrameErrors, by_frame
from lidarsel.selection.gaps import GapPrior
from lidarsel.selection.interval_model import GUIDING_R2, IntervalModel
from lidarsel.selection.registry import selector
from lidarsel.settings import RunSettings
from lidarsel.shapley.base import Request
from lidarsel.workflow.bounding import BoundedSearch, Means, bounded_means
from lidarsel.workflow.expected import SELECTING, expected_evaluations
from lidarsel.workflow.street_prior import street_prior

_BETTERED = ("interval",)
"""Methods whose sets may be bettered by swaps to come within bounds; those of the others follow a rule."""

Selections = Mapping[str, Mapping[int, Selection]]
"""By method and budget."""


def select_on(
    game: StoredGame[LineGame], players: Players, methods: Sequence[str], budgets: Sequence[int], settings: RunSettings
) -> Selections:
    """``select_lines`` by the errors of a game on the frames for choosing, with what streets say and within bounds.

    Args:
        game: on the frames for choosing.
        players: the lines and their values.
        methods: selectors by name.
        budgets: how many lines to keep.
        settings: constraints, bounds, sets and seed.

    Raises:
        UsageError: as ``select_lines``.
        BadInputError: as ``bounded_means``, where the settings have bounds.
    """
    prior = street_prior(game.game.dataset.elevation_deg, players.weight, game.metric)
    means = bounded_means(game, settings.bounds()) if settings.at_most else None
    return select_lines(players, methods, budgets, settings, game.mean_errors, prior, means)


def select_lines(
    players: Players,
    methods: Sequence[str],
    budgets: Sequence[int],
    settings: RunSettings,
    error: ErrorOf | None,
    prior: GapPrior | None = None,
    means: Means | None = None,
) -> Selections:
    """The lines each method keeps for each budget; methods that evaluate share what budgets have in common.

    Args:
        players: the lines and their values.
        methods: selectors by name.
        budgets: how many lines to keep.
        settings: constraints on lines, how many sets of them ``interval`` may evaluate, and the seed.
        error: bool (M, n_lines) -> float64 (M,), the error to lower, or None where there is nothing to evaluate with.
        prior: what errors are expected to be before any is known (``street_prior``).
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
        prior=prior,
        without_error="give the data with --data DATA",
    )
    chosen: dict[str, Mapping[int, Selection]] = {}
    n_candidates = int((players.weight > 0).sum())
    told = None if error is None else by_frame(error)
    n_frames = 0 if told is None else told.n_frames if means is None else 1  # within bounds, sets are counted
    to_ask = [expected_evaluations(method, n_candidates, budgets, settings, n_frames) for method in methods]
    asked = 0
    with noted_step(SELECTING) as advance:
        for place, method in enumerate(methods):

            def say(count: int, before: int = asked, rest: int = sum(to_ask[place:]), of: str = method) -> None:
                advance(before + count, max(before + rest, before + count), of)

            say(0)
            select = selector(method)
            search = BoundedSearch(means, settings.bounds()) if means is not None and select.needs_errors else None
            counted = None if told is None else _EvaluationCounter(told if search is None else by_frame(search), say)
            chosen[method] = select(replace(problem, error=counted), budgets)
            if search is not None:
                swaps = settings.sets // 2 if method in _BETTERED else 0
                is_answer = len(methods) == 1 or method == settings.choose
                chosen[method] = _within(search, chosen[method], problem, swaps, is_answer)
            asked += 0 if counted is None else counted.asked
        advance(asked, asked, "")
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


class _EvaluationCounter:
    """Errors frame by frame, saying how many evaluations, of a set on a frame, they have been asked for."""

    def __init__(self, error: FrameErrors, say: Callable[[int], None]) -> None:
        self.n_frames, self.asked = error.n_frames, 0
        self._error, self._say = error, say

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        for found in self._error.on_frames(requests):
            self.asked += len(found)
            self._say(self.asked)
            yield found


def model_cautions(selection: Selection) -> list[Caution]:
    """Where lines were chosen by a model that knows too little of the errors."""
    if not isinstance(selection.insight, IntervalModel) or (fit := selection.insight.fit).is_guide:
        return []
    explained = f"{100 * max(fit.r2, 0):.0f} % of the variance of errors"
    said = (
        f"The model that lines were proposed by explains {explained} of sets it had not seen; "
        f"below {100 * GUIDING_R2:.0f} % it is a poor guide. Give more --sets."
    )
    return [Caution("model", said)]


def model_r2(selection: Selection) -> float | None:
    """R2 of the model that lines were chosen by, on held-out sets; None where it was no such model."""
    return selection.insight.fit.r2 if isinstance(selection.insight, IntervalModel) else None
