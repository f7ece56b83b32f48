"""Whether what decides can be told on frames, and what a report's rows say of it beside the four figures."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import FIGURES, METRICS
from lidarsel.criterion import BALANCED, NoRatioError, criterion
from lidarsel.datasets.base import is_labelled
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.parts import ClassPart, TruthPart, figure_names
from lidarsel.report_rows import PartErrors, ReportRow

OWN_SCAN = "scan"


def require_decidable(game: LineGame, metric: str) -> None:
    """Refuse what cannot decide: errors on a class where no label tells any, and, where the ground truth is the frames'
    own scans, multiples of all lines' errors and errors within a part.

    A set of lines is judged there at the points of the others: all lines at none, so that nothing is a multiple of
    their errors; and whoever keeps every line that reaches a band would have no error in it.

    Raises:
        BadInputError: naming the data.
    """
    decides = criterion(metric)
    if any(isinstance(part, ClassPart) for part in decides.parts) and not is_labelled(game.dataset):
        problem = f"has no labels that tell classes, by which --metric {metric} decides"
        remedy = "give another metric, or data with labels (see datasets/README.md)"
        raise BadInputError(game.dataset.root, problem, remedy)
    if game.dataset.ground_truth == OWN_SCAN and (decides.is_relative or decides.parts):
        why = "all lines" if decides.is_relative else "the lines that reach a band or a thing"
        problem = f"its ground truth is the frames' own scans, which cannot judge {why}, and --metric {metric} asks so"
        raise BadInputError(game.dataset.root, problem, "give --metric rmse, mae, irmse or imae, or other ground truth")


def telling_frames(game: LineGame, metric: str) -> list[int]:
    """The game's frames, by number, that have pixels in every part that decides."""
    parts = criterion(metric).parts
    if not parts:
        return list(range(len(game)))
    columns = [game.parts.index(part) for part in parts]
    nothing = np.zeros((1, game.n_lines), np.bool_)
    return [frame for frame in range(len(game)) if game.part_pixels(frame, nothing)[0, columns].all()]


def require_telling(game: LineGame, metric: str) -> list[int]:
    """``telling_frames``, at least one.

    Raises:
        BadInputError: no frame has pixels there, or ``require_decidable`` refuses.
    """
    require_decidable(game, metric)
    telling = telling_frames(game, metric)
    if not telling:
        problem = f"no frame has ground truth {_told(criterion(metric).parts)}, where --metric {metric} decides"
        raise BadInputError(game.dataset.root, problem, "give another band or class, or data with ground truth there")
    return telling


def left_out(game: LineGame, metric: str, n_telling: int) -> list[str]:
    """A note where fewer of the game's frames tell what decides."""
    lacking = len(game) - n_telling
    if not lacking:
        return []
    where = _told(criterion(metric).parts)
    return [
        f"{lacking} of the {len(game)} frames for choosing have no ground truth {where}: no line was chosen on them."
    ]


def errors_by(metric: str, game: LineGame, errors: NDArray[np.float64]) -> tuple[list[int], NDArray[np.float64]]:
    """What decides, frame by frame.

    Args:
        metric: what it is.
        game: on the frames judged.
        errors: float64 (frames, M, F) by the figures of the game's key; the first of M is of all lines.

    Returns:
        The frames that tell it, by number, and float64 (so many, M).

    Raises:
        BadInputError: no frame tells it.
        NoRatioError: it is relative, and all lines have no error on a frame.
    """
    telling, decides, figures = require_telling(game, metric), criterion(metric), game.key.figures
    return telling, np.array([decides.of(errors[frame], figures, errors[frame, 0]) for frame in telling])


def tell_apart(
    rows: Sequence[ReportRow],
    game: LineGame,
    coalitions: NDArray[np.bool_],
    errors: NDArray[np.float64],
    criteria: Sequence[str],
) -> list[ReportRow]:
    """Rows with their errors by part, and by all that may decide.

    Args:
        rows: M, the first of all lines.
        game: on the frames judged.
        coalitions: bool (M, n_lines), of the rows.
        errors: float64 (frames, M, F) by the figures of the game's key.
        criteria: what is to be told; ``balanced`` is told where it can be.

    Raises:
        BadInputError: one of the criteria cannot be told of any frame.
    """
    n_frames = len(game)
    pixels = np.array([game.part_pixels(frame, coalitions) for frame in range(n_frames)])
    of_depth = errors[..., : len(figure_names(game.parts))]  # without a spread, which stands at the end
    within = of_depth.reshape(*errors.shape[:2], -1, len(FIGURES))[:, :, 1:]
    others: dict[str, NDArray[np.float64]] = {}
    for metric in dict.fromkeys([*criteria, BALANCED]):
        if metric in METRICS:
            continue
        try:
            others[metric] = errors_by(metric, game, errors)[1].mean(axis=0)
        except (BadInputError, NoRatioError) as error:
            if metric not in criteria:
                continue
            if isinstance(error, BadInputError):
                raise
            raise BadInputError(game.dataset.root, str(error), "give --metric rmse, or other ground truth") from error
    return [
        msgspec.structs.replace(
            row,
            by_part=[
                _part_errors(part.name, within[:, place, number], pixels[:, place, number])
                for number, part in enumerate(game.parts)
            ],
            errors_by={metric: float(found[place]) for metric, found in others.items()},
        )
        for place, row in enumerate(rows)
    ]


def _part_errors(part: str, errors: NDArray[np.float64], pixels: NDArray[np.int64]) -> PartErrors:
    """Of one row. errors: float64 (frames, 4) by FIGURES. pixels: int64 (frames,), judged within the part."""
    there = pixels > 0
    means = errors[there].mean(axis=0).tolist() if there.any() else [None] * len(FIGURES)
    figures = dict(zip(FIGURES, means, strict=True))
    return PartErrors(part=part, **figures, n_frames=int(there.sum()), n_pixels=int(pixels.sum()))


def _told(parts: Sequence[TruthPart]) -> str:
    return " and ".join(part.place for part in parts)
