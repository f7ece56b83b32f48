"""What a report's rows say of the error that decided: how far it holds, beside all lines, beside the chosen ones."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.confidence import NO_INTERVAL, Groups, error_interval, mean_interval
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
