"""Error against distance, of the chosen lines beside all lines and evenly spaced ones."""

from collections.abc import Sequence

from lidarsel.choices import FIGURE_OF, Metric
from lidarsel.contracts import ReportFile
from lidarsel.report.by_part import bands_of, rows_told, title_of, told_by
from lidarsel.report.figures.chart import Axis, Chart, EndLabel, Level, Series
from lidarsel.report.figures.end_labels import LABEL_GAP, spread
from lidarsel.report.figures.measure import percent
from lidarsel.report.figures.style import DASHED, look_of
from lidarsel.report.metric_words import error_title, error_told, metric_name
from lidarsel.report.words import chosen_row, method_name
from lidarsel.report_rows import ReportRow

_MARGIN = 0.06


def distance_label(report: ReportFile) -> str:
    """What is drawn, for those who cannot see it."""
    name = metric_name(told_by(report))
    return f"{name} within each band of distance, with the chosen, with evenly spaced and with all lines"


def distance_chart(report: ReportFile) -> Chart | None:
    """The figure that tells the trade by band of distance, in per cent above all lines.

    In its unit where all lines cannot be judged; None where no errors by distance are told of two bands.
    """
    rows, metric = rows_told(report), told_by(report)
    names = [band.part for band in bands_of(rows[0]) if band.n_frames] if rows else []
    whole = next((row for row in rows if row.method == "all"), None)
    if whole is not None:
        names = [name for name in names if _error(whole, name, metric)]
    shown = [row for row in rows if row is not whole]
    series = [_series(report, metric, row, whole, names) for row in shown]
    every = [0.0, *(y for one in series for y in one.y)]
    if len(names) < 2 or len(every) == 1:
        return None
    margin = _MARGIN * (max(every) - min(every)) or 1.0
    ends = (min(every) - margin, max(every) + margin)
    x = Axis("True depth", (-0.4, len(names) - 0.85), [(float(at), title_of(name)) for at, name in enumerate(names)])
    title = error_title(metric) if whole is None else f"{metric_name(metric)} above all lines in %"
    levels = [] if whole is None else [Level("all lines", 0.0, DASHED, "all lines")]
    return Chart(x, Axis(title, ends), series, levels, labels=_labels(series, ends))


def _series(
    report: ReportFile, metric: Metric, row: ReportRow, whole: ReportRow | None, names: Sequence[str]
) -> Series:
    known = [(place, error) for place, name in enumerate(names) if (error := _error(row, name, metric)) is not None]
    base = [None if whole is None else _error(whole, names[place], metric) for place, _ in known]
    above = [error if of is None else 100 * (error / of - 1) for (_, error), of in zip(known, base, strict=True)]
    told = ["" if of is None else f"{percent(y)} above all lines\n" for y, of in zip(above, base, strict=True)]
    strong = row is chosen_row(report)
    return Series(
        name=method_name(row) + (" (chosen)" if strong else ""),
        look=look_of(row.method),
        x=[float(place) for place, _ in known],
        y=above,
        low=[None] * len(known),
        high=[None] * len(known),
        hover=[
            f"{method_name(row)}, {title_of(names[place])}\n{more}{error_told(error, metric)}"
            for (place, error), more in zip(known, told, strict=True)
        ],
        joined=True,
        strong=strong,
        in_legend=False,
    )


def _labels(series: Sequence[Series], ends: tuple[float, float]) -> list[EndLabel]:
    drawn = [one for one in series if one.y]
    at = spread([one.y[-1] for one in drawn], LABEL_GAP * (ends[1] - ends[0]), *ends)
    return [
        EndLabel(one.name, y, (one.x[-1], one.y[-1]), one.look, one.strong) for one, y in zip(drawn, at, strict=True)
    ]


def _error(row: ReportRow, part: str, metric: Metric) -> float | None:
    errors = row.within(part)
    return None if errors is None else getattr(errors, FIGURE_OF[metric])
