"""The report's figures and the maps of one frame as files, for a README or a slide: figures/ in a run's folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.report.figures.distance_chart import distance_chart
from lidarsel.report.figures.error_chart import error_chart
from lidarsel.report.figures.insights import insight_figures
from lidarsel.report.figures.line_charts import inclusion_chart, value_chart
from lidarsel.report.figures.matplotlib_painter import svg_figure
from lidarsel.report.pictures.frame_maps import Scales, maps_of_frame
from lidarsel.report.pictures.judged_frame import JudgedFrame, picture_of_lines
from lidarsel.report.words import chosen_row
from lidarsel.selection.base import Insight
from lidarsel.writing import write_bytes

_MOST_BYTES = 2_000_000
"""Of a picture: all of it, unless the camera is very large."""


def write_figures(
    folder: Path,
    report: ReportFile,
    values: ValuesFile,
    frames: Sequence[JudgedFrame],
    insights: Sequence[Insight] = (),
) -> None:
    """Write ``error.svg``, ``value.svg``, ``distance.svg`` where errors by distance are told, ``stability.svg`` where
    it is told how sure the choice is, the insights' figures, and the pictures of the middle frame.

    What an unfinished run left in the folder is removed first.

    Args:
        folder: Where the files are written.
        report: The judged rows.
        values: The lines' Shapley values, of the same sensor.
        frames: Judged frames, at least one.
        insights: What selectors learned while they chose; each kind has a figure of its own.

    Raises:
        OutputError: Where a file cannot be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    charts = {"error": error_chart(report), "value": value_chart(values, chosen_row(report).lines)}
    if (by_distance := distance_chart(report)) is not None:
        charts["distance"] = by_distance
    if (inclusion := inclusion_chart(report, values)) is not None:
        charts["stability"] = inclusion
    drawn = {name: svg_figure(chart) for name, chart in charts.items()}
    drawn |= {figure.key: svg_figure(figure.chart) for figure in insight_figures(insights, report)}
    for name, content in drawn.items():
        write_bytes(folder / f"{name}.svg", content.encode())
    middle = frames[len(frames) // 2]
    maps = maps_of_frame(middle, Scales.of(frames), _MOST_BYTES, report.metric)
    pictures = [picture_of_lines(middle, _MOST_BYTES), *maps]
    for picture in pictures:
        write_bytes(folder / f"{picture.key}.{picture.suffix}", picture.content)
