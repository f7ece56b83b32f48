"""Boxes at any angle, and which points lie in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Box:
    """A solid box and what is in it.

    box_from_points: float64 (4, 4), coordinates of points -> those of the box: its middle is 0 0 0, its edges run along
    the axes. size_m: float64 (3,), along these. value: 0 to 255.
    """

    box_from_points: NDArray[np.float64]
    size_m: NDArray[np.float64]
    value: int

    def seen_from(self, points_from_others: NDArray[np.float64]) -> "Box":
        """The same box for points in other coordinates; float64 (4, 4), theirs -> those it was for."""
        return Box(self.box_from_points @ points_from_others, self.size_m, self.value)


def values_in_boxes(xyz_m: NDArray[np.floating], boxes: Sequence[Box], outside: int) -> NDArray[np.uint8]:
    """float (N, 3) -> uint8 (N,): the value of the box that each point is in or on, of several the smallest's.

    outside: of the points in none.
    """
    found = np.full(len(xyz_m), outside, np.uint8)
    for box in sorted(boxes, key=lambda box: -float(np.prod(box.size_m))):
        turn, shift = box.box_from_points[:3, :3], box.box_from_points[:3, 3]
        reach_m = float(np.linalg.norm(box.size_m)) / 2
        near = np.flatnonzero(np.square(xyz_m + turn.T @ shift).sum(axis=1) <= 1.001 * reach_m**2)
        inside = np.all(np.abs(xyz_m[near] @ turn.T + shift) <= box.size_m / 2, axis=1)
        found[near[inside]] = box.value
    return found
