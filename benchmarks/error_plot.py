"""Error against evaluations as an SVG picture for the docs: a panel a game, both axes logarithmic."""

import math
import re
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from lidarsel.report.figures.style import layout, log_axis, looks
from lidarsel.report.figures.svg import figure_svg

PANEL_W, PANEL_H = 460, 380
LABELS = {"cov64": "coverage, 64 players", "gp64": "kriging, 64 players"}


def write_error_plot(rows: list[dict[str, Any]], path: Path) -> None:
    """rows as estimators.py makes them: game, method, evaluations, error (relative L2, mean of seeds)."""
    rows = [row for row in rows if math.isfinite(row["error"])]
    games = list(dict.fromkeys(row["game"] for row in rows))
    panels = [figure_svg(_panel(game, rows), PANEL_W, PANEL_H) for game in games]
    height = max(int(found[1]) for panel in panels for found in [re.search(r'height="(\d+)"', panel)] if found)
    placed = [panel.replace("<svg ", f'<svg x="{PANEL_W * place}" ', 1) for place, panel in enumerate(panels)]
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PANEL_W * len(games)} {height}">'
    path.write_text("\n".join([whole, '<rect width="100%" height="100%" fill="#fff"/>', *placed, "</svg>\n"]))


def _panel(game: str, rows: list[dict[str, Any]]) -> go.Figure:
    """All panels have the same axes and the same look for a method; the first method is lidarsel's own."""
    look_of = looks(list(dict.fromkeys(row["method"] for row in rows)), rows[0]["method"])
    figure = go.Figure(layout=layout())
    for method, look in look_of.items():
        mine = sorted((r["evaluations"], r["error"]) for r in rows if (r["game"], r["method"]) == (game, method))
        if mine:
            figure.add_scatter(
                x=[evaluations for evaluations, _ in mine],
                y=[error for _, error in mine],
                mode="lines+markers",
                line={"color": look.colour, "dash": look.dash, "width": 2},
                marker={"symbol": look.marker, "size": 8},
                name=method,
            )
    at = sorted({row["evaluations"] for row in rows})
    ticks = {"tickvals": at, "ticktext": [f"{evaluations:,}" for evaluations in at]}
    errors = [row["error"] for row in rows]
    figure.update_xaxes(type="log", title_text=f"Evaluations; {LABELS.get(game, game)}", **ticks)
    figure.update_yaxes(type="log", title_text="Relative L2 error", **log_axis(min(errors), max(errors)))
    return figure
