"""Stage 3: how accurate completion is with the chosen lines, beside all lines and no line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import Metric
from lidarsel.contracts import ReportRow
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.selection.room import Lines

_RESAMPLES = 2000


@dataclass(frozen=True)
class Choice:
    """Lines to be judged and the method that chose them."""

    method: str
    lines: Lines


@dataclass(frozen=True)
class Judgement:
    """How accurate completion is with each choice of lines.

    Attributes:
        rows: of all lines first, of the choices in their order, of no line last.
        metric: the error that decided.
        chosen: the choice that the others stand beside.
        frames: names of the frames judged on.
        frame_digests: their content.
        chosen_on_frames: names of those that lines were chosen on.
    """

    rows: list[ReportRow]
    metric: Metric
    chosen: Choice
    frames: list[str]
    frame_digests: list[str]
    chosen_on_frames: list[str]


def judge(
    game: StoredGame[LineGame], choices: Sequence[Choice], chosen: Choice, chosen_on_frames: Sequence[str], seed: int
) -> Judgement:
    """Judge all choices, all lines and no line.

    Args:
        game: on the frames to judge on.
        choices: lines and the methods that chose them.
        chosen: the one of them that the others are compared with, at its own budget and all others of its method.
        chosen_on_frames: names of the frames that lines were chosen on.
        seed: of the intervals.
    """
    n_lines = game.n_players
    ordered = [Choice("all", tuple(range(n_lines))), *choices, Choice("none", ())]
    coalitions = np.zeros((len(ordered), n_lines), bool)
    for row, choice in zip(coalitions, ordered, strict=True):
        row[list(choice.lines)] = True
    errors = np.empty((game.n_frames, len(ordered), len(game.figures)))
    with step("judging") as advance:
        requests = ((frame, coalitions) for frame in range(game.n_frames))
        for frame, found in enumerate(game.errors_many(requests)):
            errors[frame] = found
            advance(frame + 1, game.n_frames)
    rmse_all_mm = float(errors[:, 0, 0].mean())
    rivals = _rivals(ordered, chosen.method, errors)
    rows = [
        _row(choice, errors[:, position], rmse_all_mm, seed, rival)
        for position, (choice, rival) in enumerate(zip(ordered, rivals, strict=True))
    ]
    digests = [game.game.digest(frame) for frame in range(game.n_frames)]
    return Judgement(rows, game.metric, chosen, list(game.game.frame_ids), digests, list(chosen_on_frames))


def bootstrap_interval(per_frame: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """95 % interval of the mean of float64 (F,) by resampling frames (percentile bootstrap, Efron 1979).

    One frame says nothing of others: its interval is the figure itself.
    """
    from scipy.stats import bootstrap

    if len(per_frame) < 2 or np.ptp(per_frame) == 0:
        mean = float(per_frame.mean())
        return mean, mean
    interval = bootstrap(
        (per_frame,),
        np.mean,
        n_resamples=_RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def _rivals(choices: Sequence[Choice], method: str, errors: NDArray[np.float64]) -> list[NDArray[np.float64] | None]:
    """For each choice of another method, the RMSE of ``method`` with as many lines, float64 (F,); None without one."""
    of_method = {len(choice.lines): place for place, choice in enumerate(choices) if choice.method == method}
    places = [None if choice.method == method else of_method.get(len(choice.lines)) for choice in choices]
    return [None if place is None else errors[:, place, 0] for place in places]


def _row(
    choice: Choice,
    errors: NDArray[np.float64],
    rmse_all_mm: float,
    seed: int,
    rival: NDArray[np.float64] | None,
) -> ReportRow:
    rmse_mm, mae_mm, irmse_per_km, imae_per_km = (float(mean) for mean in errors.mean(axis=0))
    low, high = bootstrap_interval(errors[:, 0], seed)
    to_chosen = (None, None) if rival is None else bootstrap_interval(errors[:, 0] - rival, seed)
    return ReportRow(
        method=choice.method,
        budget=len(choice.lines),
        lines=list(choice.lines),
        rmse_mm=rmse_mm,
        rmse_low_mm=low,
        rmse_high_mm=high,
        mae_mm=mae_mm,
        irmse_per_km=irmse_per_km,
        imae_per_km=imae_per_km,
        n_frames=len(errors),
        ratio_to_all=rmse_mm / rmse_all_mm if rmse_all_mm else None,
        to_chosen_low_mm=to_chosen[0],
        to_chosen_high_mm=to_chosen[1],
    )
