"""Lines for a frame from what its points look like: the local mode of ``switch``, learned on the frames for choosing.

A judged frame is asked for nothing but the depths of its points, line by line: no ground truth, no evaluation.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.cropping import crop_window
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.frame import UNKNOWN_LINE, ImagePoints
from lidarsel.progress import step
from lidarsel.selection.base import best_first
from lidarsel.selection.importance import Importance
from lidarsel.selection.local_importance import learn_local_importance
from lidarsel.selection.room import Members, Room
from lidarsel.settings import RunSettings
from lidarsel.writing import write_bytes


def choose_by_importance(
    valuing: StoredGame[LineGame], frames: Sequence[int], budgets: Sequence[int], settings: RunSettings
) -> tuple[dict[int, Importance], dict[int, dict[int, Members]]]:
    """Of each frame: its importance, and its lines at each budget.

    Args:
        valuing: the game that is learned from, ``settings.sets`` sets on each of its frames.
        frames: indices into the data set.
        budgets: how many lines to keep.
        settings: constraints, crop and seed.
    """
    lines = valuing.game
    n_lines, asked = lines.n_lines, 0
    with step("learning importance") as advance:

        def error_on(frame: int, sets: NDArray[np.bool_]) -> NDArray[np.float64]:
            nonlocal asked
            errors = -valuing.values(frame, sets)
            asked += len(sets)
            advance(asked, settings.sets * valuing.n_frames)
            return errors

        learned = learn_local_importance(
            error_on,
            np.array([line_features(lines.frame(frame).points, n_lines) for frame in range(len(lines))]),
            Room(lines.points_per_line() > 0, settings.constraints(), "line"),
            budgets,
            settings.sets,
            settings.seed,
        )
        advance(asked, asked)  # a set drawn again is not asked for again
    importance, chosen = {}, {}
    for frame in frames:
        whole = lines.dataset.frame(frame)
        points = whole.crop(*crop_window(settings.crop, whole.size)).points
        importance[frame] = learned.of(line_features(points, n_lines))
        room = Room(points.count_by_line(n_lines) > 0, settings.constraints(), "line")
        chosen[frame] = lines_of(importance[frame], room, budgets)
    return importance, chosen


def line_features(points: ImagePoints, n_lines: int) -> NDArray[np.float64]:
    """Float64 (n_lines, 3): log(1 + points), and mean and standard deviation of log(depth in m), of each line.

    A line without a point has the frame's mean depth and no deviation: its number of points says that it is not there.
    """
    known = points.keep(points.line != UNKNOWN_LINE)
    log_depth = np.log(known.depth_m.astype(np.float64))
    count = known.count_by_line(n_lines)
    mean = np.full(n_lines, log_depth.mean() if len(known) else 0.0)
    there = count > 0
    mean[there] = np.bincount(known.line, log_depth, n_lines)[there] / count[there]
    square = np.bincount(known.line, (log_depth - mean[known.line]) ** 2, n_lines)
    return np.stack([np.log1p(count), mean, np.sqrt(square / np.maximum(count, 1))], axis=1)


def lines_of(importance: Importance, room: Room, budgets: Sequence[int]) -> dict[int, Members]:
    """By budget, the lines of greatest mean importance in a frame's room, which need not be the one learned in."""
    mean = np.zeros(room.n)  # a line without a point in any frame learned from comes after all others
    mean[importance.players] = importance.mean
    order = best_first(mean, room.candidates)
    return {budget: room.take(order, budget) for budget in budgets}


def write_importance(path: Path, frame_ids: Sequence[str], importance: Mapping[int, Importance]) -> None:
    """A row for each frame and line that may be chosen: mean and standard deviation. Raises OutputError."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["frame", "line", "importance", "spread"])
    for frame, found in importance.items():
        for line, mean, spread in zip(found.players.tolist(), found.mean.tolist(), found.spread.tolist(), strict=True):
            rows.writerow([frame_ids[frame], line, repr(mean), repr(spread)])
    write_bytes(path, text.getvalue().encode())
