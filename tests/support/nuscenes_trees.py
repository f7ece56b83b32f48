"""Small trees in nuScenes' format (its published schema), written from the closed-form street of ``kitti_trees``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from kornia_rs import io
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX, SIZE, Array, Street, still_scan
from tests.support.label_files import Thing

KITTI_FROM_LIDAR = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])  # nuScenes: x right, y forward
EGO_FROM_LIDAR = np.eye(4)
EGO_FROM_LIDAR[:3] = np.column_stack([Rotation.from_euler("xyz", [1, 2, -89], degrees=True).as_matrix(), [0.9, 0, 1.8]])
WORLD = np.eye(4)
WORLD[:3] = np.column_stack([Rotation.from_euler("zyx", [130, 3, -2], degrees=True).as_matrix(), [411.3, 1180.9, 2.5]])
CAMERA = np.eye(4)  # nuScenes stores three columns of the camera matrix: the fourth goes into the mounting
CAMERA[:3, 3] = np.linalg.solve(CAMERA_MATRIX[:, :3], CAMERA_MATRIX[:, 3])
CAMERA_FROM_NUSCENES = CAMERA @ CAMERA_FROM_LIDAR @ KITTI_FROM_LIDAR
SCENE, START_US = "scene-0007", 1_500_000_000_000_000


def write_sweep(path: Path, xyz: Array, line: NDArray[np.integer], n_lines: int = 16) -> None:
    """Rings count from the lowest; points of a firing follow each other."""
    order = np.lexsort((line, np.arctan2(xyz[:, 1], xyz[:, 0]).round(4)))
    points = xyz @ KITTI_FROM_LIDAR[:3, :3]
    columns = np.column_stack([points, np.full(len(xyz), 7.0), n_lines - 1 - line])
    path.parent.mkdir(parents=True, exist_ok=True)
    columns[order].astype("<f4").tofile(path)


def write_image(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    io.write_image_jpeg(str(path), np.random.default_rng(seed).integers(0, 255, (*SIZE, 3), np.uint8), "rgb", 95)


def pose(token: str, matrix: Array) -> dict[str, object]:
    x, y, z, w = Rotation.from_matrix(matrix[:3, :3]).as_quat()
    return {"token": token, "translation": matrix[:3, 3].tolist(), "rotation": [w, x, y, z]}


def write_annotations(folder: Path, things: Mapping[str, Thing], samples: Sequence[str]) -> None:
    """Things by category that stand still in the coordinates of the first sweep: the street must stand still too."""
    rows = []
    for number, thing in enumerate(things.values()):
        raised = np.eye(4)
        raised[2, 3] = thing.height_m / 2
        placed = pose("", WORLD @ thing.lidar_from_box @ raised)
        size = [thing.width_m, thing.length_m, thing.height_m]
        whose = {"instance_token": f"i{number}", "size": size}
        rows += [{**placed, "token": f"{sample}-{number}", "sample_token": sample, **whose} for sample in samples]
    tables: dict[str, list[dict[str, object]]] = {
        "category": [{"token": f"c{n}", "name": name, "description": ""} for n, name in enumerate(things)],
        "instance": [{"token": f"i{n}", "category_token": f"c{n}"} for n in range(len(things))],
        "sample_annotation": rows,
    }
    for name, content in tables.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=0))


def write_tree(
    root: Path,
    frames: int = 7,
    street: Street | None = None,
    camera_late_s: float = 0.0,
    still: bool = False,
    key: int = 1,
) -> Path:
    """A scene of ``frames`` sweeps 0.1 s apart, every ``key``-th a key frame with its image; returns v1.0-mini.

    camera_late_s: how long after the lidar the camera is triggered. still: scans free of motion.
    """
    street = street or Street()
    data: list[dict[str, object]] = []
    poses, samples = [], []
    for frame in range(frames):
        xyz, line = street.scan(frame)
        xyz = still_scan(street, frame) if still else xyz
        is_key, time = frame % key == 0, START_US + 100_000 * frame
        sample = f"sample{frame // key}"
        kinds = [("lidar", 0.0)] + ([("camera", camera_late_s)] if is_key else [])
        if is_key:
            samples.append({"token": sample, "scene_token": "s", "timestamp": time, "prev": "", "next": ""})
        for kind, late_s in kinds:
            channel, suffix = ("LIDAR_TOP", "pcd.bin") if kind == "lidar" else ("CAM_FRONT", "jpg")
            name = f"n1__{channel}__{time + round(late_s * 1e6)}"
            file = f"{'samples' if is_key else 'sweeps'}/{channel}/{name}.{suffix}"
            if kind == "lidar":
                write_sweep(root / file, xyz, line)
            else:
                write_image(root / file, frame)
            data.append(
                {
                    "token": name,
                    "sample_token": sample,
                    "ego_pose_token": name,
                    "calibrated_sensor_token": f"{kind}-mounted",
                    "timestamp": time + round(late_s * 1e6),
                    "fileformat": suffix.split(".")[0],
                    "is_key_frame": is_key,
                    "height": SIZE[0] if kind == "camera" else 0,
                    "width": SIZE[1] if kind == "camera" else 0,
                    "filename": file,
                    "prev": "",
                    "next": "",
                }
            )
            moved = np.eye(4)
            moved[0, 3] = street.speed_mps * (0.1 * frame + late_s)
            lidar = WORLD @ moved @ KITTI_FROM_LIDAR
            poses.append({**pose(name, lidar @ np.linalg.inv(EGO_FROM_LIDAR)), "timestamp": time})
    camera = pose("camera-mounted", EGO_FROM_LIDAR @ np.linalg.inv(CAMERA_FROM_NUSCENES))
    lidar = pose("lidar-mounted", EGO_FROM_LIDAR)
    intrinsic = CAMERA_MATRIX[:, :3].tolist()
    tables = {
        "sensor": [
            {"token": "l", "channel": "LIDAR_TOP", "modality": "lidar"},
            {"token": "c", "channel": "CAM_FRONT", "modality": "camera"},
        ],
        "calibrated_sensor": [
            {**lidar, "sensor_token": "l", "camera_intrinsic": []},
            {**camera, "sensor_token": "c", "camera_intrinsic": intrinsic},
        ],
        "scene": [
            {"token": "s", "log_token": "g", "name": SCENE, "nbr_samples": len(samples), "description": "a street"}
        ],
        "sample": samples,
        "sample_data": data,
        "ego_pose": poses,
    }
    folder = root / "v1.0-mini"
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        (folder / f"{name}.json").write_text(json.dumps(rows, indent=0))
    return folder
