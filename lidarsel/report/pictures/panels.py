"""Dark panels around a picture of lines: what is seen above it, all the sensor's lines at its right."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ElevationKind
from lidarsel.report.pictures.lettering import Words, fold, letter, width_of

Rgb = tuple[int, int, int]

WORDS_RGB: Rgb = (232, 236, 242)
FAINT_RGB: Rgb = (150, 158, 172)
PANEL_RGB: Rgb = (30, 33, 41)
MARGIN, LETTERS = 24, 24
LADDER_WIDTH = 224
_RUNG_WIDTH, _RUNG_LETTERS, _RUNG_ROOM = 62, 18, 26
_FOOT = 18
_STEPS = (1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 128)


def panel(height: int, width: int) -> NDArray[np.uint8]:
    """uint8 (height, width, 3), empty."""
    return np.tile(np.array(PANEL_RGB, np.uint8), (height, width, 1))


def heading(title: str, facts: str, marks: Sequence[tuple[str, Rgb]], width: int) -> NDArray[np.uint8]:
    """uint8 (H, width, 3): the title, facts folded to the width, and what each colour stands for."""
    rows = [
        (line, rgb)
        for text, rgb in ((title, WORDS_RGB), (facts, FAINT_RGB))
        for line in fold(text, LETTERS, width - 2 * MARGIN)
    ]
    step = LETTERS + 12
    words = [Words(line, MARGIN + place * step, MARGIN, LETTERS, rgb) for place, (line, rgb) in enumerate(rows)]
    row, column = MARGIN + len(rows) * step, MARGIN
    squares = []
    for name, rgb in marks:
        needed = 26 + int(width_of(name, LETTERS))
        if column > MARGIN and column + needed > width - MARGIN:
            row, column = row + step, MARGIN
        squares.append((row + 6, column, rgb))
        words.append(Words(name, row, column + 26, LETTERS, WORDS_RGB))
        column += needed + 30
    found = panel(row + (step if marks else 0) + MARGIN - 8, width)
    for top, left, rgb in squares:
        found[top : top + 16, left : left + 16] = rgb
    return letter(found, words)


def ladder(
    line_rgb: NDArray[np.uint8], elevation_deg: NDArray[np.float64], kind: ElevationKind, height: int
) -> NDArray[np.uint8]:
    """All lines as rungs of one height, topmost first, with the elevations of as many as can be read.

    Args:
        line_rgb: uint8 (n_lines, 3), the colour of each.
        elevation_deg: float64 (n_lines,).
        kind: as in ``Dataset``; apparent elevations are called so.
        height: of the picture that it stands beside, in pixels.

    Returns:
        uint8 (height, LADDER_WIDTH, 3).
    """
    found, n_lines = panel(height, LADDER_WIDTH), len(line_rgb)
    words = [Words("line, elevation", 20, MARGIN, _RUNG_LETTERS, FAINT_RGB)]
    if kind == "apparent":
        words.append(Words("(apparent)", 20 + _RUNG_ROOM, MARGIN, _RUNG_LETTERS, FAINT_RGB))
    top = 20 + len(words) * _RUNG_ROOM + 10
    edges = np.linspace(top, max(height - _FOOT, top + 1), n_lines + 1).round().astype(int)
    for line, rgb in enumerate(line_rgb):
        gap = 1 if edges[line + 1] - edges[line] > 2 else 0
        found[edges[line] : edges[line + 1] - gap, MARGIN : MARGIN + _RUNG_WIDTH] = rgb
    for line in named_rungs(n_lines, height - _FOOT - top):
        middle = int(edges[line] + edges[line + 1]) // 2
        said = f"{line}  {elevation_deg[line]:+.1f}°".replace("-", "−")
        words.append(Words(said, middle - _RUNG_LETTERS // 2, MARGIN + _RUNG_WIDTH + 12, _RUNG_LETTERS, WORDS_RGB))
    return letter(found, words)


def named_rungs(n_lines: int, height: int) -> list[int]:
    """The lines that are named in a ladder so high: every so many, and the last, none nearer than letters need."""
    rung = height / n_lines
    step = next((step for step in _STEPS if step * rung >= _RUNG_ROOM), n_lines)
    named = [line for line in range(0, n_lines, step) if (n_lines - 1 - line) * rung >= _RUNG_ROOM]
    return [*named, n_lines - 1]
