"""Errors as a reader is told them: by what name, in which unit, with how many digits."""

import re

from lidarsel.choices import FIGURE_OF, METRICS
from lidarsel.criterion import criterion
from lidarsel.errors import UsageError
from lidarsel.report_rows import ReportRow

_WITHIN_A_FIGURE = re.compile(
    r"(?<=\d) (?=(?:%|mm|m|1/km)(?!\w|[/.-]\w))"  # in the name of a file, as "5 m/a" or "5 m.txt", it is no unit
    r"|(?<=[\d°%]) (?=to [+−-]?\d)|(?<=[\d°%] to) (?=[+−-]?\d)"
)
"""The spaces between a number and its unit, and between the ends of a range."""


def units_kept(text: str) -> str:
    """The text, in which no line can be broken between a number and its unit, nor within a range, as "508 to 1465"."""
    return _WITHIN_A_FIGURE.sub("\N{NO-BREAK SPACE}", text)


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
    """The 95 % interval of a row's error by what decides, in its unit; None with one frame, and of an older report, in
    which RMSE alone has one."""
    return row.error_interval or (row.interval_mm if metric == "rmse" else None)


def freedom_of(row: ReportRow, metric: str) -> float | None:
    """The degrees of freedom of ``interval_of``."""
    return row.degrees_of_freedom if metric == "rmse" and row.error_interval is None else row.error_degrees_of_freedom


def ratio_of(row: ReportRow, metric: str) -> float | None:
    """A row's error by what decides over that of all lines; None where they cannot be judged, or have none."""
    if row.error_ratio_to_all is None and metric == "rmse":
        return row.ratio_to_all
    return row.error_ratio_to_all


def metric_name(metric: str) -> str:
    """What decides, as a reader is told it: "RMSE", "MAE within 0-20 m", "balanced error"."""
    return criterion(metric).title


def unit_of(metric: str) -> str:
    """What stands after a number of it: "mm", "1/km", "times all lines"."""
    return criterion(metric).unit_told


def error_title(metric: str) -> str:
    """The title of an axis of it: "MAE in mm"."""
    return f"{metric_name(metric)} in {unit_of(metric)}"


def error_text(error: float, metric: str) -> str:
    """A figure of what decides: of depth as ``millimetres``, of inverse depth with two decimals, ratios with three."""
    return criterion(metric).text(error)


def error_told(error: float, metric: str) -> str:
    """The same with its unit."""
    return f"{error_text(error, metric)} {unit_of(metric)}"


def interval_told(row: ReportRow, metric: str) -> str:
    """The 95 % interval of a row's error by what decides, in words: "95 % CI 1174 to 1520"."""
    ends = interval_of(row, metric)
    if row.n_frames == 1:
        return "one frame: no 95 % CI"
    return "no 95 % CI" if ends is None else ends_told(*ends, metric)


def interval_cell(row: ReportRow, metric: str) -> str:
    """The same for a table: "1174–1520"."""
    ends = interval_of(row, metric)
    return "–" if row.n_frames == 1 or ends is None else ends_cell(*ends, metric)


def ends_told(low: float, high: float, metric: str) -> str:
    """A 95 % interval by its ends, in words, as ``interval_told``."""
    if low == high:
        return "the same on every frame: no 95 % CI"
    told = [error_text(end, metric) for end in (low, high)]
    return f"95 % CI {' to '.join(told) if told[0] != told[1] else f'{_half(low, high)} {unit_of(metric)}'}"


def ends_cell(low: float, high: float, metric: str) -> str:
    """The same for a table, as ``interval_cell``."""
    if low == high:
        return "–"
    told = [error_text(end, metric) for end in (low, high)]
    return "–".join(told) if told[0] != told[1] else _half(low, high)


def _half(low: float, high: float) -> str:
    """Of an interval whose ends are told by the same digits."""
    return f"±{(high - low) / 2:.1g}"
