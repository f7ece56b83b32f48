"""Error against distance, of the chosen lines beside all lines and evenly spaced ones."""

from lidarsel.choices import FIGURE_OF, Metric
from lidarsel.contracts import ReportFile
from lidarsel.drawing import GREY
from lidarsel.parts import CLASS_NAMES
from lidarsel.report.by_part import rows_told, title_of, told_by
from lidarsel.report.figures.chart import Axis, Chart, Series, error_axis
from lidarsel.report.figures.style import DASHED, Look, look_of
from lidarsel.report.metric_words import error_title, error_told, metric_name
from lidarsel.report.words import chosen_row, method_name
from lidarsel.report_rows import ReportRow

_ALL = Look(GREY, DASHED, "circle-open")


def distance_label(report: ReportFile) -> str:
    """What is drawn, for those who cannot see it."""
    name = metric_name(told_by(report))
    return f"{name} within each band of distance, with the chosen, with evenly spaced and with all lines"


def distance_chart(report: ReportFile) -> Chart | None:
    """The figure that tells the trade, by band of distance; None where no errors by distance are told of two bands."""
    rows, metric = rows_told(report), told_by(report)
    parts = [part.part for part in rows[0].by_part if part.n_frames and part.part not in CLASS_NAMES] if rows else []
    errors = [error for row in rows for part in parts if (error := _error(row, part, metric)) is not None]
    if len(parts) < 2 or not errors:
        return None
    ticks = [(float(place), title_of(part)) for place, part in enumerate(parts)]
    x = Axis("True depth", (-0.4, len(parts) - 0.6), ticks)
    chosen = chosen_row(report)
    series = [_series(row, parts, metric, strong=row is chosen) for row in rows]
    return Chart(x, error_axis(error_title(metric), min(errors), max(errors)), series)


def _series(row: ReportRow, parts: list[str], metric: Metric, strong: bool) -> Series:
    known = [(place, error) for place, part in enumerate(parts) if (error := _error(row, part, metric)) is not None]
    return Series(
        name=method_name(row) + (" (chosen)" if strong else ""),
        look=_ALL if row.method == "all" else look_of(row.method),
        x=[place for place, _ in known],
        y=[error for _, error in known],
        low=[None] * len(known),
        high=[None] * len(known),
        hover=[f"{method_name(row)}, {title_of(parts[place])}\n{error_told(error, metric)}" for place, error in known],
        joined=True,
        strong=strong,
    )


def _error(row: ReportRow, part: str, metric: Metric) -> float | None:
    errors = row.within(part)
    return None if errors is None else getattr(errors, FIGURE_OF[metric])
