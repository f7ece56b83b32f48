"""A street beside a camera of any size, as frames.csv: scan, image, calibration, and depth images in any unit.

All is computed with numpy from the planes' equations: a road, a facade on either side, a wall ahead.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from kornia_rs import io
from numpy.typing import NDArray

Array = NDArray[np.float64]

CAMERA_FROM_LIDAR = np.array([[0.0, -1, 0, 0], [0, 0, -1, -0.08], [1, 0, 0, -0.27], [0, 0, 0, 1]])


@dataclass(frozen=True)
class StreetTable:
    """size: (H, W) of the camera. focal_px: of its lens. top_px: rows of the image above the horizon."""

    size: tuple[int, int] = (120, 400)
    focal_px: float = 232.0
    top_px: float = 58.0
    elevations_deg: Array = field(default_factory=lambda: np.linspace(2.0, -20.0, 16))
    columns: int = 720

    @property
    def camera_matrix(self) -> Array:
        """(3, 3)."""
        return np.array([[self.focal_px, 0, self.size[1] / 2], [0, self.focal_px, self.top_px], [0, 0, 1]])

    def points(self) -> Array:
        """(N, 3) line after line from the topmost one, in lidar coordinates."""
        elevation = np.radians(self.elevations_deg)[:, None]
        azimuth = np.linspace(1e-3, 2 * np.pi - 1e-3, self.columns)[None]
        flat = np.cos(elevation)
        rays = np.stack(np.broadcast_arrays(flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)), -1)
        return (rays * _reach(rays)[..., None]).reshape(-1, 3)

    def in_camera(self, camera_from_lidar: Array = CAMERA_FROM_LIDAR) -> Array:
        """(N, 3), the points in the camera's coordinates."""
        return self.points() @ camera_from_lidar[:3, :3].T + camera_from_lidar[:3, 3]

    def lines_at(self, rows: range) -> set[int]:
        """The lines that have a point within these rows of the image."""
        line = np.repeat(np.arange(len(self.elevations_deg)), self.columns)
        row, _, _, inside = self.pixels()
        return set(line[inside & (row >= rows.start) & (row < rows.stop)].tolist())

    def pixels(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Array, NDArray[np.bool_]]:
        """Row, column and depth of every point, and whether it falls in the image."""
        xyz = self.in_camera()
        depth = np.where(xyz[:, 2] > 0, xyz[:, 2], np.inf)
        column, row = np.floor((xyz @ self.camera_matrix.T)[:, :2].T / depth + 0.5)
        height, width = self.size
        inside = (xyz[:, 2] > 0) & (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int), depth, inside

    def depth_m(self) -> Array:
        """(H, W): the points in the image, the nearest at each pixel, 0 = none."""
        row, column, depth, inside = self.pixels()
        canvas = np.full(self.size, np.inf)
        np.minimum.at(canvas, (row[inside], column[inside]), depth[inside])
        return np.where(np.isinf(canvas), 0, canvas)

    def write(
        self,
        folder: Path,
        frames: int = 2,
        units_per_m: dict[str, float] | None = None,
        camera_from_lidar: Array = CAMERA_FROM_LIDAR,
        distortion: str = "",
    ) -> Path:
        """Write frames.csv and what it names.

        Args:
            folder: made where it is not there.
            frames: all alike but for their images.
            units_per_m: column (depth, ground_truth) -> the unit that its images are written in.
            camera_from_lidar: what the calibration file claims.
            distortion: a line for the calibration file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(0)
        kept = self.points()
        columns = {name: f"{name}.png" for name in units_per_m or {}}
        for name, units in (units_per_m or {}).items():
            write_u16(folder / f"{name}.png", self.depth_m() * units)
        rows = []
        for frame in range(frames):
            np.column_stack([kept, np.ones(len(kept))]).astype("<f4").tofile(folder / f"{frame}.bin")
            image = rng.integers(0, 255, (*self.size, 3), np.uint8)
            io.write_image_png_u8(str(folder / f"{frame}.png"), image, "rgb")
            rows.append([f"{frame}.bin", f"{frame}.png", "rig.yaml", *columns.values()])
        write_rig(folder / "rig.yaml", self.camera_matrix, camera_from_lidar, self.size, distortion)
        table = [["scan", "image", "calibration", *columns], *rows]
        (folder / "frames.csv").write_text("".join(",".join(cells) + "\n" for cells in table))
        return folder


def write_u16(path: Path, values: Array) -> None:
    stored = np.minimum(np.floor(values + 0.5), 65535).astype(np.uint16)
    io.write_image_png_u16(str(path), np.ascontiguousarray(stored[..., None]), "mono")


def write_rig(path: Path, camera: Array, camera_from_lidar: Array, size: tuple[int, int], distortion: str = "") -> None:
    path.write_text(
        f"camera_matrix: {np.c_[camera, np.zeros(3)].tolist()}\n"
        f"camera_from_lidar: {camera_from_lidar.tolist()}\nimage_size: [{size[0]}, {size[1]}]\n{distortion}"
    )


def _reach(rays: Array) -> Array:
    """Metres along unit rays (..., 3) to the first plane, at most 80."""
    x, y, z = np.moveaxis(rays, -1, 0)
    with np.errstate(divide="ignore"):
        planes = [np.where(z < 0, -1.7 / z, np.inf), 8 / np.abs(y), 40 / np.abs(x)]
    return np.minimum(np.minimum.reduce(planes), 80.0)
