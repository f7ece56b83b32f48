"""Small KITTI trees of a closed-form street: a road, two facades and an end wall, seen by a 16-line lidar.

Everything is computed here with numpy from the planes' equations, so that tests have an oracle that is not lidarsel.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from kornia_rs import io
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

DAY = "2001_02_03"
DRIVE = f"{DAY}_drive_0007_sync"
SIZE = (90, 300)
FOCAL = 220.0
ELEVATIONS_DEG = np.linspace(2.0, -20.0, 16)
CAMERA_FROM_LIDAR = np.array([[0.0, -1, 0, 0.02], [0, 0, -1, -0.08], [1, 0, 0, -0.27], [0, 0, 0, 1]])
CAMERA_MATRIX = np.array([[FOCAL, 0, 150, 12.0], [0, FOCAL, 40, 0.2], [0, 0, 1, 0.003]])
LIDAR_HEIGHT_M = 1.7


@dataclass
class Street:
    """speed_mps: of the lidar, straight ahead. end_m: where the end wall stands; half_width_m: where the facades do."""

    speed_mps: float = 5.0
    end_m: float = 30.0
    half_width_m: float = 6.0
    azimuth_step_deg: float = 0.5
    elevations_deg: Array = field(default_factory=lambda: ELEVATIONS_DEG)

    def cast(self, origin_x_m: Array | float, directions: Array) -> Array:
        """Distance along unit ``directions`` (N, 3) from (origin_x, 0, 0) to the nearest plane, inf for the sky."""
        x, y, z = directions.T
        with np.errstate(divide="ignore"):
            road = np.where(z < 0, -LIDAR_HEIGHT_M / z, np.inf)
            facade = self.half_width_m / np.abs(y)
            end = np.where(x > 0, (self.end_m - origin_x_m) / x, np.inf)
            back = np.where(x < 0, (-20.0 - origin_x_m) / x, np.inf)
        reach = np.minimum.reduce([road, facade, end, back])
        with np.errstate(invalid="ignore"):
            height = reach * z
        return np.where(height > 8.0, np.inf, reach)

    def scan(self, frame: int) -> tuple[Array, NDArray[np.int16]]:
        """Points (N, 3) as the moving lidar measures them, in KITTI's order, and the line of each."""
        azimuth = np.radians(np.arange(0.0, 360.0, self.azimuth_step_deg) + 0.1)
        azimuth = np.where(azimuth > np.pi, azimuth - 2 * np.pi, azimuth)
        time = -azimuth / (2 * np.pi) * 0.1
        points, lines = [], []
        for line, elevation in enumerate(np.radians(self.elevations_deg)):
            flat = np.cos(elevation)
            rays = np.stack(
                [flat * np.cos(azimuth), flat * np.sin(azimuth), np.full_like(azimuth, np.sin(elevation))], 1
            )
            distance = self.cast(self.speed_mps * (0.1 * frame + time), rays)
            hit = np.isfinite(distance)
            points.append(rays[hit] * distance[hit, None])
            lines.append(np.full(hit.sum(), line, np.int16))
        return np.concatenate(points), np.concatenate(lines)

    def depth(self, frame: int) -> Array:
        """Exact depth (H, W) at pixel centres, 0 for the sky."""
        height, width = SIZE
        row, column = np.mgrid[:height, :width]
        rays = np.stack([column.ravel(), row.ravel(), np.ones(row.size)])
        in_camera = np.linalg.inv(CAMERA_MATRIX[:, :3])
        turn = CAMERA_FROM_LIDAR[:3, :3].T
        # camera centre: P (x, 1) = 0
        centre = -in_camera @ CAMERA_MATRIX[:, 3]
        origin = turn @ (centre - CAMERA_FROM_LIDAR[:3, 3])
        directions = (turn @ (in_camera @ rays)).T
        length = np.linalg.norm(directions, axis=1, keepdims=True)
        unit = directions / length
        moved = self._cast_from(origin + np.array([self.speed_mps * 0.1 * frame, 0, 0]), unit)
        return np.where(np.isfinite(moved), moved / length[:, 0], 0).reshape(SIZE)

    def _cast_from(self, origin: Array, unit: Array) -> Array:
        x, y, z = unit.T
        with np.errstate(divide="ignore"):
            road = np.where(z < 0, (-LIDAR_HEIGHT_M - origin[2]) / z, np.inf)
            facade = np.where(y > 0, (self.half_width_m - origin[1]) / y, (-self.half_width_m - origin[1]) / y)
            end = np.where(x > 0, (self.end_m - origin[0]) / x, np.inf)
        reach = np.minimum.reduce([road, facade, end])
        with np.errstate(invalid="ignore"):
            return np.where(origin[2] + reach * z > 8.0, np.inf, reach)


