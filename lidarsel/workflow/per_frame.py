"""Lines chosen anew for every frame: what a programmable lidar would gain over one fixed set of lines.

Each frame is a game of its own, and the method of the job chooses on it alone; one that reads features instead learns
from the frames for choosing how to tell a frame's lines from its points. Judged on the very frame they were chosen on,
such sets are a bound; judged on the next frame of the drive, they are what could really be had.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import independent_groups, mean_interval
from lidarsel.contracts import ReportFile
from lidarsel.criterion import criterion
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.report_rows import ChosenOn, PerFrameRow
from lidarsel.selection.base import Players, Problem
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.importance import Importance
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Members
from lidarsel.settings import RunSettings
from lidarsel.workflow.deciding import telling_frames
from lidarsel.workflow.expected import PER_FRAME
from lidarsel.workflow.per_frame_importance import choose_by_importance
from lidarsel.workflow.valuing import value_lines
from lidarsel.writing import write_bytes

ErrorsOn = Callable[[int, NDArray[np.bool_]], NDArray[np.float64]]
"""``(frame, sets)``: bool (M, n) sets of lines -> float64 (M,), their errors on a frame."""


@dataclass(frozen=True)
class PerFrameChoice:
    """A judged frame, by index into the data set: the lines chosen on ``source`` for it, beside the fixed ones."""

    budget: int
    frame: int
    source: int
    lines: Members
    error: float
    fixed_error: float


@dataclass(frozen=True)
class PerFrame:
    """Rows for the report, and the choices that they are means of.

    importance: of lines by frame, where the method reads features; else empty.
    """

    rows: list[PerFrameRow]
    choices: list[PerFrameChoice]
    importance: Mapping[int, Importance]


def choose_per_frame(
    valuing: StoredGame[LineGame],
    judged: StoredGame[LineGame],
    game_on: Callable[[Sequence[int]], StoredGame[LineGame]],
    fixed: Mapping[int, Members],
    settings: RunSettings,
) -> PerFrame:
    """What choosing by frame gives, by the method ``settings.choose``.

    With Shapley values it gets those of each frame, and it may evaluate as many sets on each frame as on all frames
    for the fixed lines. A method that reads features of frames evaluates them on the frames for choosing, and none on
    a judged one.

    Args:
        valuing: the game on the frames for choosing.
        judged: the game on the frames to judge on.
        game_on: the same game on any frames, indices into the data set.
        fixed: the lines of each budget that are compared with.
        settings: the method, and what it needs.
    """
    frames, drives = judged.game.frames, judged.game.dataset.drives
    before = frame_before(drives, frames)
    every = sorted({*frames, *before.values()})
    wanted = [every[number] for number in telling_frames(game_on(every).game, judged.metric)]
    telling = [frame for frame in frames if frame in wanted]
    before = {frame: source for frame, source in before.items() if {frame, source} <= {*wanted}}
    importance: Mapping[int, Importance] = {}
    if selector(settings.choose).reads_features:
        importance, chosen = choose_by_importance(valuing, wanted, list(fixed), settings)
    else:
        chosen = _choose_on_each(game_on, wanted, fixed, settings)
    place = {frame: number for number, frame in enumerate(frames)}

    def errors_on(frame: int, sets: NDArray[np.bool_]) -> NDArray[np.float64]:
        return -judged.values(place[frame], sets)

    sources: dict[ChosenOn, Mapping[int, int]] = {
        "same frame": {frame: frame for frame in telling},
        "previous frame": before,
    }
    rows, choices = [], []
    for budget, lines in fixed.items():
        for chosen_on, source in sources.items():
            sets = {frame: chosen[frame][budget] for frame in source.values()}
            found = judge_choices(errors_on, source, sets, lines, judged.n_players)
            if found:
                rows.append(per_frame_row(settings.choose, chosen_on, found, drives))
                choices += found
    return PerFrame(rows, choices, importance)


def frame_before(drives: Sequence[str], frames: Sequence[int]) -> dict[int, int]:
    """For each of the frames, the one before it in its drive, used otherwise or not; a drive's first frame has none."""
    return {frame: frame - 1 for frame in frames if frame > 0 and drives[frame - 1] == drives[frame]}


