"""Error against evaluations as an SVG picture for the docs: a panel a game, both axes logarithmic."""

import math
from pathlib import Path
from typing import Any

PANEL_W, PANEL_H, LEFT, TOP, BOTTOM, GAP = 330, 300, 60, 40, 50, 50
COLOURS = ("#0b7285", "#e8590c", "#868e96", "#5f3dc4", "#2b8a3e", "#c2255c")
LABELS = {"cov64": "coverage, 64 players", "gp64": "kriging, 64 players"}


def write_error_plot(rows: list[dict[str, Any]], path: Path) -> None:
    """rows as estimators.py makes them: game, method, evaluations, error (relative L2, mean of seeds)."""
    games = list(dict.fromkeys(row["game"] for row in rows))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    rows = [row for row in rows if math.isfinite(row["error"])]
    x = _scale([row["evaluations"] for row in rows], 0, PANEL_W)
    y = _scale([row["error"] for row in rows], PANEL_H, 0)
    width = LEFT + len(games) * (PANEL_W + GAP)
    height = TOP + PANEL_H + BOTTOM + 18 * len(methods)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for number, game in enumerate(games):
        parts.append(f'<g transform="translate({LEFT + number * (PANEL_W + GAP)},{TOP})">')
        parts.append(_frame(LABELS.get(game, game), rows, x, y, labelled=number == 0))
        for method, colour in zip(methods, COLOURS, strict=False):
            points = sorted(
                (row["evaluations"], row["error"]) for row in rows if (row["game"], row["method"]) == (game, method)
            )
            drawn = [(x(at), y(error)) for at, error in points]
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in drawn)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in drawn]
        parts.append("</g>")
    for number, (method, colour) in enumerate(zip(methods, COLOURS, strict=False)):
        at = TOP + PANEL_H + BOTTOM + 18 * number
        parts.append(f'<rect x="{LEFT}" y="{at - 9}" width="18" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + 26}" y="{at - 3}">{method}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]))


def _scale(values: list[float], start: float, end: float) -> Any:
    """Logarithmic, a little wider than the values."""
    low, high = math.log10(min(values)) - 0.1, math.log10(max(values)) + 0.1
    return lambda value: start + (math.log10(value) - low) / (high - low) * (end - start)


def _frame(title: str, rows: list[dict[str, Any]], x: Any, y: Any, labelled: bool) -> str:
    parts = [
        f'<rect width="{PANEL_W}" height="{PANEL_H}" fill="none" stroke="#adb5bd"/>',
        f'<text x="{PANEL_W / 2}" y="-14" text-anchor="middle" font-weight="bold">{title}</text>',
        f'<text x="{PANEL_W / 2}" y="{PANEL_H + 34}" text-anchor="middle">evaluations</text>',
    ]
    for at in sorted({row["evaluations"] for row in rows}):
        parts.append(f'<text x="{x(at):.1f}" y="{PANEL_H + 16}" text-anchor="middle">{at:,}</text>')
        parts.append(f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="0" y2="{PANEL_H}" stroke="#e9ecef"/>')
    errors = [row["error"] for row in rows]
    for power in range(math.floor(math.log10(min(errors))), math.ceil(math.log10(max(errors))) + 1):
        for mantissa in (1, 2, 5):
            value = mantissa * 10.0**power
            if 0 <= y(value) <= PANEL_H:
                parts.append(f'<line x1="0" x2="{PANEL_W}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#e9ecef"/>')
                parts.append(f'<text x="-6" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    if labelled:
        middle = PANEL_H / 2
        parts.append(
            f'<text transform="translate(-46,{middle}) rotate(-90)" text-anchor="middle">relative L2 error</text>'
        )
    return "\n".join(parts)
