"""The picture of ``inspect --plot``: lines over the camera image, each named where it meets the picture's edge."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ElevationKind
from lidarsel.frame import UNKNOWN_LINE, Frame, ImagePoints
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.pictures.lettering import Words, letter, width_of
from lidarsel.report.pictures.lines_on_image import UNKNOWN_RGB, draw_lines_on_image, line_rgb
from lidarsel.report.pictures.panels import FAINT_RGB, MARGIN, heading, ladder, panel
from lidarsel.report.words import count

_WIDE = 2000
"""Smaller images are enlarged by a whole number to about so many pixels, so that neighbouring lines can be named."""
_MOST_TIMES = 8
_LETTERS, _ROOM = 20, 22
_NAME_WIDTH, _TICK = 54, 12
_LEAST_HEIGHT = 400
_NEAR_EDGE = 0.15
"""Of the width: a line that ends farther inside is not named at that edge."""
_ABSENT_RGB = (66, 70, 80)


def draw_named_lines(
    frame: Frame, sensor: str, elevation_deg: NDArray[np.float64], elevation_kind: ElevationKind
) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): what is seen, the lines over the image with their numbers at both edges, and all by elevation.

    Args:
        frame: as read.
        sensor: its name.
        elevation_deg: float64 (n_lines,).
        elevation_kind: as in ``Dataset``.
    """
    times = int(np.clip(round(_WIDE / frame.size[1]), 1, _MOST_TIMES))
    image = np.repeat(np.repeat(draw_lines_on_image(frame), times, axis=0), times, axis=1)
    colours, present = line_rgb(frame.points.line, frame.n_lines), _lines_in(frame.points)
    left, right = (_names(frame, times, colours, left) for left in (True, False))
    middle = np.hstack([left, image, right])
    middle = np.vstack([middle, panel(max(0, _LEAST_HEIGHT - len(middle)), middle.shape[1])])
    rungs = np.tile(np.array(_ABSENT_RGB, np.uint8), (frame.n_lines, 1))
    rungs[present] = colours[present]
    picture = np.hstack([middle, ladder(rungs, elevation_deg, elevation_kind, len(middle))])
    points = count(len(frame.points), "point")
    seen = f"{len(present)} of {count(frame.n_lines, 'line')} in the image, {points}: {line_ranges(present)}"
    title = f"{printable(sensor)}, {printable(frame.frame_id)}"
    marks = [("not in the image", _ABSENT_RGB)] if len(present) < frame.n_lines else []
    if (frame.points.line == UNKNOWN_LINE).any():
        marks.append(("of unknown line", UNKNOWN_RGB))
    width = picture.shape[1]
    return np.vstack([heading(title, seen, marks, width), picture, panel(MARGIN, width)])


def edge_names(points: ImagePoints, size: tuple[int, int], room: float, left: bool) -> list[tuple[int, int]]:
    """Which lines are named at an edge: line and row of its outermost point there, in pixels of the image.

    The topmost and the lowest line that reach the edge are named, every fifth, and of the others those that have room.

    Args:
        points: of the frame.
        size: height and width of the image.
        room: how many rows a name takes.
        left: at the left edge, else at the right one.
    """
    height, width = size
    row_of: dict[int, int] = {}
    for line in _lines_in(points):
        own = np.flatnonzero(points.line == line)
        outermost = own[np.argmin(points.column[own]) if left else np.argmax(points.column[own])]
        column = int(points.column[outermost])
        if (column if left else width - 1 - column) <= _NEAR_EDGE * width:
            row_of[line] = int(points.row[outermost])
    # where a name stands: not above the picture, nor below it
    stands = {line: min(max(row, room / 2), height - room / 2) for line, row in row_of.items()}
    reaching = list(row_of)
    named: list[int] = []
    for line in dict.fromkeys([*reaching[:1], *reaching[-1:], *(n for n in reaching if n % 5 == 0), *reaching]):
        if all(abs(stands[line] - stands[other]) >= room for other in named):
            named.append(line)
    return [(line, row_of[line]) for line in sorted(named)]


def _lines_in(points: ImagePoints) -> list[int]:
    return [int(line) for line in np.unique(points.line) if line != UNKNOWN_LINE]


def _names(frame: Frame, times: int, colours: NDArray[np.uint8], left: bool) -> NDArray[np.uint8]:
    """uint8 (height, _NAME_WIDTH, 3): the numbers of lines beside an edge, each with a tick in its colour."""
    height = frame.size[0] * times
    margin, words = panel(height, _NAME_WIDTH), []
    for line, row in edge_names(frame.points, frame.size, _ROOM / times, left):
        middle = int((row + 0.5) * times)
        tick = slice(_NAME_WIDTH - _TICK, _NAME_WIDTH) if left else slice(0, _TICK)
        margin[max(0, middle - 1) : middle + 1, tick] = colours[line]
        column = _NAME_WIDTH - _TICK - 5 - int(width_of(str(line), _LETTERS)) if left else _TICK + 5
        top = int(np.clip(middle - _LETTERS // 2, 0, max(height - _ROOM, 0)))
        words.append(Words(str(line), top, column, _LETTERS, FAINT_RGB))
    return letter(margin, words)
