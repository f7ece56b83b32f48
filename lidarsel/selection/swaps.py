"""A bounded search by swaps: what a model of the errors got not quite right is put right on the errors themselves."""

import itertools
from collections.abc import Iterator

import numpy as np

from lidarsel.selection.evaluated import Evaluated, as_masks
from lidarsel.selection.interval_model import IntervalModel
from lidarsel.selection.room import Lines, Room

_TOGETHER = 4
"""Swaps of a budget evaluated in one call, of which the best is taken."""


def improve(
    room: Room, model: IntervalModel, error: Evaluated, start: dict[int, Lines], limit: int
) -> dict[int, Lines]:
    """For each budget, ``start`` with one line swapped for another as long as that lowers the error.

    First every chosen line is moved to the free places beside it, then any line is swapped for any other; the most
    promising by the model first, 4 at a time for every budget. The search ends for a budget where no swap is left, for
    all where ``error`` has been asked for ``limit`` sets; a budget whose start there is no room to evaluate keeps it.
    """
    best = dict(start)
    unknown = [lines for lines in start.values() if not _known(error, room, lines)]
    error(as_masks(unknown[: limit - error.count], room.n))
    waiting = {
        budget: _swaps(room, model, error, lines) for budget, lines in best.items() if _known(error, room, lines)
    }
    while waiting and (left := limit - error.count) > 0:
        each = min(_TOGETHER, max(1, left // len(waiting)))
        tried = {budget: list(itertools.islice(waiting[budget], each)) for budget in list(waiting)[:left]}
        error(as_masks(itertools.chain(*tried.values()), room.n))
        for budget, some in tried.items():
            if not some:
                del waiting[budget]
                continue
            errors = error(as_masks([best[budget], *some], room.n))
            if errors[1:].min() < errors[0]:
                best[budget] = some[int(errors[1:].argmin())]
                waiting[budget] = _swaps(room, model, error, best[budget])
    return best


def _known(error: Evaluated, room: Room, lines: Lines) -> bool:
    return error.knows(as_masks([lines], room.n)[0])


def _swaps(room: Room, model: IntervalModel, error: Evaluated, lines: Lines) -> Iterator[Lines]:
    """Sets one swap away that are not evaluated, best first by the model: moves to a place beside, then all others."""
    budget = len(lines)
    place = {int(line): number for number, line in enumerate(room.candidates)}
    free = [line for line in place if line not in lines]
    moves: list[Lines] = []
    swaps: list[Lines] = []
    for old in lines:
        if old in room.keep or old not in place:
            continue
        rest = [line for line in lines if line != old]
        for new in free:
            beside = abs(place[old] - place[new]) == 1
            (moves if beside else swaps).append(tuple(sorted((*rest, new))))
    for some in (moves, swaps):
        masks = as_masks(some, room.n)
        for number in np.argsort(model.error(masks), kind="stable"):
            if room.fits(some[number], budget) and not error.knows(masks[number]):
                yield some[number]
