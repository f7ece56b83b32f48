"""How sure a choice is, told from what was evaluated for it: nothing is evaluated anew.

Frames are drawn again (``resampling``), and the choice is made again on each draw: how often every player is in says
how far it hangs on these very frames. Beside it: which evaluated sets cannot be told from the best, and what players
chosen on all drives but one lose on that one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lidarsel.confidence import Groups, independent_groups, mean_interval
from lidarsel.selection.base import Problem, Selection
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.frame_effects import filled
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.interval_refit import refit_interval_model
from lidarsel.selection.program import Program
from lidarsel.selection.registry import selector
from lidarsel.selection.resampling import resampled_weights
from lidarsel.selection.room import Members
from lidarsel.selection.spaced import Spaced

Doubles = NDArray[np.float64]

RESAMPLES = 200
_FEWEST = 16
"""Sets that a model can be fitted to again."""
_WITHOUT_CHOICE = ("random", "densest")
"""Other frames would not have changed what they take, or not for a reason."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a choice went by, frame by frame.

    Args:
        drives: of each of the F frames, in order of time.
        masks: bool (M, n), sets that were evaluated, without null players.
        errors: float64 (F, M), of each; NaN on frames where it was not evaluated, as sets race.
        values: float64 (F, n), the Shapley values of single frames, or None where there are none.
    """

    drives: Sequence[str]
    masks: NDArray[np.bool_]
    errors: Doubles
    values: Doubles | None = None

    def of_size(self, problem: Problem, budget: int) -> tuple[list[Members], Doubles]:
        """The allowed sets for a budget that are known on all frames, null players aside, and their errors, float64
        (F, sets)."""
        room = problem.room
        size = room.n_active(budget)
        whole = ~np.isnan(self.errors).any(axis=0)
        places = [
            place
            for place in np.flatnonzero(whole & (self.masks.sum(1) == size))
            if room.fits(np.flatnonzero(self.masks[place]), budget)
        ]
        return [tuple(np.flatnonzero(self.masks[place]).tolist()) for place in places], self.errors[:, places]

    def filled(self) -> Doubles:
        """Float64 (F, M): the errors; where they are not known, those expected of set and frame (``frame_effects``).

        A frame on which nothing is known has each set's mean.
        """
        seen = ~np.isnan(self.errors).all(axis=1)
        found = np.empty_like(self.errors)
        found[seen] = filled(self.errors[seen].T).T
        found[~seen] = found[seen].mean(axis=0)
        return found


def inclusion(
    problem: Problem,
    method: str,
    chosen: Mapping[int, Selection],
    evidence: Evidence,
    count: int = RESAMPLES,
    progress: Callable[[int, int], None] | None = None,
) -> dict[int, Doubles | None]:
    """For each budget, in which share of resamples each player is chosen again.

    - A model that sets were proposed by is fitted again to the resampled errors, of sets that are drawn again as well
      (another seed would have drawn others); its best set is the choice.
    - A method that goes by Shapley values chooses by their resampled means.
    - ``spaced`` takes its best offset; other methods that evaluate, the best of the sets that were evaluated.

    Args:
        problem: what was chosen from.
        method: the selector's name.
        chosen: what it chose, by budget.
        evidence: what it went by.
        count: how many resamples.
        progress: told (done, count) after each of them that takes long.

    Returns:
        float64 (n,) by budget, null players of the set 0; None where the choice cannot be made again: by a method that
        frames do not change, from too few sets (a single one would always be chosen), or of one frame, which is the
        same however often it is drawn.
    """
    nothing: dict[int, Doubles | None] = dict.fromkeys(chosen)
    if method in _WITHOUT_CHOICE or len(evidence.drives) == 1:
        return nothing
    way, weights = selector(method), resampled_weights(evidence.drives, count, problem.seed)
    model = next((one.insight for one in chosen.values() if isinstance(one.insight, IntervalModel)), None)
    if model is not None and len(evidence.masks) >= _FEWEST:
        return nothing | _by_model(problem, model, list(chosen), evidence, _counted(weights, progress))
    if way.needs_values and evidence.values is not None:
        values = (weight @ evidence.values for weight in _counted(weights, progress))
        again = [way(_with_value(problem, value), list(chosen)) for value in values]
        return nothing | {budget: _shares(problem, [one[budget].players for one in again]) for budget in chosen}
    for budget in chosen:
        sets, errors = evidence.of_size(problem, budget)
        if isinstance(way, Spaced):
            own = {tuple(some) for some in way.propose(problem, budget)}
            places = [place for place, some in enumerate(sets) if problem.room.take(some, budget) in own]
            sets, errors = [sets[place] for place in places], errors[:, places]
        if len(sets) > 1:
            nothing[budget] = _shares(problem, [sets[place] for place in (weights @ errors).argmin(axis=1)])
    return nothing


def as_good(evidence: Evidence, errors: Doubles) -> NDArray[np.bool_]:
    """Which sets are not told from the one of least mean error: bool (sets,) of float64 (F, sets).

    The 95 % interval of the paired difference holds 0, each set for itself: between drives, each of which counts the
    same, or stretches of one drive. Of one frame nothing is told, and only the best is true.
    """
    terms, groups = _independent(errors, evidence.drives)
    best = int(terms.mean(axis=0).argmin())
    lows = [mean_interval(terms[:, place] - terms[:, best], groups).low for place in range(terms.shape[1])]
    found = np.array([low is not None and low <= 0 for low in lows], bool)
    found[best] = True
    return found


def losses_between_drives(evidence: Evidence, errors: Doubles) -> dict[str, float]:
    """By drive, what the set of least error on all other drives loses on it against its own best, as a share of that.

    errors: float64 (F, sets). Empty with one drive, or one set. The own best is best on the very frames it is judged
    on, and all sets were found with its help: the loss is what one set for all costs it, not what a new drive has.
    """
    names = list(dict.fromkeys(evidence.drives))
    if len(names) < 2 or errors.shape[1] < 2:
        return {}
    terms, _ = _independent(errors, evidence.drives)
    found = {}
    for place, name in enumerate(names):
        elsewhere = int(np.delete(terms, place, axis=0).mean(axis=0).argmin())
        found[name] = float(terms[place, elsewhere] / terms[place].min() - 1)
    return found


def _independent(errors: Doubles, drives: Sequence[str]) -> tuple[Doubles, Groups]:
    """Errors whose plain mean is that of the choice: of each drive where there are several, else of each frame."""
    groups = independent_groups(drives)
    if groups.kind == "stretches":
        return errors, groups
    means = np.array([errors[groups.of_frame == drive].mean(axis=0) for drive in range(groups.count)])
    return means, Groups(np.arange(groups.count), "drives")


def _counted(weights: Doubles, progress: Callable[[int, int], None] | None) -> Iterator[Doubles]:
    """Each resample's weights, and once it is through with them, how many that were."""
    for done, weight in enumerate(weights, 1):
        yield weight
        if progress is not None:
            progress(done, len(weights))


def _by_model(
    problem: Problem, model: IntervalModel, budgets: Sequence[int], evidence: Evidence, weights: Iterable[Doubles]
) -> dict[int, Doubles]:
    room, count, errors = problem.room, len(evidence.masks), evidence.filled()
    rng = np.random.default_rng([problem.seed, 8])
    again: dict[int, list[Members]] = {budget: [] for budget in budgets}
    with threadpool_limits(1, "blas"):  # matrices of some hundred rows: a second thread costs more than it saves
        for weight in weights:
            times = rng.multinomial(count, np.full(count, 1 / count))
            refitted = refit_interval_model(model, evidence.masks, weight @ errors, times)
            program = Program(refitted.cost_among(room.candidates), room, max(budgets))
            for budget in budgets:
                again[budget].append(program.best(budget))
    return {budget: _shares(problem, sets) for budget, sets in again.items()}


def _shares(problem: Problem, sets: Sequence[Members]) -> Doubles:
    shares: Doubles = (as_masks(sets, problem.players.n) & problem.room.active).mean(axis=0)
    return shares


def _with_value(problem: Problem, value: Doubles) -> Problem:
    return replace(problem, players=replace(problem.players, value=value))
