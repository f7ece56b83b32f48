"""The one frame that the report shows: input, completion and error for the chosen lines and for all of them."""

import numpy as np

from lidarsel.game import LineGame
from lidarsel.report.pictures import ReportPictures
from lidarsel.selection.room import Lines


def report_pictures(game: LineGame, lines: Lines) -> ReportPictures:
    """Pictures of the game's middle frame."""
    middle = len(game) // 2
    frame = game.frame(middle)
    kept = np.zeros(game.n_lines, bool)
    kept[list(lines)] = True
    sparse_m, completion_m = game.complete(middle, kept)
    _, completion_all_m = game.complete(middle, np.ones(game.n_lines, bool))
    assert frame.ground_truth_m is not None
    return ReportPictures(
        frame_id=frame.frame_id,
        image=frame.image,
        points=frame.points,
        lines=lines,
        sparse_m=sparse_m,
        completion_m=completion_m,
        completion_all_m=completion_all_m,
        ground_truth_m=frame.ground_truth_m,
    )
