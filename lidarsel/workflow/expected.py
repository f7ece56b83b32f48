"""How many evaluations a job is thought to take, for its progress alone: what is left is told by them."""

from collections.abc import Callable, Mapping, Sequence
from math import comb, gcd

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

_RESAMPLES_COST = 3000.0
"""Of fitting the model of intervals again 200 times, in evaluations while valuing: measured on the sample, 3600."""
_FIT_COST = 600.0
"""Of fitting the surrogate to the default number of pairs, in evaluations: 230 of the shipped network on full-size
frames, 1500 on the sample's small ones (3.4 s of one core on 15 frames)."""
_COST_OF_SELECTING = 2.2
"""An evaluation's time there to that while valuing: fewer sets at once, and models are fitted between them. Measured
on the sample: 1.9, 2.4, and 2.7 with the network nearest."""

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


def planned_steps(games: tuple[LineGame, LineGame], settings: RunSettings) -> list[PlannedStep]:
    """The evaluating steps of a run, for ``lidarsel.progress.planned``.

    Args:
        games: the one that lines are chosen on, and the one that they are judged on.
        settings: of the run, its budgets known.
    """
    n_valuing, n_judged = (len(game.frame_ids) for game in games)
    n_lines = games[0].dataset.n_lines
    selecting = sum(
        expected_evaluations(method, n_lines, settings.budgets, settings, n_valuing) for method in settings.methods
    )
    judged = 2 + len(settings.methods) * len(settings.budgets)
    steps = [
        PlannedStep(VALUING, settings.evaluations, after=_FIT_COST if settings.estimator == "regression" else 0.0),
        PlannedStep(SELECTING, selecting, _COST_OF_SELECTING),
        PlannedStep(JUDGING, judged * n_judged),
    ]
    if settings.choose == "interval" and not settings.at_most and n_valuing > 1:
        steps.append(PlannedStep(RESAMPLING, 0, other=_RESAMPLES_COST))
    if settings.per_frame:
        on_one = expected_evaluations(settings.choose, n_lines, settings.budgets, settings, 1)
        steps.append(PlannedStep(PER_FRAME, on_one * (n_valuing + n_judged), _COST_OF_SELECTING))
    return steps
