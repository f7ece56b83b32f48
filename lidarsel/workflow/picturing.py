"""The frames that the report shows: input, completion and error for the chosen lines and for all of them."""

import numpy as np

from lidarsel.evaluation.line_game import LineGame
from lidarsel.report.page.frame_browser import MOST_FRAMES
from lidarsel.report.pictures.judged_frame import JudgedFrame
from lidarsel.selection.room import Members


def shown_frames(game: LineGame, lines: Members) -> list[JudgedFrame]:
    """Some of the game's frames in order, evenly spread from the first to the last."""
    places = np.linspace(0, len(game) - 1, min(MOST_FRAMES, len(game))).round().astype(int)
    return [_judged(game, int(place), lines) for place in places]


def _judged(game: LineGame, place: int, lines: Members) -> JudgedFrame:
    frame = game.frame(place)
    kept = np.zeros(game.n_lines, bool)
    kept[list(lines)] = True
    sparse_m, completion_m = game.complete(place, kept)
    whole = np.ones(game.n_lines, bool)
    _, completion_all_m = game.complete(place, whole)
    assert frame.ground_truth_m is not None
    return JudgedFrame(
        frame_id=frame.frame_id,
        image=frame.image,
        points=frame.points,
        lines=lines,
        sparse_m=sparse_m,
        completion_m=completion_m,
        completion_all_m=completion_all_m,
        ground_truth_m=frame.ground_truth_m,
        judged_m=game.truth_for(place, kept),
        judged_all_m=game.truth_for(place, whole),
    )
