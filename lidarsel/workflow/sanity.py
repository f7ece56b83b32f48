"""Whether an answer makes sense, looked at before it is written: an absurd one must not be said with confidence.

``CHECKS`` is the list. What a check says is a doubt, told first wherever the answer stands; what leaves no answer at
all is refused by the functions that raise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.report.metric_words import millimetres
from lidarsel.report.words import count
from lidarsel.report_rows import ReportRow
from lidarsel.selection.room import Members

FEW_LINES = 1 / 4
"""Of a sensor's lines in the image: below this share, the crop or the calibration is likelier to be off than the
sensor's field of view to be that much taller than the camera's. 46 of 64 is usual."""
POOR_MODEL = 0.5
"""R2 below which most of what decides is not what the model holds."""
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What is known of an answer. A stage leaves out what it does not know, and that is not looked at.

    Args:
        points_per_line: float64 (n_lines,), mean number of a line's points in the image.
        n_frames: how many frames the values are means over; where there are no values, the rows.
        mean: float64 (n_lines,), the values.
        half_width: float64 (n_lines,), half of each value's 95 % interval; None with one frame.
        rows: of the report.
        chosen_lines: those of the row that is the answer.
        constant_rmse_mm: RMSE of one constant depth, mean over the judged frames.
        sets: by method, the lines that it chose at the answer's budget.
        r2: of the model that the lines were chosen by.
        of_data: the data set's own doubts.
    """

    points_per_line: NDArray[np.float64]
    n_frames: int
    mean: NDArray[np.float64] | None = None
    half_width: NDArray[np.float64] | None = None
    rows: Sequence[ReportRow] = ()
    chosen_lines: Members | None = None
    constant_rmse_mm: float | None = None
    sets: Mapping[str, Members] | None = None
    r2: float | None = None
    of_data: Sequence[str] = ()

    @property
    def in_image(self) -> NDArray[np.bool_]:
        """Bool (n_lines,)."""
        return self.points_per_line > 0

    def chosen_row(self) -> ReportRow | None:
        """The row of the chosen lines, if it was judged."""
        return next((row for row in self.rows if tuple(row.lines) == self.chosen_lines and row.is_judged), None)

    def row(self, method: str) -> ReportRow | None:
        """The row of a method that was judged."""
        return next((row for row in self.rows if row.method == method and row.is_judged), None)


def doubts(facts: Facts) -> list[str]:
    """What the data set says, then what every check has to say, in the order of ``CHECKS``."""
    return [*facts.of_data, *(said for check in CHECKS.values() if (said := check(facts)) is not None)]


def require_lines_in_image(data: Path, points_per_line: NDArray[np.float64]) -> None:
    """Raises BadInputError where no line has a point in any image: there is nothing to choose from."""
    if not (points_per_line > 0).any():
        problem = f"none of its {len(points_per_line)} lines has a point in an image, as it is cropped"
        remedy = "check the calibration, and which scan goes with which image (lidarsel inspect DATA --plot lines.png)"
        raise BadInputError(data, problem, remedy)


def require_differences(data: Path, network: str, errors: NDArray[np.float64]) -> None:
    """Raises BadInputError where all sets of lines have the same error: none can be said to be better.

    errors: float64 (..., M), of M sets or what stands for them, one of them empty.
    """
    largest = float(np.abs(errors).max())
    if float(np.ptp(errors, axis=-1).max()) <= _ROUNDING * largest:
        problem = f"every set of lines has the same error ({largest:.4g}), so that no line is worth more than another"
        raise BadInputError(data, problem, _does_not_look(network))


def require_lidar_seen(game: LineGame) -> None:
    """Raises BadInputError where the ground truth is the frames' own scans and the network completes other lines to
    the same depths: sets of lines then differ by the points that judge them, and by nothing else."""
    if game.dataset.ground_truth == "scan" and not any(game.sees_lidar(frame) for frame in range(len(game))):
        problem = "half of the lines are completed to the same depths as all of them, so that no line is worth anything"
        raise BadInputError(game.dataset.root, problem, _does_not_look(game.network.name))


def _does_not_look(network: str) -> str:
    return f"network {network} does not look at the lidar here: give another --network or --weights"


