"""A frame's points in 3-D with chosen and dropped lines told apart, and the picture of it with its legend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ElevationKind
from lidarsel.drawing import ramp, rgb_of
from lidarsel.frame import UNKNOWN_LINE
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.pictures.lettering import Words, fold, letter, width_of
from lidarsel.report.pictures.perspective import draw_points
from lidarsel.report.words import count

CHOSEN_RGB = (255, 200, 40)
DROPPED_RGB = (84, 108, 150)
"""Apart in lightness as well as in hue, so that any eye, and a grey print, tells them apart."""

_WORDS_RGB = (232, 236, 242)
_FAINT_RGB = (150, 158, 172)
_PANEL_RGB = (30, 33, 41)
_WIDTH, _SCENE_HEIGHT, _LADDER_WIDTH = 1600, 860, 150
_MARGIN, _LETTERS = 24, 24
_SPARSE = 60_000  # fewer points than this are drawn larger


@dataclass(frozen=True, eq=False)
class LineView:
    """xyz_m: float (N, 3), lidar coordinates. line: int16 (N,), -1 = unknown. elevation_deg: float64 (n_lines,).

    elevation_kind: as in ``Dataset``. chosen: the lines kept, or None where none are dropped. method: what chose them.
    """

    frame_id: str
    sensor: str
    xyz_m: NDArray[np.floating]
    line: NDArray[np.int16]
    elevation_deg: NDArray[np.float64]
    elevation_kind: ElevationKind
    chosen: Sequence[int] | None = None
    method: str = ""

    @property
    def n_lines(self) -> int:
        return len(self.elevation_deg)

    def is_chosen(self) -> NDArray[np.bool_]:
        """Bool (N,)."""
        return self.line != UNKNOWN_LINE if self.chosen is None else np.isin(self.line, list(self.chosen))

    def line_rgb(self) -> NDArray[np.uint8]:
        """uint8 (n_lines + 1, 3): the colour of each line, and last that of points of unknown line."""
        if self.chosen is not None:
            table = np.tile(np.array(DROPPED_RGB, np.uint8), (self.n_lines + 1, 1))
            table[list(self.chosen)] = CHOSEN_RGB
            return table
        # cividis (Nuñez et al. 2018) is read alike by colour-blind eyes; without its darkest part, the background's
        return np.vstack([rgb_of(ramp("cividis", 0.15, self.n_lines)[::-1]), np.array([DROPPED_RGB], np.uint8)])

    def point_rgb(self) -> NDArray[np.uint8]:
        """uint8 (N, 3)."""
        return self.line_rgb()[self.line]  # -1 = unknown, the last

    def caption(self) -> list[str]:
        """What is seen, in lines."""
        title = f"{printable(self.sensor)}, {printable(self.frame_id)}"
        if self.chosen is None:
            return [title, f"{count(self.n_lines, 'line')}, {len(self.line)} points"]
        share = self.is_chosen().mean()
        return [
            title,
            f"{len(self.chosen)} of {count(self.n_lines, 'line')} kept ({printable(self.method)}), "
            f"{share:.0%} of the points: {line_ranges(self.chosen)}",
        ]


def draw_view(view: LineView) -> NDArray[np.uint8]:
    """uint8 (H, 1600, 3): the caption, below it the points from behind and above the lidar, and the ladder of lines."""
    scene = _scene(view)
    ladder = _ladder(view, len(scene))
    return np.vstack([_heading(view), np.hstack([scene, ladder])])


def _scene(view: LineView) -> NDArray[np.uint8]:
    """The lidar itself is a white square amid its blind spot."""
    small = 0 if len(view.xyz_m) >= _SPARSE else 1
    larger = view.is_chosen() & (view.chosen is not None)  # larger as well as brighter
    xyz = np.vstack([view.xyz_m, np.zeros((1, 3))])
    rgb = np.vstack([view.point_rgb(), np.array([_WORDS_RGB], np.uint8)])
    return draw_points(xyz, rgb, np.append(small + larger, 4), (_SCENE_HEIGHT, _WIDTH - _LADDER_WIDTH))


def _heading(view: LineView) -> NDArray[np.uint8]:
    title, facts = view.caption()
    rows = [
        (line, rgb)
        for text, rgb in ((title, _WORDS_RGB), (facts, _FAINT_RGB))
        for line in fold(text, _LETTERS, _WIDTH - 2 * _MARGIN)
    ]
    step = _LETTERS + 12
    words = [Words(line, _MARGIN + place * step, _MARGIN, _LETTERS, rgb) for place, (line, rgb) in enumerate(rows)]
    row, column = _MARGIN + len(rows) * step, _MARGIN
    panel = _panel(row + step + _MARGIN - 8, _WIDTH)
    marks = (("kept", CHOSEN_RGB), ("dropped", DROPPED_RGB)) if view.chosen is not None else ()
    for name, colour in (*marks, ("the lidar, looking up the picture", _WORDS_RGB)):
        panel[row + 6 : row + 22, column : column + 16] = colour
        words.append(Words(name, row, column + 26, _LETTERS, _WORDS_RGB))
        column += 26 + int(width_of(name, _LETTERS)) + 30
    return letter(panel, words)


def _ladder(view: LineView, height: int) -> NDArray[np.uint8]:
    """All lines as rungs, topmost first, with the elevations of the first and the last."""
    panel = _panel(height, _LADDER_WIDTH)
    top, bottom = 80, height - 80
    edges = np.linspace(top, bottom, view.n_lines + 1).round().astype(int)
    for line, rgb in enumerate(view.line_rgb()[: view.n_lines]):
        gap = 1 if edges[line + 1] - edges[line] > 2 else 0
        panel[edges[line] : edges[line + 1] - gap, _MARGIN:-_MARGIN] = rgb
    words = []
    for line, row in ((0, top - 66), (view.n_lines - 1, bottom + 8)):
        words.append(Words(f"line {line}", row, _MARGIN, 22, _WORDS_RGB))
        words.append(Words(f"{view.elevation_deg[line]:+.1f}°".replace("-", "−"), row + 28, _MARGIN, 22, _FAINT_RGB))
        if view.elevation_kind == "apparent":
            words.append(Words("apparent", row + 50, _MARGIN, 15, _FAINT_RGB))
    return letter(panel, words)


def _panel(height: int, width: int) -> NDArray[np.uint8]:
    return np.tile(np.array(_PANEL_RGB, np.uint8), (height, width, 1))
