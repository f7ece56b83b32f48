"""The report's figures and the maps of one frame as files, for a README or a slide: figures/ in a run's folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.report.figures.error_figure import error_figure
from lidarsel.report.figures.interaction import interaction_figure
from lidarsel.report.figures.line_figures import importance_figure, value_figure
from lidarsel.report.figures.svg import figure_svg
from lidarsel.report.learned import NOTHING, Learned
from lidarsel.report.pictures.frame_maps import Scales, maps_of_frame
from lidarsel.report.pictures.judged_frame import JudgedFrame, picture_of_lines
from lidarsel.report.words import chosen_row
from lidarsel.writing import write_bytes

_MOST_BYTES = 2_000_000
"""Of a picture: all of it, unless the camera is very large."""


def write_figures(
    folder: Path, report: ReportFile, values: ValuesFile, frames: Sequence[JudgedFrame], learned: Learned = NOTHING
) -> None:
    """Write ``error.svg``, ``value.svg`` and what else was learned, and the pictures of the middle frame.

    What an unfinished run left in the folder is removed first. Raises OutputError where it cannot be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    lines = chosen_row(report).lines
    drawn = {"error": figure_svg(error_figure(report)), "value": figure_svg(value_figure(values, lines))}
    if learned.importance is not None:
        drawn["importance"] = figure_svg(importance_figure(learned.importance, report.elevation_deg, lines))
    if learned.model is not None:
        figure = interaction_figure(learned.model, report.elevation_deg, report.metric)
        drawn["interaction"] = figure_svg(figure, width=700, height=600)
    for name, content in drawn.items():
        write_bytes(folder / f"{name}.svg", content.encode())
    middle = frames[len(frames) // 2]
    pictures = [picture_of_lines(middle, _MOST_BYTES), *maps_of_frame(middle, Scales.of(frames), _MOST_BYTES)]
    for picture in pictures:
        write_bytes(folder / f"{picture.key}.{picture.suffix}", picture.content)