def choose_on(problem: Problem, method: str, fixed: Mapping[int, Members]) -> dict[int, Members]:
    """The lines a method keeps for a frame's problem, at each budget of ``fixed``.

    A method that evaluates keeps the fixed lines where it finds none of less error: nobody would switch to worse ones.
    """
    select = selector(method)
    chosen = {budget: selection.players for budget, selection in select(problem, list(fixed)).items()}
    if select.needs_errors:
        error = problem.memory(method)
        for budget, lines in fixed.items():
            own, of_fixed = error(as_masks([chosen[budget], lines], problem.players.n))
            if of_fixed < own:
                chosen[budget] = lines
    return chosen


def judge_choices(
    errors_on: ErrorsOn, source: Mapping[int, int], sets: Mapping[int, Members], fixed: Members, n_lines: int
) -> list[PerFrameChoice]:
    """For each frame, the set chosen for it beside the fixed set, both judged on the frame.

    Args:
        errors_on: tells errors of sets on a frame.
        source: of each frame, the one that its set was chosen on.
        sets: what was chosen on each of these.
        fixed: the set chosen on all of them together.
        n_lines: of the sensor.
    """
    found = []
    for frame, chosen_on in source.items():
        lines = sets[chosen_on]
        error, fixed_error = errors_on(frame, as_masks([lines, fixed], n_lines)).tolist()
        found.append(PerFrameChoice(len(fixed), frame, chosen_on, lines, error, fixed_error))
    return found


def per_frame_row(
    method: str, chosen_on: ChosenOn, choices: Sequence[PerFrameChoice], drives: Sequence[str]
) -> PerFrameRow:
    """Means over frames of one budget; the interval is of the gain itself, frame by frame (paired).

    drives: of every frame of the data set.
    """
    error = np.array([one.error for one in choices])
    fixed_error = np.array([one.fixed_error for one in choices])
    interval = mean_interval(fixed_error - error, independent_groups([drives[one.frame] for one in choices]))
    return PerFrameRow(
        method=method,
        budget=choices[0].budget,
        chosen_on=chosen_on,
        n_frames=len(choices),
        error=float(error.mean()),
        fixed_error=float(fixed_error.mean()),
        gain=float((fixed_error - error).mean()),
        gain_low=interval.low,
        gain_high=interval.high,
        degrees_of_freedom=interval.degrees_of_freedom,
    )


def write_choices(path: Path, report: ReportFile, frame_ids: Sequence[str], choices: Sequence[PerFrameChoice]) -> None:
    """A row for each budget, judged frame and frame its lines were chosen on. Raises OutputError."""
    figure = criterion(report.metric).figure
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["method", "budget", "frame", "chosen_on_frame", "lines", figure, f"fixed_{figure}"])
    for one in choices:
        lines = " ".join(map(str, one.lines))
        ids = [frame_ids[one.frame], frame_ids[one.source]]
        rows.writerow([report.chosen_method, one.budget, *ids, lines, repr(one.error), repr(one.fixed_error)])
    write_bytes(path, text.getvalue().encode())


def _choose_on_each(
    game_on: Callable[[Sequence[int]], StoredGame[LineGame]],
    frames: list[int],
    fixed: Mapping[int, Members],
    settings: RunSettings,
) -> dict[int, dict[int, Members]]:
    """By frame and budget, the lines chosen on each frame alone."""
    value = None
    if selector(settings.choose).needs_values:
        value = value_lines(game_on(frames), settings).estimate.per_frame
    chosen = {}
    with step(PER_FRAME) as advance:
        for done, frame in enumerate(frames):
            game = game_on([frame])
            problem = Problem(
                players=Players(game.game.points_per_line(), None if value is None else value[done], kind="line"),
                constraints=settings.constraints(),
                seed=settings.seed,
                error=game.mean_errors,
                evaluations=settings.sets,
            )
            chosen[frame] = choose_on(problem, settings.choose, fixed)
            advance(done + 1, len(frames))
    return chosen
