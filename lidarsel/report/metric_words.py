"""Errors as a reader is told them: by what name, in which unit, with how many digits."""

from lidarsel.choices import FIGURE_OF, METRICS
from lidarsel.criterion import criterion
from lidarsel.errors import UsageError
from lidarsel.report_rows import ReportRow


def millimetres(value_mm: float) -> str:
    """Whole millimetres, with one decimal below 100."""
    return error_text(value_mm, "rmse")


def error_of(row: ReportRow, metric: str) -> float:
    """A row's error by what decides, in its unit.

    Raises UsageError where the row does not tell it.
    """
    for figure in METRICS:
        if metric == figure:
            error: float = getattr(row, FIGURE_OF[figure])
            return error
    if metric not in row.errors_by:
        raise UsageError(f"the report does not tell the {metric_name(metric)} of its rows; make it anew")
    return row.errors_by[metric]


def metric_name(metric: str) -> str:
    """What decides, as a reader is told it: "RMSE", "MAE within 0-20 m", "balanced error"."""
    return criterion(metric).title


def unit_of(metric: str) -> str:
    """What stands after a number of it: "mm", "1/km", "times all lines"."""
    return criterion(metric).unit_told


def error_text(error: float, metric: str) -> str:
    """A figure of what decides: of depth as ``millimetres``, of inverse depth with two decimals, ratios with three."""
    return criterion(metric).text(error)
