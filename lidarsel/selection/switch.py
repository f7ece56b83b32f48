"""The players of greatest importance of a learned Dirichlet distribution."""

from collections.abc import Sequence

import numpy as np

from lidarsel.selection.base import Problem, Selection, Selector, best_first
from lidarsel.selection.importance import learn_importance


class Switch(Selector):
    """``importance.learn_importance`` over all budgets, then the k candidates of greatest mean importance.

    One evaluation tells little of one player, and neighbours that stand in for each other share their importance, as
    with Shapley values: expect it behind ``interval`` for the same evaluations. Its notes give the spread.
    """

    name = "switch"
    needs_errors = True
    reads_features = True

    def select(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        room, error = problem.room, problem.memory(self.name)
        found = learn_importance(error, room, budgets, problem.evaluations, problem.seed)
        places = best_first(found.mean, np.arange(len(found.mean)))
        best = ", ".join(
            f"{room.candidates[place]}: {100 * found.mean[place]:.1f} ± {100 * found.spread[place]:.1f} %"
            for place in places[:5]
        )
        notes = (f"{len(error)} sets evaluated; greatest importance {best}",)
        ranked = room.candidates[places]
        return {budget: Selection(room.take(ranked, budget), notes, found) for budget in budgets}
