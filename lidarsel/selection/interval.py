"""The interval model on the errors themselves: fit, propose, race, fit again; at last a search by swaps."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Problem, Selection, Selector
from lidarsel.selection.error_memory import Doubles, ErrorMemory, as_masks
from lidarsel.selection.frame_effects import mean_errors
from lidarsel.selection.gaps import GapPrior
from lidarsel.selection.interval_fit import fit_interval_model
from lidarsel.selection.interval_model import Fit, IntervalModel
from lidarsel.selection.prior_weight import prior_strength
from lidarsel.selection.program import Program
from lidarsel.selection.racing import best_of_each, no_offset
from lidarsel.selection.room import Members, Room
from lidarsel.selection.spaced import Spaced
from lidarsel.selection.swaps import improve

_DRAWN, _PROPOSED = 0.35, 0.8
"""Shares of the sets up to which coalitions are drawn and sets proposed; what is left goes to swaps."""
LEAST_SETS = 16
"""To try: of fewer no model can be made."""
_AGAIN = 1.5
"""Power and ridge are chosen anew where that many times as many sets are known as at the last choice."""
_NEAR = 4
"""Sets proposed for each budget in each round: the model's best and near alternatives."""
_SPACED = 2
"""Evenly spaced sets that are proposed beside them for each budget."""
_EACH_ON, _MODEL_FRAMES = 16, 64
"""How many frames a drawn coalition is evaluated on, and how many all of them together: docs/selection.md."""


class Interval(Selector):
    """The best sets of the interval model (``interval_model``), evaluated and bettered.

    1. Coalitions are drawn, sizes in turn, 35 % of ``problem.evaluations``, and each is evaluated on some frames, in
       turn other ones.
    2. The model is fitted to all that has been evaluated, as means over the same frames (``frame_effects``). Dynamic
       programming gives its best set of every budget and some nearly as good; those that are new are evaluated on the
       first frames of a race. This is repeated until none is new, or 80 % of the sets are spent.
    3. Where the problem has a prior, it is found how far that can be trusted (``prior_weight``). Sets near the best by
       model and prior together are proposed too, and the most promising evenly spaced ones.
    4. The proposed sets of each budget race (``racing``).
    5. A search by swaps betters the winners, trying first what the model finds most promising; swaps race too.

    Where the problem has no ``error``, the model's best set is chosen.
    """

    name = "interval"
    needs_errors = True
    needs_order = True

    def select(self, problem: Problem, budgets: Sequence[int]) -> dict[int, Selection]:
        room = problem.room
        kept = int(room.active[list(room.keep)].sum())
        open_budgets = [budget for budget in budgets if kept < room.n_active(budget) < len(room.candidates)]
        found = {budget: Selection(room.take(room.candidates, budget)) for budget in budgets}
        if not open_budgets:
            return found
        if problem.error is None and problem.evaluated is not None:
            model = fit_interval_model(*problem.evaluated, _seen(room, problem.evaluated[0]))
            program = _program(room, model, open_budgets)
            best = {budget: program.best(budget) for budget in open_budgets}
            notes: tuple[str, ...] = (str(model.fit), "chosen by the model alone")
        else:
            model, best, notes = _search(problem, open_budgets)
        return found | {budget: Selection(players, notes, model) for budget, players in best.items()}


def _search(problem: Problem, budgets: Sequence[int]) -> tuple[IntervalModel, dict[int, Members], tuple[str, ...]]:
    room, limit = problem.room, problem.evaluations
    if limit < LEAST_SETS:
        raise UsageError(f"interval needs at least {LEAST_SETS} evaluations, not {limit}")
    memory = problem.memory("interval")
    told = 0 if problem.evaluated is None else len(problem.evaluated[0])
    draws = draw_coalitions(room, max(0, int(_DRAWN * limit) - told), problem.seed)
    memory.ask_each(zip(draws[:, None], frames_of_draws(memory.order)))  # noqa: B905 - frames without end
    model, proposed, rounds = _propose(problem, memory, budgets)
    trust = _trust(problem, memory, proposed)
    _propose_more(problem, memory, model, trust, proposed)
    spent = len(memory)
    start = best_of_each(memory, room, proposed, trust)
    best = improve(room, model, memory, start, limit, trust)
    evaluated = (
        f"{len(memory)} sets evaluated, on {memory.count / len(memory):.3g} of {memory.n_frames} frames in the mean"
    )
    notes = (str(model.fit), f"{evaluated}: {spent} for the model, {rounds} rounds, the rest swaps", *trust.notes)
    return model, best, notes


