"""Small logs in Argoverse 2's format, written from the closed-form street of ``kitti_trees``."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
from kornia_rs import io
from pyarrow import feather
from scipy.spatial.transform import Rotation

from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX, SIZE, Array, Street, still_scan

LOG = "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
START_NS, SWEEP_NS = 315_966_265_259_836_000, 100_000_000
STREET = Street(elevations_deg=np.linspace(2.0, -20.0, 32), azimuth_step_deg=1.0)
UP, DOWN, WORLD, CAMERA = np.eye(4), np.eye(4), np.eye(4), np.eye(4)
UP[:3] = np.column_stack([Rotation.from_euler("z", -0.3, degrees=True).as_matrix(), [1.35, 0.0, 1.64]])
DOWN[:3] = np.column_stack([Rotation.from_quat([0.9945, -0.1048, 0.0, 0.0]).as_matrix(), [1.355, 0.0, 1.565]])
WORLD[:3] = np.column_stack([Rotation.from_euler("zyx", [-94, 1, 2], degrees=True).as_matrix(), [747.4, 1275.3, -24.2]])
CAMERA[:3, 3] = np.linalg.solve(CAMERA_MATRIX[:, :3], CAMERA_MATRIX[:, 3])  # has no fourth column of its own here
VEHICLE_FROM_CAMERA = UP @ np.linalg.inv(CAMERA @ CAMERA_FROM_LIDAR)


def write_table(path: Path, columns: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    feather.write_feather(pyarrow.table(columns), str(path))


def poses(matrices: list[Array]) -> dict[str, Array]:
    quaternion = np.array([Rotation.from_matrix(m[:3, :3]).as_quat() for m in matrices])
    shift = np.array([m[:3, 3] for m in matrices])
    rows = {name: quaternion[:, column] for name, column in zip(("qw", "qx", "qy", "qz"), (3, 0, 1, 2), strict=True)}
    return rows | {f"t{axis}_m": shift[:, column] for column, axis in enumerate("xyz")}


def moved(matrix: Array, xyz: Array) -> Array:
    return xyz @ matrix[:3, :3].T + matrix[:3, 3]


def lower_points(street: Street, frame: int) -> tuple[Array, Array]:
    """Of the lower lidar, as the upper one's coordinates have them: cones about an origin of its own, upside down."""
    up_from_down = np.linalg.inv(UP) @ DOWN
    azimuth = np.radians(np.arange(0.5, 360, street.azimuth_step_deg))
    points, lasers = [], []
    for laser, elevation in enumerate(np.radians(np.linspace(15, -25, 32))):
        flat = np.cos(elevation)
        rays = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.full_like(azimuth, np.sin(elevation))], 1)
        turned = rays @ up_from_down[:3, :3].T
        reach = street._cast_from(up_from_down[:3, 3] + [0.1 * frame * street.speed_mps, 0, 0], turned)
        hit = np.isfinite(reach) & (reach < 100)
        points.append(up_from_down[:3, 3] + turned[hit] * reach[hit, None])
        lasers.append(np.full(hit.sum(), laser))
    return np.concatenate(points), np.concatenate(lasers)


def write_log(
    root: Path, frames: int = 7, street: Street = STREET, image_late_ns: int = 30_000_000, upper_first: bool = True
) -> Path:
    """A log of sweeps freed of motion; upper_first: whether the upper lidar has lasers 0 to 31. Returns its folder."""
    log = root / LOG
    stamps, vehicles = [], []
    for frame in range(frames):
        for late_ns in (0, image_late_ns):
            shift = np.eye(4)
            shift[0, 3] = street.speed_mps * (0.1 * frame + late_ns * 1e-9)
            stamps.append(START_NS + frame * SWEEP_NS + late_ns)
            vehicles.append(WORLD @ shift @ np.linalg.inv(UP))
        _, line = street.scan(frame)
        up, (down, lower) = still_scan(street, frame), lower_points(street, frame)
        laser = np.concatenate([line + (0 if upper_first else 32), lower + (32 if upper_first else 0)])
        order = np.random.default_rng(frame).permutation(len(laser))
        xyz = moved(UP, np.concatenate([up, down]))[order]
        columns = {axis: xyz[:, column].astype(np.float32) for column, axis in enumerate("xyz")}
        others = {
            "intensity": np.full(len(laser), 7, np.uint8),
            "laser_number": laser[order].astype(np.uint8),
            "offset_ns": np.zeros(len(laser), np.int32),
        }
        write_table(log / f"sensors/lidar/{START_NS + frame * SWEEP_NS}.feather", columns | others)
        image = log / f"sensors/cameras/ring_front_center/{START_NS + frame * SWEEP_NS + image_late_ns}.jpg"
        image.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(frame).integers(0, 255, (*SIZE, 3), np.uint8)
        io.write_image_jpeg(str(image), pixels, "rgb", 95)
    write_table(log / "city_SE3_egovehicle.feather", {"timestamp_ns": np.array(stamps), **poses(vehicles)})
    names = ["ring_front_left", "ring_front_center", "up_lidar", "down_lidar"]
    mounted = poses([np.eye(4), VEHICLE_FROM_CAMERA, UP, DOWN])
    write_table(log / "calibration/egovehicle_SE3_sensor.feather", {"sensor_name": names, **mounted})
    focal, _, u, _ = CAMERA_MATRIX[0]
    intrinsics = {"fx_px": focal, "fy_px": focal, "cx_px": u, "cy_px": CAMERA_MATRIX[1, 2], "k1": -0.2, "k2": 0.1}
    rows = {name: np.array([1.0, value]) for name, value in intrinsics.items()}
    sizes = {"height_px": np.array([1, SIZE[0]]), "width_px": np.array([1, SIZE[1]])}
    write_table(log / "calibration/intrinsics.feather", {"sensor_name": names[:2], **rows, **sizes})
    return log
