"""Error against distance, of the chosen lines beside all lines and evenly spaced ones."""

from lidarsel.contracts import ReportFile
from lidarsel.drawing import GREY
from lidarsel.report.by_part import rows_told, title_of
from lidarsel.report.figures.chart import Axis, Chart, Series, error_axis
from lidarsel.report.figures.style import DASHED, Look, look_of
from lidarsel.report.words import chosen_row, method_name
from lidarsel.report_rows import ReportRow

LABEL = "RMSE within each band of distance, with the chosen, with evenly spaced and with all lines"
_ALL = Look(GREY, DASHED, "circle-open")


def distance_chart(report: ReportFile) -> Chart | None:
    """RMSE in mm by band of distance; None where no errors by distance are told of two bands."""
    rows = rows_told(report)
    parts = [part.part for part in rows[0].by_part if part.n_frames] if rows else []
    errors = [error for row in rows for part in parts if (error := _rmse_mm(row, part)) is not None]
    if len(parts) < 2 or not errors:
        return None
    ticks = [(float(place), title_of(part)) for place, part in enumerate(parts)]
    x = Axis("True depth", (-0.4, len(parts) - 0.6), ticks)
    chosen = chosen_row(report)
    series = [_series(row, parts, strong=row is chosen) for row in rows]
    return Chart(x, error_axis("RMSE in mm", min(errors), max(errors)), series)


def _series(row: ReportRow, parts: list[str], strong: bool) -> Series:
    known = [(place, error) for place, part in enumerate(parts) if (error := _rmse_mm(row, part)) is not None]
    return Series(
        name=method_name(row) + (" (chosen)" if strong else ""),
        look=_ALL if row.method == "all" else look_of(row.method),
        x=[place for place, _ in known],
        y=[error for _, error in known],
        low=[None] * len(known),
        high=[None] * len(known),
        hover=[f"{method_name(row)}, {title_of(parts[place])}\n{error:.0f} mm" for place, error in known],
        joined=True,
        strong=strong,
    )


def _rmse_mm(row: ReportRow, part: str) -> float | None:
    errors = row.within(part)
    return None if errors is None else errors.rmse_mm
