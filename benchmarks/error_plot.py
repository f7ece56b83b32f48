"""Error against evaluations as an SVG picture for the docs: a panel a game, both axes logarithmic."""

import math
from pathlib import Path
from typing import Any

from lidarsel.drawing import legend_below, new_figure, style, svg_of
from lidarsel.report.figures.chart import Axis, Chart, Series, error_axis
from lidarsel.report.figures.matplotlib_painter import draw_chart
from lidarsel.report.figures.style import LOOKS

PANEL_W, PANEL_H = 460, 380
LABELS = {"cov64": "coverage, 64 players", "gp64": "kriging, 64 players"}


def write_error_plot(rows: list[dict[str, Any]], path: Path) -> None:
    """rows as estimators.py makes them: game, method, evaluations, error (relative L2, mean of seeds)."""
    rows = [row for row in rows if math.isfinite(row["error"])]
    games = list(dict.fromkeys(row["game"] for row in rows))
    with style():
        figure = new_figure(PANEL_W * len(games), PANEL_H)
        panels = figure.subplots(1, len(games), squeeze=False)[0]
        for panel, game in zip(panels, games, strict=True):
            draw_chart(panel, _chart(game, rows))
        legend_below(figure, panels[0])
        path.write_text(svg_of(figure))


def _chart(game: str, rows: list[dict[str, Any]]) -> Chart:
    """All panels have the same axes and the same look for a method; the first method is lidarsel's own."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    looks = [LOOKS["interval"], *(look for name, look in LOOKS.items() if name != "interval")]
    series = []
    for method, look in zip(methods, looks, strict=False):
        mine = sorted((r["evaluations"], r["error"]) for r in rows if (r["game"], r["method"]) == (game, method))
        x, y = [evaluations for evaluations, _ in mine], [error for _, error in mine]
        series.append(Series(method, look, x, y, low=y, high=y, hover=[], joined=True))
    at = sorted({row["evaluations"] for row in rows})
    ticks = [(evaluations, f"{evaluations:,}") for evaluations in at]
    errors = [row["error"] for row in rows]
    x_axis = Axis(f"Evaluations; {LABELS.get(game, game)}", (at[0] / 1.1, at[-1] * 1.1), ticks, log=True)
    return Chart(x_axis, error_axis("Relative L2 error", min(errors), max(errors)), series)
