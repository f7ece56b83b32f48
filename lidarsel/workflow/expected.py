"""How many evaluations a job is thought to take, and how long beside what else it does: for its progress alone."""

from collections.abc import Callable, Mapping, Sequence
from math import comb, gcd, prod

from lidarsel.evaluation.line_game import LineGame
from lidarsel.pace import PlannedStep
from lidarsel.settings import RunSettings

RESAMPLING = "resampling the choice"
VALUING, SELECTING, JUDGING, PER_FRAME = "valuing lines", "selecting lines", "judging", "choosing on each frame"
"""The titles of steps that evaluate."""

_DRAWS = 15
"""Of the method random."""
_ROUNDS = 8
"""Sets that greedy asks for to add a line, once it knows each line's first gain: a few, seldom all."""

_PIXEL_S = 4e-8
"""Of an evaluation, for each pixel of the image: 2.3 ms of 128x424, 16.5 ms of 352x1216, with the shipped network.
Like the seconds below on one quiet core; only their ratios count."""
_FIT_S = 3.5
"""Of fitting the surrogate to the default number of pairs."""
_BETWEEN_S = 2.8e-3
"""Beside each evaluation while selecting: models are fitted between them, and fewer sets are asked for at once."""
_RESAMPLES_S = 6.0
"""Of fitting the model of intervals again 200 times."""

_OF_METHOD: Mapping[str, Callable[[int, Sequence[int], int], int]] = {
    "random": lambda n, budgets, sets: _DRAWS * len(budgets),
    "spaced": lambda n, budgets, sets: sum(n // gcd(n, budget) for budget in budgets),
    "greedy": lambda n, budgets, sets: n + _ROUNDS * max(budgets),
    "greedy-backward": lambda n, budgets, sets: n + 3 * _ROUNDS * max(budgets),
    "switch": lambda n, budgets, sets: sets,
    "interval": lambda n, budgets, sets: sets,
    "exhaustive": lambda n, budgets, sets: sum(comb(n, budget) for budget in budgets),
}
"""(candidates, budgets, ``settings.sets``) -> sets of lines; methods that are not here evaluate none."""


_RACING = ("random", "spaced", "interval")
"""Methods that ask about most sets on a few frames alone."""
_FRAMES_A_RACE = 30
"""The most that a set is asked on in the mean: 25 of 50 were measured, 29 of 100 and 31 of 500 (docs/selection.md)."""


def expected_evaluations(
    method: str, n_candidates: int, budgets: Sequence[int], settings: RunSettings, n_frames: int
) -> int:
    """Evaluations, of a set of lines on a frame, that a method is thought to ask for.

    Args:
        method: the selector's name.
        n_candidates: lines to choose from.
        budgets: how many to choose.
        settings: how many sets may be tried.
        n_frames: to choose on.
    """
    of_method = _OF_METHOD.get(method)
    if of_method is None or not budgets:
        return 0
    frames_a_set = min(n_frames, _FRAMES_A_RACE) if method in _RACING else n_frames
    return of_method(max(n_candidates, 1), budgets, settings.sets) * frames_a_set


def valuing_step(game: LineGame, settings: RunSettings) -> PlannedStep:
    """The step that values lines on a game's frames, and what is fitted to its pairs after it."""
    fitted = _FIT_S if settings.estimator == "regression" else 0.0
    return PlannedStep(VALUING, settings.evaluations, evaluation_s(game), after=fitted)


def planned_steps(games: tuple[LineGame, LineGame], settings: RunSettings) -> list[PlannedStep]:
    """The evaluating steps of a run, for ``lidarsel.progress.planned``.

    Args:
        games: the one that lines are chosen on, and the one that they are judged on.
        settings: of the run, its budgets known.
    """
    n_valuing, n_judged = (len(game.frame_ids) for game in games)
    n_lines = games[0].dataset.n_lines
    one_s = evaluation_s(games[0])
    selecting = sum(
        expected_evaluations(method, n_lines, settings.budgets, settings, n_valuing) for method in settings.methods
    )
    judged = 2 + len(settings.methods) * len(settings.budgets)
    steps = [
        valuing_step(games[0], settings),
        PlannedStep(SELECTING, selecting, one_s + _BETWEEN_S),
        PlannedStep(JUDGING, judged * n_judged, one_s),
    ]
    if settings.choose == "interval" and not settings.at_most and n_valuing > 1:
        steps.append(PlannedStep(RESAMPLING, 0, other=_RESAMPLES_S))
    if settings.per_frame:
        on_one = expected_evaluations(settings.choose, n_lines, settings.budgets, settings, 1)
        steps.append(PlannedStep(PER_FRAME, on_one * (n_valuing + n_judged), one_s + _BETWEEN_S))
    return steps


def choosing_lines_step(game: LineGame, settings: RunSettings) -> PlannedStep:
    """The step in which one method, ``interval``, looks for one number of lines."""
    sets = expected_evaluations("interval", game.dataset.n_lines, [1], settings, len(game.frame_ids))
    return PlannedStep(SELECTING, sets, evaluation_s(game) + _BETWEEN_S)


def evaluation_s(game: LineGame) -> float:
    """Of completing one of its frames with a set of lines."""
    return _PIXEL_S * prod(game.frame(0).size)
