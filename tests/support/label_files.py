"""Labels of the closed-form street of ``kitti_trees`` in the forms that data sets have, and boxes by their corners."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX, LIDAR_HEIGHT_M, Array, Street

ROAD, BUILDING, UNLABELED = 40, 50, 0


def street_labels(xyz_m: Array) -> NDArray[np.uint32]:
    """SemanticKITTI's labels of points of the street, numbered in the upper bits as things are: road or building."""
    label = np.where(np.abs(xyz_m[:, 2] + LIDAR_HEIGHT_M) < 1e-3, ROAD, BUILDING)
    return (label + (7 << 16)).astype("<u4")


def write_labels(folder: Path, street: Street, frames: int, digits: int = 6) -> None:
    folder.mkdir(parents=True)
    for frame in range(frames):
        street_labels(street.scan(frame)[0]).tofile(folder / f"{frame:0{digits}d}.label")


@dataclass(frozen=True)
class Thing:
    """An upright box in the lidar's coordinates: the middle of its bottom (metres), its turn about z, and its size."""

    kind: str
    bottom_m: tuple[float, float, float]
    turn_rad: float
    length_m: float
    width_m: float
    height_m: float

    @property
    def lidar_from_box(self) -> Array:
        """float64 (4, 4), from coordinates about the middle of its bottom."""
        cosine, sine = np.cos(self.turn_rad), np.sin(self.turn_rad)
        matrix = np.eye(4)
        matrix[:3] = np.column_stack([[[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], self.bottom_m])
        return matrix

    def holds(self, xyz_m: Array) -> NDArray[np.bool_]:
        """float64 (N, 3) lidar points -> bool (N,), by the tetrahedra between its eight corners."""
        half_length, half_width = self.length_m / 2, self.width_m / 2
        corners = [
            (x, y, z, 1.0)
            for x in (-half_length, half_length)
            for y in (-half_width, half_width)
            for z in (0.0, self.height_m)
        ]
        placed = (np.array(corners) @ self.lidar_from_box.T)[:, :3]
        inside: NDArray[np.bool_] = Delaunay(placed).find_simplex(xyz_m) >= 0
        return inside

    def label_2(self) -> str:
        """A row of KITTI object's labels; the street's camera looks straight ahead and is mounted level."""
        x, y, z = (CAMERA_FROM_LIDAR @ [*self.bottom_m, 1.0])[:3]
        turn = -self.turn_rad - np.pi / 2  # about the camera's y axis, which points down
        size = f"{self.height_m} {self.width_m} {self.length_m}"
        return f"{self.kind} 0.00 0 0.00 1.0 2.0 3.0 4.0 {size} {x:.12f} {y:.12f} {z:.12f} {turn:.12f}"

    def tracklet(self, first_frame: int, frames: int) -> str:
        """An item of KITTI raw's tracklets that stands still in the lidar's coordinates."""
        x, y, z = self.bottom_m
        pose = f"<item><tx>{x}</tx><ty>{y}</ty><tz>{z}</tz><rx>0</rx><ry>0</ry><rz>{self.turn_rad}</rz></item>"
        return (
            f"<item><objectType>{self.kind}</objectType>"
            f"<h>{self.height_m}</h><w>{self.width_m}</w><l>{self.length_m}</l><first_frame>{first_frame}</first_frame>"
            f"<poses><count>{frames}</count>{pose * frames}</poses></item>"
        )


def tracklets(items: str) -> str:
    """The file round some items, as boost writes it."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n<!DOCTYPE boost_serialization>\n'
    return f"{head}<boost_serialization><tracklets><count>1</count>{items}</tracklets></boost_serialization>\n"


THINGS = (
    Thing("Car", (14.0, 4.5, -2.0), 0.6, 9.0, 5.0, 4.0),
    Thing("Pedestrian", (9.0, -5.0, -1.9), -0.3, 3.0, 4.0, 3.0),
    Thing("Cyclist", (28.0, 0.0, -2.2), 1.2, 9.0, 6.0, 5.0),
)
"""They hold pieces of the street's facades and road."""


def lidar_points(truth_m: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Rows, columns and float64 (N, 3) lidar points of the pixels with depth."""
    row, column = np.nonzero(truth_m)
    depth = truth_m[row, column].astype(np.float64)
    matrix = CAMERA_MATRIX @ CAMERA_FROM_LIDAR
    right = np.stack([column * depth, row * depth, depth]) - matrix[:, 3:]
    return row, column, (np.linalg.inv(matrix[:, :3]) @ right).T
