"""The elements of a drawn figure as SVG: paint, curves, Plotly's symbols, text."""

import math
import re
from html import escape, unescape

Point = tuple[float, float]

INK, SOFT = "#1b1e24", "#5a616d"
_DASHES = {"solid": "", "dot": "2,3", "dash": "8,5"}


def _star(points: int, inner: float, turn: float = 0.0) -> list[Point]:
    """A regular polygon (inner 1) or star around the origin, its first corner up."""
    corners = []
    for number in range(2 * points if inner < 1 else points):
        angle = 2 * math.pi * (number / (2 * points if inner < 1 else points)) + turn
        radius = inner if inner < 1 and number % 2 else 1.0
        corners.append((radius * math.sin(angle), -radius * math.cos(angle)))
    return corners


_CROSS = [(-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35), (0.35, 1), (-0.35, 1)]
_CROSS += [(-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35)]
_SHAPES: dict[str, list[Point]] = {
    "circle": _star(24, 1),
    "square": [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
    "diamond": [(0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)],
    "triangle-up": _star(3, 1),
    "triangle-down": _star(3, 1, math.pi),
    "x": [((x - y) * 0.71, (x + y) * 0.71) for x, y in _CROSS],
    "cross": _CROSS,
    "star": _star(5, 0.45),
    "triangle-left": _star(3, 1, -math.pi / 2),
    "triangle-right": _star(3, 1, math.pi / 2),
    "hourglass": [(-0.88, -0.88), (0.88, -0.88), (-0.88, 0.88), (0.88, 0.88)],
}


def symbol(name: str, at: Point, size: float, colour: str) -> str:
    """One of Plotly's symbols, ``size`` pixels across: filled, "-open" as an outline, x-thin as two strokes."""
    radius = size / 2
    if name.startswith("x-thin"):
        x, y, half = *at, 0.7 * radius
        strokes = f"M{x - half:.1f},{y - half:.1f}l{2 * half:.1f},{2 * half:.1f}m0,{-2 * half:.1f}l{-2 * half:.1f},"
        return f'<path d="{strokes}{2 * half:.1f}" stroke="{colour}" fill="none"/>'
    corners = [(at[0] + radius * x, at[1] + radius * y) for x, y in _SHAPES[name.removesuffix("-open")]]
    look = f'fill="#fff" stroke="{colour}" stroke-width="1.4"' if name.endswith("-open") else f'fill="{colour}"'
    return f'<polygon points="{_joined(corners)}" {look}/>'


def curve(points: list[Point], colour: str, width: float, dash: str = "solid") -> str:
    """A broken line in one of Plotly's dashes, or in its own ("9px,3px")."""
    pattern = _DASHES.get(dash, dash.replace("px", ""))
    dashes = f' stroke-dasharray="{pattern}"' if pattern else ""
    return (
        f'<polyline points="{_joined(points)}" fill="none" {paint("stroke", colour)} stroke-width="{width}"{dashes}/>'
    )


def area(points: list[Point], colour: str) -> str:
    """A filled polygon."""
    return f'<polygon points="{_joined(points)}" {paint("fill", colour)}/>'


def text(
    content: str, at: Point, anchor: str = "start", size: int = 13, colour: str = INK, upright: bool = False
) -> str:
    """A line of text, across or upwards; Plotly's own markup of it (&lt;) is read as Plotly does."""
    turned = f' transform="rotate(-90 {at[0]:.1f} {at[1]:.1f})"' if upright else ""
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{turned}>'
        f"{escape(unescape(content))}</text>"
    )


def width_of(content: str, size: int = 13) -> float:
    """About how wide a text is in a sans-serif letter, in pixels: no font is at hand to measure it by."""
    return 0.56 * size * len(unescape(content))


def paint(where: str, colour: str) -> str:
    """A fill or stroke; rgba(...) as colour and opacity, which every reader of SVG knows."""
    if found := re.fullmatch(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)", colour):
        red, green, blue = (int(part) for part in found.groups()[:3])
        return f'{where}="#{red:02x}{green:02x}{blue:02x}" {where}-opacity="{found[4]}"'
    return f'{where}="{colour}"'


def _joined(points: list[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
