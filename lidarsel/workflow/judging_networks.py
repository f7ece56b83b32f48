"""How accurate networks are beside each other, at several numbers of lines on the same frames."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import error_interval, independent_groups
from lidarsel.datasets.split import thin_frames
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.metrics import FIGURES
from lidarsel.progress import step
from lidarsel.shrink_files import ErrorAtLines

BUDGETS = (0, 4, 8, 16, 32)
"""Numbers of lines that a network is judged at where the sensor has more; and all of them."""
_RMSE = FIGURES.index("rmse_mm")


def line_numbers(n_lines: int) -> tuple[int | None, ...]:
    """Of a sensor: what networks are judged at; None is all."""
    return (*(budget for budget in BUDGETS if budget < n_lines), None)


def errors_at_lines(game: StoredGame[LineGame], title: str) -> NDArray[np.float64]:
    """Float64 (frames, ``line_numbers``), RMSE in mm with that many lines, in equal steps of those in the image."""
    numbers = line_numbers(game.n_players)

    def coalitions(frame: int) -> NDArray[np.bool_]:
        present = np.flatnonzero(game.game.active(frame))
        kept = np.zeros((len(numbers), game.n_players), np.bool_)
        for row, number in zip(kept, numbers, strict=True):
            row[present[thin_frames(len(present), len(present) if number is None else number)]] = True
        return kept

    errors = np.empty((game.n_frames, len(numbers)))
    with step(title) as advance:
        requests = ((frame, coalitions(frame)) for frame in range(game.n_frames))
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


def mean_over_numbers(errors: NDArray[np.float64]) -> float:
    """One figure: the geometric mean over numbers of lines of the mean over frames, mm; a per cent counts the same at
    each. errors: float64 (frames, numbers)."""
    return float(np.exp(np.log(errors.mean(0)).mean()))
