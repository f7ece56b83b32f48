"""A frame as its columns: what stands in each upright strip of the picture, as lidar and camera see it.

A street is taken for the set of its columns, wherever in the picture each is; so two frames of one street that differ
by where things stand are alike. Nothing here follows from any data but the frame: all scales are fixed.
"""

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE, Frame

Doubles = NDArray[np.float64]
COLUMNS = 48
BANDS = 16
"""Of neighbouring lines, so many in a column."""
ROWS = 8
"""Of the image, in a column."""
FIGURES = 3 * (3 * BANDS + 4 * ROWS)
_USUAL_DEPTH_M, _SMALL_M = 12.0, 0.005


def columns(frame: Frame) -> Doubles:
    """Float64 (COLUMNS, FIGURES) of about length 1 each: every column between its two neighbours.

    Of each of 16 bands of lines: mean logarithm of depth; how many points there are, over what the fullest cells of the
    frame have; mean logarithm of the second difference of depth along a line, which is small on smooth surfaces but for
    the lidar's noise. Of each of 8 rows of the image: mean colour, and the spread of grey. What is not there is 0, as
    are points of unknown lines.
    """
    own = np.concatenate([_of_points(frame), _of_image(frame)], axis=1)
    left, right = np.vstack([own[:1], own[:-1]]), np.vstack([own[1:], own[-1:]])
    found: Doubles = np.concatenate([left, own, right], axis=1) / np.sqrt(FIGURES)
    return found


def _of_points(frame: Frame) -> Doubles:
    """Float64 (COLUMNS, 3 * BANDS)."""
    points = frame.points.keep(frame.points.line != UNKNOWN_LINE)
    order = np.lexsort((points.column, points.line))
    line, column, depth_m = (part[order].astype(np.float64) for part in (points.line, points.column, points.depth_m))
    band = np.minimum(line * BANDS // max(frame.n_lines, 1), BANDS - 1)
    cell = (np.minimum(column * COLUMNS // frame.size[1], COLUMNS - 1) * BANDS + band).astype(int)
    count = _sums(cell, np.ones(len(cell)))
    far = _means(cell, np.log(np.maximum(depth_m, _SMALL_M) / _USUAL_DEPTH_M) / 0.8)
    full = float(np.percentile(count[count > 0], 95)) if count.any() else 1.0
    inner = np.flatnonzero((line[2:] == line[1:-1]) & (line[1:-1] == line[:-2])) + 1
    bend_m = np.abs(depth_m[inner + 1] - 2 * depth_m[inner] + depth_m[inner - 1])
    rough = _means(cell[inner], (np.log(bend_m + _SMALL_M) + 3) / 1.5)
    whole = np.stack([far, np.minimum(count / full, 1.5) - 0.5 * (count > 0), rough])
    by_column: Doubles = whole.reshape(3, COLUMNS, BANDS).transpose(1, 0, 2).reshape(COLUMNS, -1)
    return by_column


def _sums(cell: NDArray[np.int_], values: Doubles) -> Doubles:
    """Float64 (COLUMNS * BANDS,)."""
    return np.asarray(np.bincount(cell, values, COLUMNS * BANDS), np.float64)


def _means(cell: NDArray[np.int_], values: Doubles) -> Doubles:
    """Float64 (COLUMNS * BANDS,), 0 where there are no values."""
    found: Doubles = _sums(cell, values) / np.maximum(_sums(cell, np.ones(len(cell))), 1)
    return found


def _of_image(frame: Frame) -> Doubles:
    """Float64 (COLUMNS, 4 * ROWS); 0 without an image, or where it has fewer pixels than there are cells."""
    if frame.image is None or frame.image.shape[0] < ROWS or frame.image.shape[1] < COLUMNS:
        return np.zeros((COLUMNS, 4 * ROWS))
    height, width = frame.image.shape[:2]
    top = np.arange(ROWS) * height // ROWS
    left = np.arange(COLUMNS) * width // COLUMNS
    pixels = np.outer(np.diff([*top, height]), np.diff([*left, width]))[..., None]
    colour = frame.image.astype(np.float32) / np.float32(255)
    grey = colour.mean(-1, keepdims=True)

    def mean(values: NDArray[np.float32]) -> Doubles:
        across = np.add.reduceat(values.astype(np.float64), left, axis=1)
        whole: Doubles = np.add.reduceat(across, top, axis=0) / pixels
        return whole

    spread = np.sqrt(np.maximum(mean(grey**2) - mean(grey) ** 2, 0))
    cells = np.concatenate([(mean(colour) - 0.4) * 2, spread * 5 - 0.5], axis=-1)
    by_column: Doubles = cells.transpose(1, 0, 2).reshape(COLUMNS, -1)
    return by_column
