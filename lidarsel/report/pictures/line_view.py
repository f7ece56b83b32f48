"""A frame's points in 3-D with chosen and dropped lines told apart, and the picture of it with its legend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ElevationKind, Viewpoint
from lidarsel.drawing import ramp, rgb_of
from lidarsel.frame import UNKNOWN_LINE
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.pictures.lettering import Words, letter, width_of
from lidarsel.report.pictures.panels import LADDER_WIDTH, MARGIN, WORDS_RGB, heading, ladder
from lidarsel.report.pictures.perspective import BACKGROUND_RGB, draw_points
from lidarsel.report.pictures.viewpoints import (
    AHEAD,
    EYES,
    RING_RGB,
    ground_height_m,
    ring,
    ring_names,
    ring_radii_m,
    view_scale,
)
from lidarsel.report.words import count

CHOSEN_RGB = (255, 200, 40)
DROPPED_RGB = (84, 108, 150)
"""Apart in lightness as well as in hue, so that any eye, and a grey print, tells them apart."""

_WIDTH, _SCENE_HEIGHT = 1600, 860
_SCALE_LETTERS = 20
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


def draw_view(view: LineView, viewpoint: Viewpoint = "behind") -> NDArray[np.uint8]:
    """uint8 (H, 1600, 3): the caption, below it the points with rings of range and a scale, and the ladder of lines."""
    ground_m, radii_m = ground_height_m(view.xyz_m), ring_radii_m(view.xyz_m)
    scene = _scene(view, viewpoint, ground_m, radii_m)
    beside = ladder(view.line_rgb()[: view.n_lines], view.elevation_deg, view.elevation_kind, len(scene))
    title, facts = view.caption()
    marks = [("kept", CHOSEN_RGB), ("dropped", DROPPED_RGB)] if view.chosen is not None else []
    if viewpoint in AHEAD:
        marks.append((AHEAD[viewpoint], WORDS_RGB))
    level = f"on the ground, {-ground_m:.1f} m below it" if ground_m else "at its own height"
    marks.append((f"distance from the lidar, {level}", RING_RGB))
    return np.vstack([heading(title, facts, marks, _WIDTH), np.hstack([scene, beside])])


def _scene(view: LineView, viewpoint: Viewpoint, ground_m: float, radii_m: Sequence[float]) -> NDArray[np.uint8]:
    """The lidar itself is a white square amid its blind spot."""
    size, eye = (_SCENE_HEIGHT, _WIDTH - LADDER_WIDTH), EYES[viewpoint]
    small = 0 if len(view.xyz_m) >= _SPARSE else 1
    larger = view.is_chosen() & (view.chosen is not None)  # larger as well as brighter
    rings = np.vstack([ring(radius_m, ground_m) for radius_m in radii_m])
    xyz = np.vstack([view.xyz_m, rings, np.zeros((1, 3))])
    rgb = np.vstack([view.point_rgb(), np.tile(np.array(RING_RGB, np.uint8), (len(rings), 1)), [WORDS_RGB]])
    radius = np.concatenate([small + larger, np.zeros(len(rings), int), [4]])
    scene = draw_points(xyz, rgb.astype(np.uint8), radius, size, eye)
    return _with_scale(scene, ring_names(radii_m, ground_m, eye, size), view_scale(viewpoint, ground_m, size[1]))


def _with_scale(scene: NDArray[np.uint8], names: Sequence[Words], scale: tuple[str, int]) -> NDArray[np.uint8]:
    """The rings' names, each on a plate that parts it from the points, and a bar of so many pixels, named."""
    for name in names:
        wide = int(width_of(name.text, name.height))
        scene[name.row : name.row + name.height + 4, max(0, name.column - 4) : name.column + wide + 6] = BACKGROUND_RGB
    said, pixels = scale
    bottom = _SCENE_HEIGHT - MARGIN
    scene[bottom - 4 : bottom, MARGIN : MARGIN + pixels] = WORDS_RGB
    for end in (MARGIN, MARGIN + pixels - 2):
        scene[bottom - 12 : bottom, end : end + 2] = WORDS_RGB
    return letter(scene, [*names, Words(said, bottom - 42, MARGIN, _SCALE_LETTERS, WORDS_RGB)])
