"""Stage 3: how accurate completion is with the chosen lines, beside all lines and no line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import METRICS, LinesFile, ReportFile, ReportRow
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.selection.room import Lines
from lidarsel.workflow.inputs import Inputs

_RESAMPLES = 2000


@dataclass(frozen=True)
class Choice:
    """Lines to be judged and the method that chose them."""

    method: str
    lines: Lines


def judge(
    inputs: Inputs,
    game: StoredGame[LineGame],
    choices: Sequence[Choice],
    chosen: Choice,
    chosen_on_frames: Sequence[str],
) -> ReportFile:
    """The report of all choices on the game's frames, with rows "all" and "none" first and last."""
    n_lines = inputs.dataset.n_lines
    everything = Choice("all", tuple(range(n_lines)))
    ordered = [everything, *choices, Choice("none", ())]
    coalitions = np.zeros((len(ordered), n_lines), bool)
    for row, choice in zip(coalitions, ordered, strict=True):
        row[list(choice.lines)] = True
    errors = np.empty((game.n_frames, len(ordered), len(METRICS)))
    with step("judging") as advance:
        requests = ((frame, coalitions) for frame in range(game.n_frames))
        for frame, found in enumerate(game.errors_many(requests)):
            errors[frame] = found
            advance(frame + 1, game.n_frames)
    judged_on = list(game.game.frame_ids)
    same_frames = bool(set(judged_on) & set(chosen_on_frames))
    return ReportFile(
        **inputs.provenance(),  # type: ignore[arg-type]
        sensor=inputs.dataset.sensor,
        n_lines=n_lines,
        elevation_deg=[round(float(angle), 4) for angle in inputs.dataset.elevation_deg],
        metric=inputs.settings.metric,
        ground_truth=inputs.dataset.ground_truth,
        frames=judged_on,
        chosen_on_frames=list(chosen_on_frames),
        same_frames=same_frames,
        chosen_method=chosen.method,
        chosen_budget=len(chosen.lines),
        notes=inputs.notes(),
        rows=[
            _row(choice, errors[:, position], float(errors[:, 0, 0].mean()), inputs.settings.seed, rival)
            for position, (choice, rival) in enumerate(
                zip(ordered, _rivals(ordered, chosen.method, errors), strict=True)
            )
        ],
    )


def judge_files(inputs: Inputs, game: StoredGame[LineGame], files: Mapping[Path, LinesFile]) -> ReportFile:
    """The report of lines read from files. Raises BadInputError for lines of a sensor with another number of lines."""
    for path, file in files.items():
        if file.n_lines != inputs.dataset.n_lines:
            problem = f"made for {file.n_lines} lines, but {inputs.data} has {inputs.dataset.n_lines}"
            raise BadInputError(path, problem, "give lines chosen for this sensor")
    choices = [Choice(file.method, tuple(file.lines)) for file in files.values()]
    chosen_on = dict.fromkeys(frame for file in files.values() for frame in file.chosen_on_frames)
    return judge(inputs, game, choices, choices[0], list(chosen_on))


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