def write_scan(path: Path, xyz: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.column_stack([xyz, np.full(len(xyz), 0.5)]).astype("<f4").tofile(path)


def write_image(path: Path, height: int = SIZE[0], width: int = SIZE[1], seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    io.write_image_png_u8(str(path), pixels, "rgb")


def write_depth(path: Path, depth_m: NDArray[np.floating]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = np.floor(depth_m * 256 + 0.5).astype(np.uint16)
    io.write_image_png_u16(str(path), np.ascontiguousarray(stored[..., None]), "mono")


def numbers(values: ArrayLike) -> str:
    return " ".join(f"{v:.12e}" for v in np.ravel(values))


def write_raw_calibration(day: Path) -> None:
    day.mkdir(parents=True, exist_ok=True)
    rigid = f"R: {numbers(CAMERA_FROM_LIDAR[:3, :3])}\nT: {numbers(CAMERA_FROM_LIDAR[:3, 3])}\n"
    (day / "calib_velo_to_cam.txt").write_text("calib_time: 03-Feb-2001 10:00:00\n" + rigid)
    (day / "calib_imu_to_velo.txt").write_text(f"R: {numbers(np.eye(3))}\nT: {numbers(np.zeros(3))}\n")
    (day / "calib_cam_to_cam.txt").write_text(
        f"R_rect_00: {numbers(np.eye(3))}\n"
        f"S_rect_02: {SIZE[1]:e} {SIZE[0]:e}\nP_rect_02: {numbers(CAMERA_MATRIX)}\n"
        f"S_rect_03: {SIZE[1]:e} {SIZE[0]:e}\nP_rect_03: {numbers(CAMERA_MATRIX)}\n"
    )


def write_yaml_calibration(folder: Path, camera_from_lidar: Array = CAMERA_FROM_LIDAR) -> None:
    """calibration.yaml, for formats that have no place for it."""
    content = {
        "camera_matrix": CAMERA_MATRIX.tolist(),
        "camera_from_lidar": camera_from_lidar.tolist(),
        "image_size": list(SIZE),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calibration.yaml").write_text(yaml.safe_dump(content))


def oxts_line(street: Street, frame: int) -> str:
    """At the equator, heading east, one degree of longitude is pi * 6378137 / 180 m."""
    east = street.speed_mps * 0.1 * frame
    values = np.zeros(30)
    values[1] = np.degrees(east / 6378137.0)
    values[8] = street.speed_mps
    return " ".join(repr(float(v)) for v in values) + "\n"


def write_raw_tree(root: Path, frames: int = 7, street: Street | None = None, oxts: bool = True) -> Path:
    """A raw tree with one drive; returns the drive's folder."""
    street = street or Street()
    write_raw_calibration(root / DAY)
    drive = root / DAY / DRIVE
    for frame in range(frames):
        write_scan(drive / "velodyne_points/data" / f"{frame:010d}.bin", street.scan(frame)[0])
        write_image(drive / "image_02/data" / f"{frame:010d}.png", seed=frame)
        if oxts:
            (drive / "oxts/data").mkdir(parents=True, exist_ok=True)
            (drive / "oxts/data" / f"{frame:010d}.txt").write_text(oxts_line(street, frame))
    return drive


def project(xyz: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], Array, NDArray[np.bool_]]:
    """Row, column, depth of points (N, 3), and whether they fall in the image."""
    homogeneous = (CAMERA_MATRIX @ CAMERA_FROM_LIDAR @ np.column_stack([xyz, np.ones(len(xyz))]).T).T
    depth = homogeneous[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        column = np.floor(homogeneous[:, 0] / depth + 0.5)
        row = np.floor(homogeneous[:, 1] / depth + 0.5)
    inside = (depth > 0) & (column >= 0) & (column < SIZE[1]) & (row >= 0) & (row < SIZE[0])
    return (
        np.where(inside, row, 0).astype(np.int64),
        np.where(inside, column, 0).astype(np.int64),
        depth,
        inside,
    )


def draw(xyz: Array) -> Array:
    """The nearest point at each pixel, 0 where there is none."""
    row, column, depth, inside = project(xyz)
    canvas = np.full(SIZE, np.inf)
    np.minimum.at(canvas, (row[inside], column[inside]), depth[inside])
    return np.where(np.isinf(canvas), 0, canvas)


def still_scan(street: Street, frame: int) -> Array:
    """The scan of ``frame`` freed of motion: straight ahead, so every point moves by speed * time."""
    xyz, _ = street.scan(frame)
    time = -np.arctan2(xyz[:, 1], xyz[:, 0]) / (2 * np.pi) * 0.1
    return xyz + np.outer(time * street.speed_mps, [1.0, 0, 0])


def write_depth_tree(root: Path, frames: int = 7, street: Street | None = None) -> Path:
    """A depth completion tree of the same drive with official and dense ground truth; returns proj_depth."""
    street = street or Street()
    folder = root / "train" / DRIVE / "proj_depth"
    for frame in range(frames):
        name = f"image_02/{frame:010d}.png"
        write_depth(folder / "velodyne_raw" / name, draw(still_scan(street, frame)))
        exact = street.depth(frame)
        write_depth(folder / "groundtruth_dense" / name, np.where(exact < 250, exact, 0))
        sparse = np.where(np.indices(SIZE).sum(axis=0) % 3 == 0, exact, 0)
        write_depth(folder / "groundtruth" / name, sparse)
    return folder


def depth_image(root: Path, kind: str, frame: int) -> Path:
    """Where ``write_depth_tree`` puts a frame's image of a kind."""
    return root / "train" / DRIVE / "proj_depth" / kind / "image_02" / f"{frame:010d}.png"
