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


def interval_of(row: ReportRow, metric: str) -> tuple[float, float] | None:
    """The 95 % interval of a row's error by what decides, in its unit; None with one frame."""
    return row.interval_mm if metric == "rmse" else None


def ratio_of(row: ReportRow, metric: str) -> float | None:
    """A row's error by what decides over that of all lines; None where they cannot be judged, or have none."""
    return row.ratio_to_all if metric == "rmse" else None


def metric_name(metric: str) -> str:
    """What decides, as a reader is told it: "RMSE", "MAE within 0-20 m", "balanced error"."""
    return criterion(metric).title


def unit_of(metric: str) -> str:
    """What stands after a number of it: "mm", "1/km", "times all lines"."""
    return criterion(metric).unit_told


def error_told(error: float, metric: str) -> str:
    """The same with its unit."""
    return f"{error_text(error, metric)} {unit_of(metric)}"


def interval_told(row: ReportRow, metric: str) -> str:
    """The 95 % interval of a row's error by what decides, in words: "95 % CI 1174 to 1520"."""
    ends = interval_of(row, metric)
    if ends is None:
        return "one frame: no 95 % CI" if row.n_frames == 1 else "no 95 % CI"
    return f"95 % CI {' to '.join(error_text(end, metric) for end in ends)}"


def error_title(metric: str) -> str:
    """The title of an axis of it: "MAE in mm"."""
    return f"{metric_name(metric)} in {unit_of(metric)}"


def error_text(error: float, metric: str) -> str:
    """A figure of what decides: of depth as ``millimetres``, of inverse depth with two decimals, ratios with three."""
    return criterion(metric).text(error)
