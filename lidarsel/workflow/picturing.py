"""The frames that the report shows, and the sets of lines that are completed on each for its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.evaluation.line_game import LineGame
from lidarsel.progress import step
from lidarsel.report.page.frame_browser import MOST_FRAMES
from lidarsel.report.pictures.judged_frame import JudgedFrame
from lidarsel.report.pictures.pictured_set import MOST_ACROSS, PicturedSet, SampledFrame
from lidarsel.report.pictures.sampling import Sampling
from lidarsel.selection.room import Members
from lidarsel.workflow.judging import Judgement

BEST, WORST = "best", "worst"
_MOST_SETS = 64
"""Pictured on the best and on the worst frame each; a pass of the network completes one set on one frame."""


@dataclass(frozen=True)
class Shown:
    """A frame of the game by number, what it stands for, and the sets to picture on it, those of the answer first."""

    place: int
    called: str
    sets: Sequence[Members]


def shown_frames(game: LineGame, judgement: Judgement) -> list[JudgedFrame]:
    """Some of the game's frames in order, with the sets that ``planned_pictures`` has pictured on each.

    Args:
        game: on the frames judged.
        judgement: of them.
    """
    plan = planned_pictures(judgement)
    passes = sum(len(shown.sets) for shown in plan)
    found, done = [], 0
    with step("completing pictures", passes) as advance:
        for shown in plan:
            found.append(_pictured(game, judgement, shown))
            done += len(shown.sets)
            advance(done, passes)
    return found


def planned_pictures(judgement: Judgement) -> list[Shown]:
    """The frames of least and of greatest error with the chosen lines, and others evenly spread between.

    On those two every method and budget is pictured, up to ``_MOST_SETS`` different sets in the order of the rows; on
    the others all lines, no line and the chosen method's lines of each budget.
    """
    rows, chosen = judgement.rows, judgement.chosen
    own = [row for row in rows if row.method in (chosen.method, "all", "none")]
    answer = list(dict.fromkeys((chosen.lines, *(tuple(row.lines) for row in own))))
    every = list(dict.fromkeys((*answer, *(tuple(row.lines) for row in rows))))[: max(_MOST_SETS, len(answer))]
    place = next(i for i, row in enumerate(rows) if tuple(row.lines) == tuple(chosen.lines))
    errors = judgement.frame_errors[:, place]
    told = np.flatnonzero(~np.isnan(errors))
    named: dict[int, str] = {}
    if len(told) > 1:
        named = {int(told[errors[told].argmax()]): WORST, int(told[errors[told].argmin()]): BEST}
    full = set(named) or {int(told[0]) if len(told) else 0}
    spread = np.linspace(0, len(errors) - 1, min(MOST_FRAMES, len(errors))).round().astype(int).tolist()
    places = [*full, *(one for one in spread if one not in full)][:MOST_FRAMES]
    return [Shown(one, named.get(one, ""), every if one in full else answer) for one in sorted(places)]


def _pictured(game: LineGame, judgement: Judgement, shown: Shown) -> JudgedFrame:
    frame = game.frame(shown.place)
    assert frame.ground_truth_m is not None
    sampling = Sampling(frame.ground_truth_m, MOST_ACROSS)
    of_row = {tuple(row.lines): place for place, row in enumerate(judgement.rows)}
    own: dict[Members, tuple[NDArray[np.float32], ...]] = {}
    whole, chosen = tuple(range(game.n_lines)), tuple(judgement.chosen.lines)
    sets = []
    for lines in shown.sets:
        kept = np.zeros(game.n_lines, bool)
        kept[list(lines)] = True
        sparse_m, completion_m = game.complete(shown.place, kept)
        judged_m = game.truth_for(shown.place, kept)
        error_m = np.where(judged_m > 0, np.abs(completion_m - judged_m), np.float32(np.nan))
        error = float(judgement.frame_errors[shown.place, of_row[tuple(lines)]])
        told = None if np.isnan(error) or not judged_m.any() else error
        sets.append(PicturedSet(lines, told, sampling.of(completion_m), sampling.of(error_m)))
        if lines in (whole, chosen):
            own[lines] = (sparse_m, completion_m, judged_m)
    sparse_m, completion_m, judged_m = own[chosen]
    return JudgedFrame(
        frame_id=frame.frame_id,
        image=frame.image,
        points=frame.points,
        lines=chosen,
        sparse_m=sparse_m,
        completion_m=completion_m,
        completion_all_m=own[whole][1],
        ground_truth_m=frame.ground_truth_m,
        judged_m=judged_m,
        judged_all_m=own[whole][2],
        sampled=SampledFrame(sampling.of(frame.ground_truth_m), sampling.lines_of(frame.points), sets),
        called=shown.called,
    )
