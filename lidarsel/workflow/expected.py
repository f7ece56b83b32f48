"""How many evaluations a job is thought to take, for its progress alone: what is left is told by them."""

from collections.abc import Callable, Mapping, Sequence
from math import comb, gcd

from lidarsel.evaluation.line_game import LineGame
from lidarsel.pace import PlannedStep
from lidarsel.settings import RunSettings

VALUING, SELECTING, JUDGING, PER_FRAME = "valuing lines", "selecting lines", "judging", "choosing on each frame"
"""The titles of steps that evaluate."""

_DRAWS = 15
"""Of the method random."""
_ROUNDS = 8
"""Sets that greedy asks for to add a line, once it knows each line's first gain: a few, seldom all."""

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


def expected_sets(method: str, n_candidates: int, budgets: Sequence[int], settings: RunSettings) -> int:
    """Sets of lines that a method is thought to evaluate."""
    of_method = _OF_METHOD.get(method)
    return of_method(max(n_candidates, 1), budgets, settings.sets) if of_method and budgets else 0


def planned_steps(games: tuple[LineGame, LineGame], settings: RunSettings) -> list[PlannedStep]:
    """The evaluating steps of a run, for ``lidarsel.progress.planned``.

    Args:
        games: the one that lines are chosen on, and the one that they are judged on.
        settings: of the run, its budgets known.
    """
    n_valuing, n_judged = (len(game.frame_ids) for game in games)
    n_lines = games[0].dataset.n_lines
    sets = sum(expected_sets(method, n_lines, settings.budgets, settings) for method in settings.methods)
    judged = 2 + len(settings.methods) * len(settings.budgets)
    steps = [
        PlannedStep(VALUING, settings.evaluations),
        PlannedStep(SELECTING, sets * n_valuing, _COST_OF_SELECTING),
        PlannedStep(JUDGING, judged * n_judged),
    ]
    if settings.per_frame:
        on_one = expected_sets(settings.choose, n_lines, settings.budgets, settings)
        steps.append(PlannedStep(PER_FRAME, on_one * (n_valuing + n_judged), _COST_OF_SELECTING))
    return steps
