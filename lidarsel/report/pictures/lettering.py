"""Words on a picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from lidarsel.drawing import style

_PIXELS_PER_INCH = 64  # a power of two: sizes in inches are exact, and no row or column is lost to rounding
_POINTS_PER_PIXEL = 72 / _PIXELS_PER_INCH


@dataclass(frozen=True)
class Words:
    """One line of text: its upper left corner, the height of its letters in pixels, and their colour."""

    text: str
    row: int
    column: int
    height: int
    rgb: tuple[int, int, int]


def letter(image: NDArray[np.uint8], words: Sequence[Words]) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) with the words on it; what does not fit is cut."""
    height, width = image.shape[:2]
    with style():
        figure = Figure((width / _PIXELS_PER_INCH, height / _PIXELS_PER_INCH), dpi=_PIXELS_PER_INCH)
        figure.figimage(image)
        for each in words:
            figure.text(
                each.column / width,
                1 - each.row / height,
                each.text,
                verticalalignment="top",
                fontsize=each.height * _POINTS_PER_PIXEL,
                color=[channel / 255 for channel in each.rgb],
            )
        content = io.BytesIO()
        figure.savefig(content, format="rgba")
    return np.frombuffer(content.getvalue(), np.uint8).reshape(height, width, 4)[..., :3]


def width_of(text: str, height: int) -> float:
    """How wide a text is, in pixels, in letters of a height in pixels."""
    with style():
        return float(TextPath((0, 0), text, size=height).get_extents().x1) if text.strip() else 0.0


def fold(text: str, height: int, width: int) -> list[str]:
    """The text in lines that are at most so wide, unless a word is; width and height in pixels."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, height) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
