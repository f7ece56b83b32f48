"""Stage 1: the Shapley value of every line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import Caution
from lidarsel.choices import ElevationKind
from lidarsel.confidence import half_width
from lidarsel.contracts import ValuesFile
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.report.metric_words import unit_of
from lidarsel.selection.base import Players
from lidarsel.selection.resampling import weights_of_drives
from lidarsel.settings import RunSettings
from lidarsel.shapley.base import ShapleyEstimate
from lidarsel.shapley.registry import estimator
from lidarsel.workflow.expected import VALUING
from lidarsel.workflow.sanity import Facts, require_differences, require_lidar_seen, require_lines_in_image

_PROGRESS_EVERY = 256


@dataclass(frozen=True, eq=False)
class LineValues:
    """The values of lines on some frames.

    Attributes:
        estimate: Shapley values, by line and by frame and line, and what they cost.
        estimator: what estimated them.
        metric: whose opposite the value of a coalition is.
        points_per_line: float64 (n_lines,), the mean number of a line's points in the image.
        sensor: a name for it.
        elevation_deg: float64 (n_lines,). elevation_kind: as in ``Dataset``.
        frames: names of the frames.
        drives: the drive of each.
    """

    estimate: ShapleyEstimate
    estimator: str
    metric: str
    points_per_line: NDArray[np.float64]
    sensor: str
    elevation_deg: NDArray[np.float64]
    elevation_kind: ElevationKind
    frames: list[str]
    drives: list[str]

    def players(self) -> Players:
        """What selectors choose from."""
        return Players(self.points_per_line, self.choosing_mean, self.estimate.standard_error, kind="line")

    @property
    def choosing_mean(self) -> NDArray[np.float64]:
        """Float64 (n_lines,): the values that lines are chosen by, in which each drive counts the same."""
        weights = weights_of_drives(self.drives)
        return self.estimate.mean if weights is None else np.sum(weights[:, None] * self.estimate.per_frame, axis=0)


def value_lines(game: StoredGame[LineGame], settings: RunSettings) -> LineValues:
    """Estimate the Shapley value of every line.

    Args:
        game: on the frames that lines are chosen on.
        settings: the estimator, its evaluations and what may stop it sooner, the seed.

    Raises:
        BadInputError: no line reaches an image, or all sets of lines have the same error.
    """
    lines = game.game
    with step("reading frames") as advance:
        for frame in range(game.n_frames):
            lines.active(frame)
            advance(frame + 1, game.n_frames)
    points = lines.points_per_line()
    require_lines_in_image(lines.dataset.root, points)
    require_lidar_seen(lines)
    with step(VALUING) as advance:
        estimate = estimator(settings.estimator)(
            game,
            evaluations=settings.evaluations,
            seed=settings.seed,
            players=np.flatnonzero(points > 0),
            batch=_PROGRESS_EVERY,
            progress=advance,
            stop=settings.stop_rule(),
        )
    empty = float(estimate.value_empty)
    adding_one = np.append(empty + estimate.mean, empty)  # alike only where no line is worth anything
    require_differences(lines.dataset.root, lines.network.name, adding_one)
    return LineValues(
        estimate=estimate,
        estimator=settings.estimator,
        metric=game.metric,
        points_per_line=points,
        sensor=lines.dataset.sensor,
        elevation_deg=lines.dataset.elevation_deg,
        elevation_kind=lines.dataset.elevation_kind,
        frames=list(lines.frame_ids),
        drives=list(lines.drives),
    )


def players_of(file: ValuesFile) -> Players:
    """What selectors choose from, of values that were written."""
    weight, value, error = map(np.array, (file.points_per_line, file.choosing_mean or file.mean, file.standard_error))
    return Players(weight, value, error, kind="line")


def values_facts(values: LineValues, of_data: Sequence[str]) -> Facts:
    """What is known of an answer once lines are valued. of_data: the data set's own doubts."""
    estimate, n_frames = values.estimate, len(values.frames)
    half = half_width(estimate.standard_error, float(estimate.degrees_of_freedom)) if n_frames > 1 else None
    return Facts(
        points_per_line=values.points_per_line,
        n_frames=n_frames,
        mean=estimate.mean,
        half_width=half,
        of_data=of_data,
    )


def unreached(values: LineValues, settings: RunSettings) -> list[Caution]:
    """A caution where a rule was to stop the estimate and its evaluations were used up first."""
    estimate = values.estimate
    if not settings.stop_rule().given or estimate.stopped != "evaluations":
        return []
    largest = f"the largest standard error is {estimate.standard_error.max():.3g} {unit_of(values.metric)}"
    said = (
        f"{estimate.n_evaluations} evaluations were used up before the asked precision was reached; {largest}. "
        "Give more with --max-evaluations."
    )
    return [Caution("precision", said)]
