"""Simulated frames of a sensor with any number of lines, and files of them in the formats that sensors' data come in.

The writers are written out here byte by byte, so that they are an oracle for the readers.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from lidarsel.frame import Calibration, Scan
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.settings import SimulateSettings
from tests.support.kitti_trees import numbers, write_depth

SIZE = (96, 320)


@dataclass(frozen=True, eq=False)
class Moment:
    """scan: true lines, in KITTI's order, free of motion. dense_m: float32 (H, W). world_from_lidar: float64 (4, 4)."""

    scan: Scan
    image: NDArray[np.uint8]
    dense_m: NDArray[np.float32]
    world_from_lidar: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sensor:
    """elevation_deg: float64 (n_lines,), as built."""

    n_lines: int
    elevation_deg: NDArray[np.float64]
    calibration: Calibration
    moments: list[Moment]

    def points_per_line(self, moment: Moment) -> NDArray[np.int64]:
        """int64 (n_lines,): points in the image, by the projection's own formula."""
        *_, line = self.pixels(moment)
        return np.bincount(line, minlength=self.n_lines)

    def pixels(
        self, moment: Moment
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int16]]:
        """Row, column, depth and line of the points in the image."""
        c = self.calibration
        world = np.column_stack([moment.scan.xyz_m, np.ones(len(moment.scan.xyz_m))]).astype(float)
        u, v, depth = c.camera_matrix @ c.camera_from_lidar @ world.T
        with np.errstate(divide="ignore", invalid="ignore"):
            column, row = np.floor(u / depth + 0.5), np.floor(v / depth + 0.5)
        inside = (depth > 0) & (column >= 0) & (column < SIZE[1]) & (row >= 0) & (row < SIZE[0])
        return row[inside].astype(int), column[inside].astype(int), depth[inside], moment.scan.line[inside]

    def sparse(self, moment: Moment) -> NDArray[np.float64]:
        """float64 (H, W): the nearest point of each pixel, 0 = none."""
        row, column, depth, _ = self.pixels(moment)
        canvas = np.full(SIZE, np.inf)
        np.minimum.at(canvas, (row, column), depth)
        return np.where(np.isinf(canvas), 0, canvas)


@lru_cache(maxsize=8)
def sensor(n_lines: int, frames: int = 3) -> Sensor:
    """A drive: its moments follow each other by 0.1 s."""
    drive = _drive(n_lines, 0, 0.1 * frames)
    return _sensor(n_lines, drive, [_moment(drive, i) for i in range(frames)])


@lru_cache(maxsize=8)
def places(n_lines: int, frames: int) -> Sensor:
    """Moments that have nothing to do with each other: each is of a street of its own."""
    drives = [_drive(n_lines, number, 0.1) for number in range(frames)]
    return _sensor(n_lines, drives[0], [_moment(drive, 0) for drive in drives])


def _drive(n_lines: int, number: int, seconds: float) -> Drive:
    settings = SimulateSettings(
        n_lines=n_lines,
        image_height=SIZE[0],
        image_width=SIZE[1],
        azimuth_step_deg=0.8,
        rolling_sweep=False,
        moving_traffic=False,
    )
    return Drive(settings, number, seconds)


def _moment(drive: Drive, i: int) -> Moment:
    shot, picture = drive.scan_at(i, 0.1 * i), drive.picture_at(i, 0.1 * i)
    pose = shot.ego.world_from_imu @ np.linalg.inv(drive.rig.lidar_from_imu)
    return Moment(shot.scan, picture.image, picture.depth_m, pose)


def _sensor(n_lines: int, drive: Drive, moments: list[Moment]) -> Sensor:
    return Sensor(n_lines, drive.lidar.elevation_deg, drive.rig.calibration, moments)


def ring_table(scan: Scan, n_lines: int, from_lowest: bool = True, seed: int = 0) -> NDArray[np.float32]:
    """float32 (N, 5): x, y, z, intensity, ring, the points in no order."""
    ring = n_lines - 1 - scan.line if from_lowest else scan.line
    table = np.column_stack([scan.xyz_m, scan.intensity, ring]).astype(np.float32)
    return table[np.random.default_rng(seed).permutation(len(table))]


