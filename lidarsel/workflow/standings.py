"""What rows say of the error that decided: how far each holds, and which methods of as many lines can be told from the
best (paired, frame by frame, all of a budget at once)."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import CONFIDENCE, NO_INTERVAL, Groups, Standing, error_interval, mean_interval
from lidarsel.report_rows import ReportRow


def with_deciding_errors(
    rows: Sequence[ReportRow], errors: NDArray[np.float64], groups: Groups, rivals: Sequence[int | None]
) -> list[ReportRow]:
    """The rows with the 95 % interval of the deciding error, its ratio to all lines, and its difference to the rival.

    Args:
        rows: M of a report, the first of all lines.
        errors: float64 (F, M), by the metric that decides, on the frames that tell it.
        groups: which of these frames belong together.
        rivals: of each row, the place of that of the chosen method with as many lines; None where there is nothing to
            compare with.
    """
    all_lines = float(errors[:, 0].mean())
    found = []
    for place, (row, rival) in enumerate(zip(rows, rivals, strict=True)):
        own = errors[:, place]
        interval = error_interval(own, groups)
        to_chosen = NO_INTERVAL if rival is None else mean_interval(own - errors[:, rival], groups)
        found.append(
            msgspec.structs.replace(
                row,
                error_low=interval.low,
                error_high=interval.high,
                error_degrees_of_freedom=interval.degrees_of_freedom,
                error_ratio_to_all=float(own.mean()) / all_lines if all_lines else None,
                to_chosen_low=to_chosen.low,
                to_chosen_high=to_chosen.high,
            )
        )
    return found


def with_standings(rows: Sequence[ReportRow], errors: NDArray[np.float64], groups: Groups) -> list[ReportRow]:
    """The rows, each told best, tied or behind among those of its budget that could be judged.

    The best is of least mean error. A row is tied where the interval of its paired difference to the best holds 0.
    Frames scatter about the ratio r of both means, as hard frames are hard for every method: the standard error is that
    of error - r * error of the best (the ratio estimator: Cochran 1977, section 6). The intervals of all m others of a
    budget are made together, each at 1 - 0.05 / m (Bonferroni). Methods that chose the same lines are one set.

    Args:
        rows: of a report.
        errors: float64 (F, rows), by the metric that decides.
        groups: which frames belong together.
    """
    found = list(rows)
    for budget in {row.budget for row in rows}:
        places = [place for place, row in enumerate(rows) if row.budget == budget and row.is_judged]
        if len(places) > 1:
            compared = _compared([rows[place] for place in places], errors[:, places], groups)
            for place, row in zip(places, compared, strict=True):
                found[place] = row
    return found


def _compared(rows: Sequence[ReportRow], errors: NDArray[np.float64], groups: Groups) -> list[ReportRow]:
    mean = errors.mean(axis=0)
    best = int(mean.argmin())
    n_others = np.unique(errors, axis=1).shape[1] - 1
    found = []
    for place, row in enumerate(rows):
        if mean[place] == mean[best]:
            found.append(msgspec.structs.replace(row, standing="best"))
            continue
        ratio = mean[place] / mean[best] if mean[best] else 0.0
        scatter = errors[:, place] - ratio * errors[:, best]
        joint = mean_interval(scatter, groups, 1 - (1 - CONFIDENCE) / n_others)
        if joint.low is None or joint.high is None:
            found.append(row)
            continue
        more = float(mean[place] - mean[best] - scatter.mean())
        low, high = more + joint.low, more + joint.high
        standing: Standing = "tied" if low <= 0 else "behind"
        found.append(msgspec.structs.replace(row, standing=standing, to_best_low=low, to_best_high=high))
    return found
