"""Stage 3: how accurate completion is with the chosen lines, beside all lines and no line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import FIGURES
from lidarsel.confidence import NO_INTERVAL, Grouping, Groups, error_interval, independent_groups, mean_interval
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.report_rows import ReportRow
from lidarsel.selection.room import Members
from lidarsel.workflow.deciding import errors_by, require_decidable, tell_apart
from lidarsel.workflow.expected import JUDGING
from lidarsel.workflow.sanity import Facts, require_differences, require_lidar_seen, require_lines_in_image
from lidarsel.workflow.standings import with_deciding_errors, with_standings

RMSE = FIGURES.index("rmse_mm")


@dataclass(frozen=True)
class Choice:
    """Lines to be judged and the method that chose them.

    untold: where they imitate a product, the share of its lines that they cannot tell of.
    """

    method: str
    lines: Members
    untold: float | None = None


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
        intervals_between: what the rows' intervals count as independent.
        constant_rmse_mm: mean over frames of the RMSE of one constant depth.
        points_per_line: float64 (n_lines,), mean number of a line's points in the image of the frames.
        frame_errors: float64 (frames, rows), by the metric; NaN on a frame that does not tell it.
    """

    rows: list[ReportRow]
    metric: str
    chosen: Choice
    frames: list[str]
    frame_digests: list[str]
    chosen_on_frames: list[str]
    intervals_between: Grouping
    constant_rmse_mm: float
    points_per_line: NDArray[np.float64]
    frame_errors: NDArray[np.float64]


def judge(
    game: StoredGame[LineGame],
    choices: Sequence[Choice],
    chosen: Choice,
    chosen_on_frames: Sequence[str],
    criteria: Sequence[str] = (),
) -> Judgement:
    """Judge every choice, and beside them all lines and no line.

    Args:
        game: on the frames to judge on.
        choices: lines and the methods that chose them.
        chosen: the choice that is the answer. A choice of another method is compared with that of the answer's method
            that has as many lines.
        chosen_on_frames: names of the frames that lines were chosen on.
        criteria: what else decides somewhere, told of every row beside the game's metric.

    Raises:
        BadInputError: no frame tells one of the criteria, no line reaches an image, all sets of lines have the same
            error, or the network sees no lidar.
    """
    for metric in (game.metric, *criteria):
        require_decidable(game.game, metric)
    require_lines_in_image(game.game.dataset.root, game.game.points_per_line())
    require_lidar_seen(game.game)
    n_lines = game.n_players
    ordered = [Choice("all", tuple(range(n_lines))), *choices, Choice("none", ())]
    coalitions = np.zeros((len(ordered), n_lines), bool)
    for row, choice in zip(coalitions, ordered, strict=True):
        row[list(choice.lines)] = True
    errors = np.empty((game.n_frames, len(ordered), len(game.figures)))
    with step(JUDGING) as advance:
        requests = ((frame, coalitions) for frame in range(game.n_frames))
        for frame, found in enumerate(game.errors_many(requests)):
            errors[frame] = found
            advance(frame + 1, game.n_frames)
    require_differences(game.game.dataset.root, game.game.network.name, errors[..., RMSE])
    unjudged = np.sum([game.game.unjudged(frame, coalitions) for frame in range(game.n_frames)], axis=0)
    rmse_all_mm = float(errors[:, 0, RMSE].mean())
    rivals = _rivals(ordered, chosen.method)
    groups = independent_groups(game.game.drives)
    rows = [
        row_of(
            choice,
            errors[:, position],
            rmse_all_mm,
            groups,
            None if rival is None else errors[:, rival, RMSE],
            int(unjudged[position]),
        )
        for position, (choice, rival) in enumerate(zip(ordered, rivals, strict=True))
    ]
    rows = tell_apart(rows, game.game, coalitions, errors, [game.metric, *criteria])
    telling, deciding = errors_by(game.metric, game.game, errors)
    deciding_groups = independent_groups([game.game.drives[frame] for frame in telling])
    rows = with_deciding_errors(rows, deciding, deciding_groups, rivals)
    frame_errors = np.full(errors.shape[:2], np.nan)
    frame_errors[telling] = deciding
    digests = [game.game.digest(frame) for frame in range(game.n_frames)]
    names = list(game.game.frame_ids)
    return Judgement(
        rows=with_standings(rows, deciding, deciding_groups),
        metric=game.metric,
        chosen=chosen,
        frames=names,
        frame_digests=digests,
        chosen_on_frames=list(chosen_on_frames),
        intervals_between=groups.kind,
        constant_rmse_mm=game.game.constant_rmse_mm(),
        points_per_line=game.game.points_per_line(),
        frame_errors=frame_errors,
    )


def with_judgement(facts: Facts, judgement: Judgement) -> Facts:
    """What is known of an answer once it is judged as well."""
    return replace(
        facts,
        rows=judgement.rows,
        chosen_lines=judgement.chosen.lines,
        constant_rmse_mm=judgement.constant_rmse_mm,
    )


def _rivals(choices: Sequence[Choice], method: str) -> list[int | None]:
    """For each choice of another method, the place of that of ``method`` with as many lines; None without one."""
    of_method = {len(choice.lines): place for place, choice in enumerate(choices) if choice.method == method}
    return [None if choice.method == method else of_method.get(len(choice.lines)) for choice in choices]


def row_of(
    choice: Choice,
    errors: NDArray[np.float64],
    rmse_all_mm: float,
    groups: Groups,
    rival: NDArray[np.float64] | None,
    unjudged: int = 0,
) -> ReportRow:
    """A row of the report.

    Args:
        choice: whose.
        errors: float64 (F, figures), FIGURES first.
        rmse_all_mm: of all lines.
        groups: which frames belong together.
        rival: float64 (F,), RMSE of the chosen method's lines on the same frames; None where there is nothing to
            compare with.
        unjudged: on how many of the frames nothing was left to judge by.
    """
    figures = dict(zip(FIGURES, errors[:, : len(FIGURES)].mean(axis=0).tolist(), strict=True))
    rmse_mm = errors[:, RMSE]
    interval = error_interval(rmse_mm, groups)
    to_chosen = NO_INTERVAL if rival is None else mean_interval(rmse_mm - rival, groups)
    return ReportRow(
        method=choice.method,
        budget=len(choice.lines),
        lines=list(choice.lines),
        **figures,
        rmse_low_mm=interval.low,
        rmse_high_mm=interval.high,
        n_frames=len(errors),
        ratio_to_all=figures["rmse_mm"] / rmse_all_mm if rmse_all_mm else None,
        degrees_of_freedom=interval.degrees_of_freedom,
        to_chosen_low_mm=to_chosen.low,
        to_chosen_high_mm=to_chosen.high,
        unjudged_frames=unjudged,
        untold=choice.untold,
    )
