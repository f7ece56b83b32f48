"""Lines chosen by one error while others stay within bounds (``lidarsel.bounds``).

The search lowers the deciding error times a penalty that rises with what is beyond a bound: continuous, so that a
model of the errors can follow it. What is chosen in the end is the set of least error among those within the bounds, of
all sets of the budget that the method had evaluated.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.bounds import Bound
from lidarsel.cautions import Caution
from lidarsel.criterion import criterion
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.report.metric_words import error_of
from lidarsel.report_rows import ReportRow
from lidarsel.selection.base import Selection
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.room import Members, Room
from lidarsel.workflow.deciding import OWN_SCAN, require_telling

_POWER = 2
"""Of what is beyond a bound: 10 % beyond cost as much as 21 % more of what decides."""
_TOGETHER = 16
"""Swaps evaluated in one call."""
_ROUNDING = 1e-9

Means = Callable[[NDArray[np.bool_]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Bool (M, n) -> float64 (M,), what decides; float64 (bounds, M), the others in multiples of all players'."""


@dataclass(eq=False)
class BoundedSearch:
    """What a method is given for errors; it remembers what it was asked.

    Args:
        means: tells what decides and what is bounded.
        bounds: of the latter, in the same order.
    """

    means: Means
    bounds: Sequence[Bound]
    _known: dict[bytes, tuple[float, float]] = field(default_factory=dict)

    def __call__(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n) -> float64 (M,): the deciding error, raised by what is beyond the bounds."""
        errors, ratios = self.means(masks)
        beyond = ratios / np.array([[bound.most] for bound in self.bounds])
        for mask, error, most in zip(masks, errors.tolist(), beyond.max(axis=0).tolist(), strict=True):
            self._known[mask.tobytes()] = error, most
        raised: NDArray[np.float64] = errors * np.prod(np.maximum(beyond, 1.0), axis=0) ** _POWER
        return raised

    def within(self, room: Room, budget: int, found: Selection, swaps: int) -> tuple[Selection, bool]:
        """The best set of a budget that was evaluated, and whether it is within the bounds.

        Args:
            room: which sets there may be.
            budget: how many lines.
            found: what the method chose by the raised errors.
            swaps: how many sets a swap away from the best may be evaluated to better it: where few sets are within the
                bounds, the raised errors lead near them only.
        """
        n_active = room.n_active(budget)
        chosen = as_masks([found.players], room.n)[0] & room.active
        if chosen.tobytes() not in self._known:
            self(chosen[None])
        masks = (np.frombuffer(key, bool) for key in self._known)
        sets = [tuple(np.flatnonzero(mask).tolist()) for mask in masks if mask.sum() == n_active]
        allowed = [players for players in sets if room.fits(players, budget)]
        best = self._bettered(room, budget, min(allowed, key=lambda players: self._rank(players, room.n)), swaps)
        beyond = self._known[as_masks([best], room.n)[0].tobytes()][1]
        ok = beyond <= 1 + _ROUNDING
        told = " and ".join(bound.told for bound in self.bounds)
        if ok:
            note = f"{told}: the best of {len(allowed)} evaluated sets of {budget} lines"
        else:
            nearest = f"the nearest is beyond it by {100 * (beyond - 1):.1f} %"
            note = f"no evaluated set of {budget} lines has {told} on the frames for choosing; {nearest}"
        return replace(found, players=room.take(best, budget), notes=(*found.notes, note)), ok

    def _bettered(self, room: Room, budget: int, best: Members, swaps: int) -> Members:
        """The best set that swaps of one or two players for others lead to, near ones first."""
        waiting = _swapped(room, budget, best)
        while swaps > 0:
            some = list(itertools.islice(waiting, min(_TOGETHER, swaps)))
            if not some:
                break
            masks = as_masks(some, room.n)
            unknown = np.array([mask.tobytes() not in self._known for mask in masks])
            if unknown.any():
                self(masks[unknown])
                swaps -= int(unknown.sum())
            found = min(some, key=lambda players: self._rank(players, room.n))
            if self._rank(found, room.n) < self._rank(best, room.n):
                best = found
                waiting = _swapped(room, budget, best)
        return best

    def _rank(self, players: Members, n: int) -> tuple[float, float]:
        error, beyond = self._known[as_masks([players], n)[0].tobytes()]
        return (max(beyond, 1.0) if beyond > 1 + _ROUNDING else 0.0), error


def _swapped(room: Room, budget: int, players: Members) -> Iterator[Members]:
    """Allowed sets that have one other player, then two others, those nearest in number first."""
    free = [int(player) for player in room.candidates if player not in players]
    given = [player for player in players if player not in room.keep and room.active[player]]
    for count in (1, 2):
        swaps = [
            (sum(abs(new - old) for old, new in zip(leaving, coming, strict=True)), leaving, coming)
            for leaving in itertools.combinations(given, count)
            for coming in itertools.combinations(free, count)
        ]
        for _, leaving, coming in sorted(swaps):
            some = tuple(sorted(({*players} - {*leaving}) | {*coming}))
            if room.fits(some, budget):
                yield some


def held(rows: Sequence[ReportRow], chosen: Members, bounds: Sequence[Bound]) -> tuple[list[str], list[Caution]]:
    """How the chosen lines keep the bounds on the frames judged, where they were not chosen: those kept as notes, the
    others as cautions.

    rows: of the report, that of all lines first.
    """
    row = next(row for row in rows if tuple(row.lines) == chosen)
    kept: list[str] = []
    broken: list[Caution] = []
    for bound in bounds:
        ratio = error_of(row, bound.criterion.name) / error_of(rows[0], bound.criterion.name)
        said = f"On the judged frames {bound.criterion.title} is {ratio:.3f} times that of all lines; "
        said += f"at most {bound.most:g} was asked for."
        if ratio > bound.most:
            broken.append(Caution("bound", said))
        else:
            kept.append(said)
    return kept, broken


def bounded_means(game: StoredGame[LineGame], bounds: Sequence[Bound]) -> Means:
    """What a search within bounds asks a game for.

    Raises:
        BadInputError: all lines cannot be judged, or have no error, so that nothing is a multiple of theirs; or no
            frame has pixels where a bound looks.
    """
    lines = game.game
    if lines.dataset.ground_truth == OWN_SCAN:
        problem = "its ground truth is the frames' own scans, which cannot judge all lines, as --at-most asks"
        raise BadInputError(lines.dataset.root, problem, "leave --at-most out, or give other ground truth")
    decides = [criterion(game.metric), *(bound.criterion for bound in bounds)]
    telling = [set(require_telling(lines, each.name)) for each in decides]
    everybody = np.ones((1, game.n_players), bool)
    weights = np.ones(game.n_frames) if game.frame_weights is None else game.frame_weights

    def means(masks: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        asked = np.concatenate([masks, everybody])
        sums = np.zeros((len(decides), len(asked)))
        for frame, errors in enumerate(game.errors_many((frame, asked) for frame in range(game.n_frames))):
            for number, each in enumerate(decides):
                if frame in telling[number]:
                    sums[number] += weights[frame] * game.told_by(each, frame, errors)
        mean = sums / np.array([[weights[list(frames)].sum()] for frames in telling])
        if not mean[1:, -1].all():
            problem = "all lines have no error, so that --at-most asks for nothing that could be had"
            raise BadInputError(lines.dataset.root, problem, "leave it out")
        return mean[0, :-1], mean[1:, :-1] / mean[1:, -1:]

    return means