def _propose(
    problem: Problem, memory: ErrorMemory, budgets: Sequence[int]
) -> tuple[IntervalModel, dict[int, dict[Members, None]], int]:
    """Step 2: the model at last, the sets proposed for each budget, and the number of rounds."""
    room, limit = problem.room, int(_PROPOSED * problem.evaluations)
    proposed: dict[int, dict[Members, None]] = {budget: {} for budget in budgets}
    like: Fit | None = None
    rounds = 0
    while True:
        rounds += 1
        masks, errors = _everything(problem, memory)
        if like is not None and len(masks) > _AGAIN * like.n_coalitions:
            like = None
        model = fit_interval_model(masks, errors, _seen(room, masks), like)
        like = model.fit
        program = _program(room, model, budgets)
        near = {budget: program.near(budget, _NEAR) for budget in budgets}
        for budget in budgets:
            proposed[budget].update(dict.fromkeys(near[budget]))
        by_rank = [some for some in itertools.chain(*itertools.zip_longest(*near.values())) if some is not None]
        fresh = [some for some in by_rank if not memory.knows(some)]
        left = limit - len(memory)
        if not fresh or left <= 0:
            return model, proposed, rounds
        memory.ask(as_masks(fresh[:left], room.n), memory.order[:_EACH_ON])


@dataclass(frozen=True)
class _Trust:
    """What is added to the logarithms of errors: those that a prior expects, times how far it is trusted."""

    prior: GapPrior | None
    strength: float

    def __call__(self, masks: NDArray[np.bool_]) -> Doubles:
        return no_offset(masks) if self.prior is None else self.strength * self.prior.log_error(masks)

    @property
    def notes(self) -> tuple[str, ...]:
        if self.prior is None:
            return ()
        percent = 100 * self.strength / (1 + self.strength)
        return (f"sets compared by what was evaluated and, to {percent:.0f} %, by what is expected of other frames",)


def _trust(problem: Problem, memory: ErrorMemory, proposed: Mapping[int, Iterable[Members]]) -> _Trust:
    """The problem's prior, trusted as far as blocks of frames allow."""
    if problem.prior is None:
        return _Trust(None, 0.0)
    known = [as_masks(filter(memory.knows, sets), problem.room.n) for sets in proposed.values()]
    return _Trust(problem.prior, prior_strength(memory, known, problem.prior))


def _propose_more(
    problem: Problem,
    memory: ErrorMemory,
    model: IntervalModel,
    trust: _Trust,
    proposed: Mapping[int, dict[Members, None]],
) -> None:
    """Step 3: sets near the best by model and prior together, and the most promising evenly spaced ones."""
    room = problem.room
    fresh: dict[Members, None] = {}
    for budget, sets in proposed.items():
        at = as_masks(sets, room.n)[0]
        cost = model.slope(at) * model.cost_among(room.candidates)
        near: Sequence[Members] = ()
        if trust.prior is not None and trust.strength > 0:
            cost += trust.strength * trust.prior.slope(at) * trust.prior.cost_among(room.candidates)
            near = Program(cost, room, budget).near(budget, _NEAR)
        spaced = Spaced().propose(problem, budget)
        masks = as_masks(spaced, room.n)
        promise = np.log(model.error(masks)) + trust(masks)
        more = [*near, *(spaced[number] for number in np.argsort(promise, kind="stable")[:_SPACED])]
        sets.update(dict.fromkeys(more))
        fresh.update(dict.fromkeys(some for some in more if not memory.knows(some)))
    left = max(0, problem.evaluations - len(memory))
    memory.ask(as_masks(list(fresh)[:left], room.n), memory.order[:_EACH_ON])


def _everything(problem: Problem, memory: ErrorMemory) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Bool (M, n) subsets and their mean errors, float64 (M,): what is known beforehand and what was evaluated."""
    masks, errors = memory.everything()
    means = mean_errors(errors)
    if problem.evaluated is None:
        return masks, means
    return np.vstack([problem.evaluated[0], masks]), np.concatenate([problem.evaluated[1], means])


def _seen(room: Room, masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The players that a model of these subsets is about: the candidates, and whoever else measures in one of them."""
    seen = masks.any(0) & room.active
    seen[room.candidates] = True
    return np.flatnonzero(seen)


def _program(room: Room, model: IntervalModel, budgets: Sequence[int]) -> Program:
    return Program(model.cost_among(room.candidates), room, max(budgets))


def draw_coalitions(room: Room, count: int, seed: int) -> NDArray[np.bool_]:
    """Bool (count, n): all candidates, then random sets of them with the kept players, of every size in turn.

    ``min_gap`` is not observed: the model needs no set that could be chosen. A smaller ``count`` gives the first ones.
    """
    kept = np.isin(room.candidates, room.keep)
    free = room.candidates[~kept]
    sizes, members = (np.random.default_rng([seed, part]) for part in (2, 3))
    masks = np.zeros((count, room.n), bool)
    masks[:, room.candidates[kept]] = True
    cycles = (sizes.permutation(len(free)) + 1 for _ in itertools.count())
    for mask, size in zip(masks, itertools.chain([len(free)], itertools.chain.from_iterable(cycles)), strict=False):
        mask[members.permutation(free)[:size]] = True
    return masks


def frames_of_draws(order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Of each drawn coalition, the frames that it is evaluated on: the first one's are all that the model is about, in
    the order of a race; the others' are in turn some of these.
    """
    of_model = order[:_MODEL_FRAMES]
    yield of_model
    some = min(_EACH_ON, len(of_model))
    for number in itertools.count():
        yield of_model[(np.arange(some) + some * number) % len(of_model)]