def write_scan(path: Path, scan: Scan, n_lines: int, from_lowest: bool = True) -> None:
    """By suffix: .kitti.bin (line after line, no ring), .sweep.bin (nuScenes), .pcd, .ply."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith(".kitti.bin"):
        np.column_stack([scan.xyz_m, scan.intensity]).astype("<f4").tofile(path)
        return
    table = ring_table(scan, n_lines, from_lowest)
    if path.name.endswith(".sweep.bin"):
        table.astype("<f4").tofile(path)
        return
    ring_type = "<u2" if path.suffix == ".pcd" else "u1"
    rows = np.zeros(len(table), [("point", "<f4", 4), ("ring", ring_type)])
    rows["point"], rows["ring"] = table[:, :4], table[:, 4]
    header = _pcd_header(len(rows)) if path.suffix == ".pcd" else _ply_header(len(rows))
    path.write_bytes(header.encode() + rows.tobytes())


def _pcd_header(n: int) -> str:
    return (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z intensity ring\nSIZE 4 4 4 4 2\n"
        f"TYPE F F F F U\nCOUNT 1 1 1 1 1\nWIDTH {n}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {n}\nDATA binary\n"
    )


def _ply_header(n: int) -> str:
    fields = "".join(f"property float {name}\n" for name in ("x", "y", "z", "intensity"))
    return f"ply\nformat binary_little_endian 1.0\nelement vertex {n}\n{fields}property uchar ring\nend_header\n"


def write_image(path: Path, image: NDArray[np.uint8]) -> None:
    from kornia_rs import io

    path.parent.mkdir(parents=True, exist_ok=True)
    io.write_image_png_u8(str(path), np.ascontiguousarray(image), "rgb")


def write_yaml_calibration(path: Path, calibration: Calibration) -> None:
    content = {
        "camera_matrix": calibration.camera_matrix.tolist(),
        "camera_from_lidar": calibration.camera_from_lidar.tolist(),
        "image_size": list(SIZE),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content))


def write_clouds(folder: Path, made: Sensor) -> None:
    """A folder of point clouds with their images, judged against their own scans."""
    write_yaml_calibration(folder / "calibration.yaml", made.calibration)
    for i, moment in enumerate(made.moments):
        write_scan(folder / f"{i:06}.pcd", moment.scan, made.n_lines)
        write_image(folder / f"images/{i:06}.png", moment.image)


def write_kitti_calibration(path: Path, calibration: Calibration) -> None:
    """KITTI odometry's calib.txt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"P2: {numbers(calibration.camera_matrix)}", f"Tr: {numbers(calibration.camera_from_lidar[:3])}"]
    path.write_text("\n".join(rows) + "\n")


def write_frames_csv(
    folder: Path, made: Sensor, suffix: str, with_truth: bool = True, with_pose: bool = False, with_depth: bool = False
) -> Path:
    """A folder of scans, images, depth images and a calibration, and the table that names them; returns the table."""
    write_yaml_calibration(folder / "rig.yaml", made.calibration)
    header = ["scan", "image", "calibration", "drive", "frame"]
    header += ["scan_format"] * suffix.endswith(".sweep.bin") + ["depth"] * with_depth
    header += ["ground_truth"] * with_truth + ["pose"] * with_pose
    lines = [",".join(header)]
    for i, moment in enumerate(made.moments):
        write_scan(folder / f"lidar/s{i}{suffix}", moment.scan, made.n_lines)
        write_image(folder / f"camera/c{i}.png", moment.image)
        cell = {
            "scan": f"lidar/s{i}{suffix}",
            "image": f"camera/c{i}.png",
            "calibration": "rig.yaml",
            "drive": "street",
            "frame": str(10 + i),
            "scan_format": "nuscenes",
            "depth": f"sparse/{i}.png",
            "ground_truth": f"truth/{i}.png",
            "pose": numbers(moment.world_from_lidar[:3]),
        }
        if with_depth:
            write_depth(folder / cell["depth"], made.sparse(moment))
        if with_truth:
            write_depth(folder / cell["ground_truth"], np.where(moment.dense_m < 250, moment.dense_m, 0))
        lines.append(",".join(cell[name] for name in header))
    table = folder / "frames.csv"
    table.write_text("\n".join(lines) + "\n")
    return table
