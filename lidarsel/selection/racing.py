"""Racing: sets are asked on ever more frames, and dropped once they cannot win any more (Maron and Moore 1993).

All that are still in a race are known on the same frames, so that what the frames make easy or hard falls out of their
paired differences.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from lidarsel.selection.error_memory import Doubles, ErrorMemory, as_masks
from lidarsel.selection.room import Members, Room

FIRST_BLOCK = 8
"""Frames of the first block; each further one is as large as all before together."""
TOLD_APART = 2.5
"""Standard errors of a difference, of a normal distribution, beyond which two sets are told apart."""
_POOLED = 4
"""Degrees of freedom with which the greatest variance of a difference counts in each: some frames are seen of which
one alone may decide."""
NOT_WORTH = 5e-4
"""A set is dropped, too, where by racing on no more than this share of the error is to be expected."""

OffsetOf = Callable[[NDArray[np.bool_]], Doubles]
"""Bool (M, n) subsets -> float64 (M,): what is added to the logarithms of their errors."""


def no_offset(masks: NDArray[np.bool_]) -> Doubles:
    """Nothing for each subset."""
    return np.zeros(len(masks))


@dataclass(eq=False)
class Race:
    """Sets of which one is sought.

    Args:
        masks: bool (M, n), of which no two are the same.
        rank: which one is sought, by rising error; 0 is the best. Of others a neighbour in rank may come out: sets are
            dropped that are told from the one that stands there, while that may yet change.
        offset: float64 (M,), added to the logarithm of each set's error; None is 0.

    Attributes:
        running: int64, which of the sets may still be the one, by rising mean error on the frames seen, offset and all.
        place: where among these it stands: ``rank``, less those that were dropped because their errors are less.
    """

    masks: NDArray[np.bool_]
    rank: int = 0
    offset: Doubles | None = None
    running: NDArray[np.int64] = field(init=False)
    place: int = field(init=False)

    def __post_init__(self) -> None:
        self.running, self.place = np.arange(len(self.masks)), self.rank
        if self.offset is None:
            self.offset = np.zeros(len(self.masks))

    @property
    def winner(self) -> int:
        """The number of the set that is the one, as far as is known."""
        return int(self.running[self.place])


def run_races(memory: ErrorMemory, races: Sequence[Race]) -> None:
    """Run races to their ends, side by side: a visit of a frame serves all of them.

    A race ends where one set is left or all frames are seen. Of equal means the set of lower number is taken first.
    """
    for seen in blocks(memory.n_frames):
        open_races = [race for race in races if len(race.running) > 1]
        if not open_races:
            return
        frames = memory.order[:seen]
        memory.ask_each((race.masks[race.running], frames) for race in open_races)
        for race in open_races:
            _drop(race, memory.on(race.masks[race.running], frames), memory.n_frames)


def best_of_each(
    memory: ErrorMemory, room: Room, sets: Mapping[int, Iterable[Members]], offset_of: OffsetOf = no_offset
) -> dict[int, Members]:
    """For each budget, the set that wins the race of those that ``memory`` knows; the first one where it knows none.

    Of equal errors the earlier set wins.
    """
    known = {budget: list(filter(memory.knows, some)) or [*some][:1] for budget, some in sets.items()}
    masks = {budget: as_masks(some, room.n) for budget, some in known.items()}
    races = {budget: Race(some, offset=offset_of(some)) for budget, some in masks.items()}
    run_races(memory, list(races.values()))
    return {budget: known[budget][race.winner] for budget, race in races.items()}


def blocks(n_frames: int) -> list[int]:
    """How many frames are seen after each block: 8, 16, 32, ..., all."""
    ends = [FIRST_BLOCK]
    while ends[-1] < n_frames:
        ends.append(2 * ends[-1])
    return [*ends[:-1], n_frames]


def _drop(race: Race, errors: Doubles, n_frames: int) -> None:
    """Keep those that may still be the one. errors: float64 (running, seen)."""
    assert race.offset is not None
    order = np.argsort(errors.mean(1) * np.exp(race.offset[race.running]), kind="stable")
    errors, race.running = errors[order], race.running[order]
    if errors.shape[1] == n_frames:
        race.running, race.place = race.running[[race.place]], 0
        return
    behind = np.where(np.arange(len(errors)) < race.place, -1.0, 1.0)
    offset = race.offset[race.running]
    apart = told_apart(errors, errors[race.place], offset - offset[race.place], behind, n_frames)
    apart[race.place] = False
    race.place -= int(apart[: race.place].sum())
    race.running = race.running[~apart]


def told_apart(errors: Doubles, front: Doubles, ahead: Doubles, side: Doubles, n_frames: int) -> NDArray[np.bool_]:
    """Whether sets are told from the one in front, or too little is to be expected of telling them.

    The standard error is that of a mean over all ``n_frames`` frames of which some are known, drawn without
    replacement; the bound is Student's, where the normal distribution's is ``TOLD_APART``. What is to be expected is
    the mean of what a set wins where it wins, of a normal distribution (the linear loss of Gupta and Miescke 1996).

    Args:
        errors: float64 (M, seen), 2 or more frames.
        front: float64 (seen,), of the set in front.
        ahead: float64 (M,), what is added to the difference to that set.
        side: float64 (M,), 1 where a set's errors must be told to be greater, -1 where less.
        n_frames: all there are.
    """
    seen = errors.shape[1]
    scale = front.mean()
    difference = (errors - front) / scale if scale > 0 else errors
    distance = side * (difference.mean(1) + ahead)
    variance = difference.var(1, ddof=1)
    pooled = ((seen - 1) * variance + _POOLED * variance.max()) / (seen - 1 + _POOLED)
    standard_error = np.sqrt(pooled * (1 - seen / n_frames) / seen)
    bound = float(stdtrit(seen - 1, ndtr(TOLD_APART)))
    ratio = np.divide(distance, standard_error, out=np.zeros_like(distance), where=standard_error > 0)
    density = np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    expected = np.where(standard_error > 0, standard_error * (density - ratio * ndtr(-ratio)), np.maximum(-distance, 0))
    result: NDArray[np.bool_] = (ratio > bound) | (expected < NOT_WORTH)
    return result
