"""The log as a picture: loss and validation RMSE against steps, one HTML file that needs nothing else."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from lidarsel.drawing import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILLION, new_figure, style, svg_of
from lidarsel.evaluation.line_numbers import LEAST_MM
from lidarsel.printable import printable
from lidarsel.training.log import LossLine, TrainingLog, ValidationLine
from lidarsel.writing import write_bytes

LEAST_LOSS_M = 1e-6  # the axis is logarithmic
_PIXELS = (860, 330)
_COLOURS = (VERMILLION, ORANGE, GREEN, SKY, PURPLE, BLUE)
_MARKERS = "os^vDX"
_MEAN = "geometric mean"
_STYLE = f"body{{font:14px system-ui,sans-serif;margin:24px;background:#fff;color:{INK}}}svg{{max-width:100%}}"

CurvePoints = Sequence[tuple[float, float]]


def write_curve(log: TrainingLog, path: Path, best_step: int, chosen: str = "Best validation") -> None:
    """Draw a log into an HTML file, the step of the weights that are written marked.

    chosen: why they are. Raises BadInputError for a damaged log, OutputError.
    """
    lines = log.read()
    losses = [(line.step, max(line.loss, LEAST_LOSS_M)) for line in lines if isinstance(line, LossLine)]
    judged = [line for line in lines if isinstance(line, ValidationLine)]
    budgets = {
        f"{name} lines": [(line.step, max(line.rmse_mm[name], LEAST_MM)) for line in judged if name in line.rmse_mm]
        for name in dict.fromkeys(name for line in judged for name in line.rmse_mm)
    }
    means = [(line.step, max(line.mean_mm, LEAST_MM)) for line in judged]
    charts = [
        _chart("Training loss in metres, mean of the steps since the point before", {"loss": losses}),
        _chart(
            "Validation RMSE in mm by number of lines kept, averaged weights on held-out frames",
            {**budgets, _MEAN: means},
            best_step,
        ),
    ]
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(printable(log.path.name))}</title>'
        f"<style>{_STYLE}</style>\n<h1>{escape(printable(log.path.name.removesuffix('.log.jsonl')))}</h1>\n"
        f"<p>{chosen} at step {best_step}: the weights written.</p>\n" + "\n".join(charts) + "</html>\n"
    )
    write_bytes(path, page.encode())


def _chart(title: str, series: Mapping[str, CurvePoints], marked: int | None = None) -> str:
    """An SVG element with logarithmic y axis. marked: a step to mark by an upright line."""
    if not any(series.values()):
        return ""
    with style():
        figure = new_figure(*_PIXELS)
        axes = figure.add_subplot(title=title, xlabel="Optimiser step", yscale="log")
        axes.grid(True, axis="y")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        for number, (name, points) in enumerate(series.items()):
            place = number % len(_COLOURS)
            colour, dash = (GREY, "dashed") if name == _MEAN else (_COLOURS[place], "solid")
            steps, figures = zip(*points, strict=True)
            axes.plot(steps, figures, color=colour, ls=dash, marker=_MARKERS[place], markersize=4, label=name)
        if marked is not None:
            axes.axvline(marked, color=GREY, linestyle="dotted", label="written")
        if len(series) > 1:
            figure.legend(loc="outside right upper")
        return re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg_of(figure))  # a page needs no address to know what SVG is
