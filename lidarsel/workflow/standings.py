"""Which methods can be told from the best of as many lines: paired, frame by frame, all of a budget at once."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import CONFIDENCE, Groups, mean_interval
from lidarsel.report_rows import ReportRow


def with_standings(rows: Sequence[ReportRow], errors: NDArray[np.float64], groups: Groups) -> list[ReportRow]:
    """The rows, each told best, tied or behind among those of its budget that could be judged.

    The best is of least mean error. The others' paired differences to it have intervals that hold together in 95 %: of
    m other sets each at 1 - 0.05 / m (Bonferroni). Methods that chose the same lines are one set.

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
        joint = mean_interval(errors[:, place] - errors[:, best], groups, 1 - (1 - CONFIDENCE) / n_others)
        if joint.low is None:
            found.append(row)
            continue
        standing = "tied" if joint.low <= 0 else "behind"
        found.append(msgspec.structs.replace(row, standing=standing, to_best_low=joint.low, to_best_high=joint.high))
    return found
