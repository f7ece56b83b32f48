"""The interval model on the errors themselves: fit, propose, evaluate, fit again; at last a search by swaps."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import UsageError
from lidarsel.selection.base import Problem, Selection, Selector
from lidarsel.selection.error_memory import ErrorMemory, as_masks
from lidarsel.selection.interval_fit import fit_interval_model
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.program import Program
from lidarsel.selection.room import Members, Room
from lidarsel.selection.swaps import improve

_DRAWN, _PROPOSED = 0.35, 0.8
"""Shares of the evaluations up to which coalitions are drawn and sets proposed; what is left goes to swaps."""
_FEWEST = 16
_AGAIN = 1.5
"""Power and ridge are chosen anew where that many times as many sets are known as at the last choice."""
_NEAR = 4
"""Sets proposed for each budget in each round: the model's best and near alternatives."""


class Interval(Selector):
    """The best sets of the interval model (``interval_model``), evaluated and bettered.

    1. Coalitions are drawn, sizes in turn, and evaluated: 35 % of ``problem.evaluations``.
    2. The model is fitted to all that has been evaluated. Dynamic programming gives its best set of every budget and
       some nearly as good; those that are new are evaluated. This is repeated until none is new, or 80 % of the
       evaluations are spent.
    3. A search by swaps betters each budget's best set, trying first what the model finds most promising.

    The set of least evaluated error is chosen. Where the problem has no ``error``, the model's best set is.
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
    if limit < _FEWEST:
        raise UsageError(f"interval needs at least {_FEWEST} evaluations, not {limit}")
    error = problem.memory("interval")
    if problem.evaluated is not None:
        error.learn(*problem.evaluated)
    error(draw_coalitions(room, max(0, int(_DRAWN * limit) - len(error)), problem.seed))
    players = _seen(room, error.everything()[0])
    rounds, like = 0, None
    proposed: dict[int, dict[Members, None]] = {budget: {} for budget in budgets}
    while True:
        rounds += 1
        masks, errors = error.everything()
        if like is not None and len(masks) > _AGAIN * like.n_coalitions:
            like = None
        model = fit_interval_model(masks, errors, players, like)
        like = model.fit
        program = _program(room, model, budgets)
        near = {budget: program.near(budget, _NEAR) for budget in budgets}
        for budget in budgets:
            proposed[budget].update(dict.fromkeys(near[budget]))
        by_rank = [some for some in itertools.chain(*itertools.zip_longest(*near.values())) if some is not None]
        fresh = [some for some in by_rank if not error.knows(as_masks([some], room.n)[0])]
        left = int(_PROPOSED * limit) - error.count
        if not fresh or left <= 0:
            break
        error(as_masks(fresh[:left], room.n))
    spent = error.count
    start = {budget: _best_of(error, room, sets) for budget, sets in proposed.items()}
    best = improve(room, model, error, start, limit)
    notes = (str(model.fit), f"{error.count} sets evaluated: {spent} for the model, {rounds} rounds, the rest swaps")
    return model, best, notes


def _seen(room: Room, masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The players that a model of these subsets is about: the candidates, and whoever else measures in one of them."""
    seen = masks.any(0) & room.active
    seen[room.candidates] = True
    return np.flatnonzero(seen)


def _program(room: Room, model: IntervalModel, budgets: Sequence[int]) -> Program:
    return Program(model.cost_among(room.candidates), room, max(budgets))


def _best_of(error: ErrorMemory, room: Room, sets: dict[Members, None]) -> Members:
    """Of the sets that are evaluated, the one of least error; the first where none is."""
    masks = as_masks(sets, room.n)
    known = [players for players, mask in zip(sets, masks, strict=True) if error.knows(mask)]
    if not known:
        return next(iter(sets))
    return known[int(error(as_masks(known, room.n)).argmin())]


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
