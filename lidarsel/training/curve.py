"""The log as a picture: loss and validation RMSE against steps, one HTML file that needs nothing else.

Plain SVG: a plotting library inside the page would be a thousand times its size.
"""

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from lidarsel.training.log import LossLine, TrainingLog, ValidationLine
from lidarsel.training.validation import LEAST_MM
from lidarsel.writing import write_bytes

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 330, 76, 150, 34, 46  # pixels; the legend is on the right
COLOURS = ("#D55E00", "#E69F00", "#009E73", "#56B4E9", "#CC79A7", "#1A7FC1", "#8a8f98")  # Okabe and Ito (2008)
LEAST_LOSS_M = 1e-6  # the axis is logarithmic
Points = Sequence[tuple[float, float]]

_STYLE = """body{font:14px system-ui,sans-serif;margin:24px;background:#fff;color:#222}
svg{display:block;max-width:100%}text{font:13px system-ui,sans-serif;fill:currentColor}
.grid{stroke:#8884;stroke-width:1}.axis{stroke:#888;fill:none}
@media(prefers-color-scheme:dark){body{background:#16181c;color:#ddd}}"""


def write_curve(log: TrainingLog, path: Path, best_step: int) -> None:
    """Draw a log into an HTML file. Raises BadInputError where the log is damaged, OutputError."""
    lines = log.read()
    losses = [(line.step, max(line.loss, LEAST_LOSS_M)) for line in lines if isinstance(line, LossLine)]
    judged = [line for line in lines if isinstance(line, ValidationLine)]
    budgets = {
        f"{name} lines": [(line.step, max(line.rmse_mm[name], LEAST_MM)) for line in judged if name in line.rmse_mm]
        for name in dict.fromkeys(name for line in judged for name in line.rmse_mm)
    }
    charts = [
        _chart("Training loss (metres; mean of the steps since the point before)", {"loss": losses}),
        _chart(
            "Validation RMSE (mm), averaged weights, held-out frames, by number of lines kept",
            {**budgets, "geometric mean": [(line.step, max(line.mean_mm, LEAST_MM)) for line in judged]},
            best_step,
        ),
    ]
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(log.path.name)}</title>'
        f"<style>{_STYLE}</style>\n<h1>{escape(log.path.name.removesuffix('.log.jsonl'))}</h1>\n"
        f"<p>Best validation at step {best_step}: the weights written.</p>\n" + "\n".join(charts) + "</html>\n"
    )
    write_bytes(path, page.encode())


def _chart(title: str, series: dict[str, Points], marked: int | None = None) -> str:
    """An SVG with logarithmic y axis. marked: a step to mark by an upright line."""
    points = [point for drawn in series.values() for point in drawn]
    if not points:
        return ""
    last = max(x for x, _ in points)
    low, high = min(y for _, y in points) / 1.05, max(y for _, y in points) * 1.05
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT

    def place(x: float, y: float) -> str:
        across = LEFT + (right - LEFT) * x / last
        return f"{across:.1f},{bottom - (bottom - TOP) * log10(y / low) / log10(high / low):.1f}"

    parts = [f'<text x="{LEFT}" y="16" font-weight="600">{escape(title)}</text>']
    for y in _ticks(low, high):
        at = place(0, y).split(",")[1]
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at}" text-anchor="end" dominant-baseline="middle">{y:g}</text>')
    for x in _steps(last):
        at = place(x, low).split(",")[0]
        parts.append(f'<text x="{at}" y="{bottom + 18}" text-anchor="middle">{x:g}</text>')
    parts.append(f'<path class="axis" d="M{LEFT},{TOP}V{bottom}H{right}"/>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">optimiser step</text>')
    if marked is not None:
        at = place(marked, low).split(",")[0]
        parts.append(f'<line class="axis" stroke-dasharray="4 4" x1="{at}" x2="{at}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text x="{at}" y="{TOP - 4}" text-anchor="middle">best</text>')
    for number, (name, drawn) in enumerate(series.items()):
        colour, path = COLOURS[number % len(COLOURS)], " ".join(place(x, y) for x, y in drawn)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>' for x, y in (p.split(",") for p in path.split())
        ]
        y = TOP + 10 + 20 * number
        parts.append(
            f'<line x1="{right + 14}" x2="{right + 34}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
        )
        parts.append(f'<text x="{right + 40}" y="{y}" dominant-baseline="middle">{escape(name)}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img">{"".join(parts)}</svg>'


def _ticks(low: float, high: float) -> list[float]:
    """Round values of a logarithmic axis, at most seven of them."""
    decades = [10.0**power for power in range(floor(log10(low)), ceil(log10(high)) + 1)]
    for steps in ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1,)):
        ticks = [step * decade for decade in decades for step in steps if low <= step * decade <= high]
        if len(ticks) <= 7:
            break
    return ticks if len(ticks) > 1 else [float(f"{end:.3g}") for end in (low, high)]


def _steps(last: float) -> list[float]:
    """Round steps from 0 on, at most seven."""
    rough = last / 6
    decade = 10.0 ** floor(log10(max(rough, 1)))
    step = next(s * decade for s in (1, 2, 5, 10) if s * decade >= rough)
    return [number * step for number in range(int(last / step) + 1)]
