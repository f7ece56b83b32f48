"""Small sequences in PandaSet's format, written from the closed-form street of ``kitti_trees``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from kornia_rs import io
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tests.support.kitti_trees import Array, Street, still_scan
from tests.support.pandas_pickles import Form, write_frame

# A Pandar64 that is a little off its maker's manual: evenly spaced amid, farther apart above and below.
ELEVATIONS_DEG = np.concatenate(
    [
        [14.88, 11.03, 8.06, 5.06, 3.04],
        *(np.linspace(2.03, 0.0, 13), np.linspace(-0.169, -6.061, 36)),
        [-7.06, -8.06, -9.06, -9.89, -11.03, -12.0, -12.97, -13.93, -18.9, -24.9],
    ]
)
STREET = Street(elevations_deg=ELEVATIONS_DEG, azimuth_step_deg=2.0)
SIZE = (1080, 1920)
INTRINSICS = {"fx": 1970.0131, "fy": 1970.0091, "cx": 970.0002, "cy": 483.2988}
CAMERA_MATRIX = np.array(
    [[INTRINSICS["fx"], 0, INTRINSICS["cx"], 0], [0, INTRINSICS["fy"], INTRINSICS["cy"], 0], [0, 0, 1, 0]]
)
START_S, SCAN_S = 1_557_539_924.5, 0.1
WORLD = np.eye(4)
WORLD[:3] = np.column_stack([Rotation.from_euler("zyx", [-46, 2, -1], degrees=True).as_matrix(), [12.3, -4.5, 1.8]])
MOUNTED = np.eye(4)  # front camera <- Pandar64, whose x points left and y back (PandaSet's calibration)
MOUNTED[:3, :3] = Rotation.from_quat([0.00305789, 0.71147218, -0.70252055, 0.0162132]).as_matrix()
MOUNTED[:3, 3] = 0.00025858, -0.03907777, -0.04401258
CAMERA_FROM_LIDAR = MOUNTED @ np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


def pose(matrix: Array) -> dict[str, Any]:
    x, y, z, w = Rotation.from_matrix(matrix[:3, :3]).as_quat().tolist()
    place = dict(zip("xyz", matrix[:3, 3].tolist(), strict=True))
    return {"position": place, "heading": {"w": w, "x": x, "y": y, "z": z}}


def write_camera(sequence: Path, world_from_lidar: list[Array], stamps_s: list[float]) -> None:
    """Images of one colour, and where they were taken; and the vehicle's poses, which are not the lidar's."""
    camera = sequence / "camera/front_camera"
    camera.mkdir(parents=True, exist_ok=True)
    poses = [matrix @ np.linalg.inv(CAMERA_FROM_LIDAR) for matrix in world_from_lidar]
    for number in range(len(poses)):
        pixels = np.full((*SIZE, 3), 40 + number, np.uint8)
        io.write_image_jpeg(str(camera / f"{number:02d}.jpg"), pixels, "rgb", 80)
    for name, content in (("intrinsics", INTRINSICS), ("poses", [pose(p) for p in poses]), ("timestamps", stamps_s)):
        (camera / f"{name}.json").write_text(json.dumps(content))
    below = np.eye(4)
    below[2, 3] = -1.8
    (sequence / "lidar").mkdir(exist_ok=True)
    (sequence / "lidar/poses.json").write_text(json.dumps([pose(matrix @ below) for matrix in world_from_lidar]))
    (sequence / "lidar/timestamps.json").write_text(json.dumps([stamp + SCAN_S / 2 for stamp in stamps_s]))


def scan_columns(world_m: Array, time_s: Array, seed: int) -> dict[str, NDArray[Any]]:
    """In no order, with a few points of the other lidar among them."""
    ahead = world_m[:: max(1, len(world_m) // 50)] + 0.01
    order = np.random.default_rng(seed).permutation(len(world_m) + len(ahead))
    xyz = np.concatenate([world_m, ahead])[order]
    other = np.concatenate([np.zeros(len(world_m), np.int64), np.ones(len(ahead), np.int64)])[order]
    time = np.concatenate([time_s, np.full(len(ahead), time_s.mean())])[order]
    return {"x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], "i": np.full(len(xyz), 7.0), "t": time, "d": other}


def write_sequence(
    root: Path,
    frames: int = 7,
    street: Street = STREET,
    form: Form = "0.25",
    protocol: int = 4,
    name: str = "001",
    suffix: str = ".pkl.gz",
) -> Path:
    """A drive straight ahead. Returns the folder of the sequence."""
    sequence = root / name
    poses, stamps = [], []
    for frame in range(frames):
        shift = np.eye(4)
        shift[0, 3] = street.speed_mps * SCAN_S * frame
        poses.append(WORLD @ shift)
        stamps.append(START_S + SCAN_S * frame)
        measured, _ = street.scan(frame)
        time = stamps[-1] - np.arctan2(measured[:, 1], measured[:, 0]) / (2 * np.pi) * SCAN_S
        world = still_scan(street, frame) @ poses[-1][:3, :3].T + poses[-1][:3, 3]
        path = sequence / f"lidar/{frame:02d}{suffix}"
        write_frame(path, scan_columns(world, time, frame), form, protocol)
    write_camera(sequence, poses, stamps)
    return sequence
