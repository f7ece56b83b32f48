"""How accurate networks are beside each other, at several numbers of lines on the same frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import FIGURES
from lidarsel.confidence import error_interval, independent_groups
from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_numbers import line_numbers, spaced_lines
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.shrink_files import ErrorAtLines
from lidarsel.workflow.deciding import OWN_SCAN

_RMSE = FIGURES.index("rmse_mm")


def require_other_truth(dataset: Dataset, data: Path) -> None:
    """Raises BadInputError where the ground truth is the frames' own scans, which no network errs on with all lines."""
    if dataset.ground_truth == OWN_SCAN:
        problem = "is judged against its own scans, which say nothing of what a network makes of all lines"
        raise BadInputError(data, problem, "give data with ground truth, or whose frames follow each other")


def errors_at_lines(game: StoredGame[LineGame], title: str) -> NDArray[np.float64]:
    """Float64 (frames, ``line_numbers``), RMSE in mm with that many lines, in equal steps of those in the image."""
    numbers = line_numbers(game.n_players)

    errors = np.empty((game.n_frames, len(numbers)))
    with step(title) as advance:
        requests = ((frame, spaced_lines(game.game.active(frame), numbers)) for frame in range(game.n_frames))
        for frame, found in enumerate(game.errors_many(requests)):
            errors[frame] = found[:, _RMSE]
            advance(frame + 1, game.n_frames)
    return errors


def error_rows(errors: NDArray[np.float64], n_lines: int, drives: Sequence[str]) -> list[ErrorAtLines]:
    """Means over frames with their intervals. errors: float64 (frames, ``line_numbers``). drives: of each frame."""
    groups = independent_groups(drives)
    rows = []
    for number, of_frames in zip(line_numbers(n_lines), errors.T, strict=True):
        interval = error_interval(of_frames, groups)
        rows.append(
            ErrorAtLines(lines=number, rmse_mm=float(of_frames.mean()), low_mm=interval.low, high_mm=interval.high)
        )
    return rows
