"""From several proposed sets to the one that stands for them, by racing."""

from collections.abc import Mapping, Sequence
from typing import Literal

from lidarsel.selection.base import Problem
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.racing import Race, run_races
from lidarsel.selection.room import Members


def pick(
    proposed: Mapping[int, Sequence[Members]], problem: Problem, selector: str, how: Literal["best", "median"]
) -> dict[int, Members]:
    """For each budget the proposed set of least error, or the one in the middle (the lower one of an even number).

    A set counts once, however often it is proposed; of equal errors the earlier set counts as less. Nothing is
    evaluated where all proposed sets are the same.
    """
    distinct = {budget: list(dict.fromkeys(sets)) for budget, sets in proposed.items()}
    races = {
        budget: Race(as_masks(sets, problem.players.n), 0 if how == "best" else (len(sets) - 1) // 2)
        for budget, sets in distinct.items()
        if len(sets) > 1
    }
    if races:
        run_races(problem.memory(selector), list(races.values()))
    return {budget: sets[races[budget].winner if budget in races else 0] for budget, sets in distinct.items()}