def _few_lines(facts: Facts) -> str | None:
    n_lines, reaching = len(facts.points_per_line), int(facts.in_image.sum())
    if reaching >= FEW_LINES * n_lines:
        return None
    return (
        f"Only {reaching} of the {n_lines} lines reach the image; the others count as worth nothing. "
        "If more of them should be seen, the crop or the calibration is wrong (lidarsel inspect DATA --plot lines.png)."
    )


def _nothing_to_choose(facts: Facts) -> str | None:
    chosen, reaching = facts.chosen_lines, int(facts.in_image.sum())
    if chosen is None or facts.in_image[list(chosen)].sum() < reaching:
        return None
    return (
        f"All {count(reaching, 'line')} that reach the image are among the {len(chosen)} chosen ones: nothing was "
        "chosen between. Ask for fewer."
    )


def _worse_than_constant(facts: Facts) -> str | None:
    row, constant = facts.row("all") or facts.chosen_row(), facts.constant_rmse_mm
    if row is None or constant is None or row.rmse_mm < constant:
        return None
    kept = "all lines" if row.method == "all" else "the chosen lines"
    return (
        f"RMSE with {kept} is {millimetres(row.rmse_mm)} mm, where one constant depth a frame would have "
        f"{millimetres(constant)} mm: the network, the units of depth or the calibration do not fit the data."
    )


def _lidar_does_not_help(facts: Facts) -> str | None:
    whole, none = facts.row("all"), facts.row("none")
    if whole is None or none is None or whole.rmse_mm < none.rmse_mm:
        return None
    errors = [f"{millimetres(row.rmse_mm)} mm" for row in (whole, none)]
    return (
        f"All lines (RMSE {errors[0]}) are no better than no line ({errors[1]}): "
        "the network does not use the lidar here, or lidar and ground truth contradict each other."
    )


def _chosen_do_not_help(facts: Facts) -> str | None:
    whole, chosen, none = facts.row("all"), facts.chosen_row(), facts.row("none")
    if whole is None or chosen is None or none is None:
        return None
    if whole.rmse_mm >= none.rmse_mm or chosen.rmse_mm < none.rmse_mm:
        return None  # where all lines do not help, that is said
    return (
        f"The chosen lines (RMSE {millimetres(chosen.rmse_mm)} mm) are no better than no line "
        f"({millimetres(none.rmse_mm)} mm): keep more lines, or see whether the network can do with so few."
    )


def _poor_model(facts: Facts) -> str | None:
    if facts.r2 is None or facts.r2 >= POOR_MODEL:
        return None
    return (
        f"The model that the lines were chosen by explains {100 * max(facts.r2, 0):.0f} % of the variance of errors: "
        "it hardly knows them. Give more --sets, or compare with spaced."
    )


def _same_choice(facts: Facts) -> str | None:
    if facts.sets is None or len(facts.sets) < 3 or len(set(facts.sets.values())) > 1:
        return None
    lines = next(iter(facts.sets.values()))
    if facts.in_image[list(lines)].sum() == facts.in_image.sum():
        return None  # there was nothing to choose, which is said elsewhere
    return f"All {len(facts.sets)} methods chose the same lines: what sets them apart was not measured."


def _values_within_noise(facts: Facts) -> str | None:
    if facts.mean is None or facts.half_width is None or facts.in_image.sum() < 2:
        return None
    mean, half = facts.mean[facts.in_image], facts.half_width[facts.in_image]
    if (np.abs(mean - mean.mean()) > half).any():
        return None
    return (
        f"The values of lines differ by no more than their 95 % CIs over {count(facts.n_frames, 'frame')}: "
        "by these values no line is told from another. Give more frames."
    )


def _one_frame(facts: Facts) -> str | None:
    return None if facts.n_frames > 1 else "One frame: what holds for other frames is unknown."


CHECKS: Mapping[str, Callable[[Facts], str | None]] = {
    "few-lines": _few_lines,
    "nothing-to-choose": _nothing_to_choose,
    "worse-than-constant": _worse_than_constant,
    "lidar-does-not-help": _lidar_does_not_help,
    "chosen-do-not-help": _chosen_do_not_help,
    "poor-model": _poor_model,
    "same-choice": _same_choice,
    "values-within-noise": _values_within_noise,
    "one-frame": _one_frame,
}
