"""How a frame is looked at: the camera's image, or a range image of the lidar's whole turn."""

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import Calibration, ImagePoints
from lidarsel.geometry.motion import Matrix
from lidarsel.geometry.projection import Projection, Reals, back_project, project

Pixels = NDArray[np.integer]


class View(Protocol):
    """Which pixel of an image a point falls on, and its depth there.

    size: (H, W). pixels_per_rad: how many pixels an angle spans, upwards.
    """

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def pixels_per_rad(self) -> float: ...

    def project(self, xyz_m: Reals) -> Projection:
        """float (N, 3) points -> those that fall in the image."""
        ...

    def back_project(
        self, row: NDArray[np.integer], column: NDArray[np.integer], depth_m: Reals
    ) -> NDArray[np.float64]:
        """Pixels (N,) at their centres with depth -> float64 (N, 3) points: the inverse of ``project``."""
        ...

    def of_scan(self, own_from_other: Matrix) -> "View":
        """The same image for points of another scan; float64 (4, 4), its coordinates -> those of the frame's own."""
        ...


@dataclass(frozen=True, eq=False)
class CameraView:
    """The camera's image: depth is along its axis. size: (H, W)."""

    calibration: Calibration
    size: tuple[int, int]

    @property
    def pixels_per_rad(self) -> float:
        return float(self.calibration.intrinsics[1, 1])

    def project(self, xyz_m: Reals) -> Projection:
        return project(xyz_m, self.calibration, self.size)

    def back_project(
        self, row: NDArray[np.integer], column: NDArray[np.integer], depth_m: Reals
    ) -> NDArray[np.float64]:
        return back_project(row, column, depth_m, self.calibration)

    def of_scan(self, own_from_other: Matrix) -> "CameraView":
        moved = replace(self.calibration, camera_from_lidar=self.calibration.camera_from_lidar @ own_from_other)
        return replace(self, calibration=moved)


@dataclass(frozen=True, eq=False)
class WholeTurn:
    """A range image: columns by azimuth, clockwise from 180 degrees (behind, where x is forward); rows by elevation
    from the top. Pixels are as wide as they are high; depth is the range, the distance from the lidar.

    width: columns of the whole turn. top_rad, bottom_rad: elevations at the upper and the lower edge.
    own_from_points: float64 (4, 4), coordinates of points -> those of the frame's own scan.
    """

    width: int
    top_rad: float
    bottom_rad: float
    own_from_points: Matrix = field(default_factory=lambda: np.eye(4))

    @property
    def size(self) -> tuple[int, int]:
        return max(1, int(np.ceil((self.top_rad - self.bottom_rad) * self.pixels_per_rad))), self.width

    @property
    def pixels_per_rad(self) -> float:
        return float(self.width / (2 * np.pi))

    def project(self, xyz_m: Reals) -> Projection:
        xyz = _moved(self.own_from_points, np.asarray(xyz_m, np.float64))
        range_m = np.linalg.norm(xyz, axis=1)
        ahead = np.hypot(xyz[:, 0], xyz[:, 1])
        row = np.floor((self.top_rad - np.arctan2(xyz[:, 2], ahead)) * self.pixels_per_rad)
        column = np.floor((np.pi - np.arctan2(xyz[:, 1], xyz[:, 0])) * self.pixels_per_rad)
        inside = (row >= 0) & (row < self.size[0]) & (range_m.astype(np.float32) > 0)
        return Projection(
            index=np.flatnonzero(inside),
            row=row.compress(inside).astype(np.int32),
            column=column.compress(inside).astype(np.int32) % np.int32(self.width),
            depth_m=range_m.compress(inside).astype(np.float32),
        )

    def back_project(
        self, row: NDArray[np.integer], column: NDArray[np.integer], depth_m: Reals
    ) -> NDArray[np.float64]:
        elevation = self.top_rad - (row + 0.5) / self.pixels_per_rad
        azimuth = np.pi - (column + 0.5) / self.pixels_per_rad
        flat = np.cos(elevation)
        own = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], axis=1)
        return _moved(np.asarray(np.linalg.inv(self.own_from_points)), own * depth_m[:, None].astype(np.float64))

    def of_scan(self, own_from_other: Matrix) -> "WholeTurn":
        return replace(self, own_from_points=self.own_from_points @ own_from_other)


def image_points(xyz_m: Reals, line: NDArray[np.int16], view: View) -> ImagePoints:
    """float (N, 3), int16 (N,) -> the points in the image, in scan order."""
    seen = view.project(xyz_m)
    return ImagePoints(seen.row, seen.column, seen.depth_m, line[seen.index])


def _moved(to_from_points: Matrix, xyz_m: NDArray[np.float64]) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = xyz_m @ to_from_points[:3, :3].T + to_from_points[:3, 3]
    return moved
