"""A bounded search by swaps: what a model of the errors got not quite right is put right on the errors themselves."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lidarsel.selection.error_memory import ErrorMemory, as_masks
from lidarsel.selection.gaps import Doubles
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.racing import FIRST_BLOCK, OffsetOf, Race, no_offset, run_races
from lidarsel.selection.room import Members, Room

_TOGETHER = 4
"""Swaps of a budget that race in one go, against what they would better."""


def improve(
    room: Room,
    model: IntervalModel,
    memory: ErrorMemory,
    start: dict[int, Members],
    limit: int,
    offset_of: OffsetOf = no_offset,
) -> dict[int, Members]:
    """For each budget, ``start`` with one player swapped for another as long as that wins a race.

    First every chosen player gives way to the free ones beside it, then any is swapped for any other; the most
    promising by the model first, 4 at a time for every budget. The search ends for a budget where no swap is left, for
    all where ``memory`` knows ``limit`` sets; a budget whose start there is no room to evaluate keeps it.

    Args:
        room: which sets there may be.
        model: says which swap is promising.
        memory: tells the errors of sets, and remembers them.
        start: a set for each budget.
        limit: how many sets ``memory`` may know, those before this included.
        offset_of: what is added to the logarithms of errors before they are compared.
    """

    def promise(masks: NDArray[np.bool_]) -> Doubles:
        return model.error(masks) * np.exp(offset_of(masks))

    best = dict(start)
    unknown = [players for players in start.values() if not memory.knows(players)]
    memory.ask(as_masks(unknown[: max(0, limit - len(memory))], room.n), memory.order[:FIRST_BLOCK])
    waiting = {
        budget: _swaps(room, promise, memory, players) for budget, players in best.items() if memory.knows(players)
    }
    while waiting and (left := limit - len(memory)) > 0:
        each = min(_TOGETHER, max(1, left // len(waiting)))
        tried = {budget: list(itertools.islice(waiting[budget], each)) for budget in list(waiting)[:left]}
        masks = {budget: as_masks([best[budget], *some], room.n) for budget, some in tried.items() if some}
        races = {budget: Race(some, offset=offset_of(some)) for budget, some in masks.items()}
        run_races(memory, list(races.values()))
        for budget, some in tried.items():
            if not some:
                del waiting[budget]
            elif races[budget].winner:
                best[budget] = some[races[budget].winner - 1]
                waiting[budget] = _swaps(room, promise, memory, best[budget])
    return best


def _swaps(room: Room, promise: OffsetOf, memory: ErrorMemory, players: Members) -> Iterator[Members]:
    """Sets one swap away that are not evaluated, the most promising first: moves to a place beside, then all others."""
    budget = len(players)
    place = {int(player): number for number, player in enumerate(room.candidates)}
    free = [player for player in place if player not in players]
    moves: list[Members] = []
    swaps: list[Members] = []
    for old in players:
        if old in room.keep or old not in place:
            continue
        rest = [player for player in players if player != old]
        for new in free:
            beside = abs(place[old] - place[new]) == 1
            (moves if beside else swaps).append(tuple(sorted((*rest, new))))
    for some in (moves, swaps):
        masks = as_masks(some, room.n)
        for number in np.argsort(promise(masks), kind="stable"):
            if room.fits(some[number], budget) and not memory.knows(some[number]):
                yield some[number]
