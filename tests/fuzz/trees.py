"""Small valid trees of every layout, and logs with lines to thin them to."""

import csv
import shutil
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from lidarsel.contracts import write_contract
from lidarsel.datasets.base import ReadOptions
from lidarsel.sensor_file import SensorFile
from lidarsel.thinning.apply import apply_lines
from tests.support.kitti360_trees import write_kitti_360
from tests.support.kitti_trees import (
    CAMERA_FROM_LIDAR,
    CAMERA_MATRIX,
    Street,
    draw,
    numbers,
    still_scan,
    write_depth,
    write_depth_tree,
    write_image,
    write_raw_tree,
    write_scan,
    write_yaml_calibration,
)
from tests.support.label_files import THINGS, tracklets, write_labels
from tests.support.nuscenes_trees import KITTI_FROM_LIDAR, write_annotations, write_sweep, write_tree
from tests.support.pandas_pickles import Form, write_frame
from tests.support.pandaset_trees import ELEVATIONS_DEG as PANDAR64_DEG
from tests.support.pandaset_trees import write_sequence

if TYPE_CHECKING:
    from tests.support.ros_bags import Kind

FRAMES = 3
STREET = Street(elevations_deg=np.linspace(2.0, -20.0, 8), azimuth_step_deg=2.0)


def raw(folder: Path) -> None:
    drive = write_raw_tree(folder, FRAMES, STREET)
    (drive / "tracklet_labels.xml").write_text(tracklets("".join(thing.tracklet(1, 2) for thing in THINGS)))


def depth_with_scans(folder: Path) -> None:
    write_raw_tree(folder, FRAMES, STREET)
    write_depth_tree(folder, FRAMES, STREET)


def depth_alone(folder: Path) -> None:
    write_raw_tree(folder / "raw", 1, STREET)
    write_depth_tree(folder, 2, STREET)
    for scans in sorted(folder.rglob("velodyne_points")):
        shutil.rmtree(scans)  # an empty folder of scans would be refused, and nothing be read


def selection(folder: Path) -> None:
    place = folder / "val_selection_cropped"
    for frame in range(2):
        name = "2001_02_03_drive_0007_sync_{}_" + f"{frame:010d}_image_02"
        write_depth(place / "velodyne_raw" / f"{name.format('velodyne_raw')}.png", draw(still_scan(STREET, frame)))
        write_depth(place / "groundtruth_depth" / f"{name.format('groundtruth_depth')}.png", STREET.depth(frame) % 250)
        write_image(place / "image" / f"{name.format('image')}.png", seed=frame)
        (place / "intrinsics").mkdir(exist_ok=True)
        (place / "intrinsics" / f"{name.format('image')}.txt").write_text(numbers(CAMERA_MATRIX[:, :3]))


def object_layout(folder: Path) -> None:
    for frame in range(FRAMES):
        write_scan(folder / f"training/velodyne/{frame:06d}.bin", STREET.scan(frame)[0])
        write_image(folder / f"training/image_2/{frame:06d}.png", seed=frame)
        (folder / "training/calib").mkdir(exist_ok=True)
        rectify, motion = numbers(np.eye(3)), numbers(CAMERA_FROM_LIDAR[:3])
        text = f"P2: {numbers(CAMERA_MATRIX)}\nR0_rect: {rectify}\nTr_velo_to_cam: {motion}\n"
        (folder / f"training/calib/{frame:06d}.txt").write_text(text)
        (folder / "training/label_2").mkdir(exist_ok=True)
        (folder / f"training/label_2/{frame:06d}.txt").write_text("".join(f"{t.label_2()}\n" for t in THINGS))


def odometry(folder: Path) -> None:
    place = folder / "sequences/00"
    for frame in range(FRAMES):
        write_scan(place / f"velodyne/{frame:06d}.bin", still_scan(STREET, frame))
        write_image(place / f"image_2/{frame:06d}.png", seed=frame)
    write_labels(place / "labels", STREET, FRAMES)
    (place / "calib.txt").write_text(f"P2: {numbers(CAMERA_MATRIX)}\nTr: {numbers(CAMERA_FROM_LIDAR[:3])}\n")
    lines = [
        numbers([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.5 * frame]]) for frame in range(FRAMES)
    ]
    (folder / "poses").mkdir()
    (folder / "poses/00.txt").write_text("\n".join(lines) + "\n")


def kitti_360(folder: Path) -> None:
    write_kitti_360(folder, FRAMES, STREET)


def argoverse(folder: Path) -> None:
    from tests.support.argoverse_trees import write_log

    write_log(folder, FRAMES)


def pandaset(folder: Path) -> None:
    """Unpacked, as damage to packed files is seen when they are unpacked."""
    write_sequence(folder, FRAMES, Street(elevations_deg=PANDAR64_DEG, azimuth_step_deg=12.0), suffix=".pkl")


def pickled(form: Form, protocol: int, folder: Path) -> None:
    """A table so small that most of the file is instructions."""
    rows = {name: np.arange(3.0) + 10 * number for number, name in enumerate("xyzit")}
    write_frame(folder / "00.pkl", rows | {"d": np.zeros(3, np.int64)}, form, protocol)


def columns(n_columns: int, folder: Path) -> None:
    """The same sequence in rows of another length: x, y, z, intensity, ring, time as far as it reaches."""
    odometry(folder)
    for path in folder.glob("sequences/00/velodyne/*.bin"):
        points = np.fromfile(path, "<f4").reshape(-1, 4)
        elevation = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
        ring = np.abs(elevation[:, None] - STREET.elevations_deg[::-1]).argmin(axis=1)
        rows = np.column_stack([points, ring, np.linspace(0, 0.1, len(points))])
        rows[:, :n_columns].astype("<f4").tofile(path)


def nuscenes(folder: Path) -> None:
    tables = write_tree(folder, FRAMES, STREET)
    write_annotations(tables, {"vehicle.car": THINGS[0], "human.pedestrian.adult": THINGS[1]}, ["sample0", "sample1"])


def _write_cloud(path: Path, frame: int, field: str = "ring", laser_of_ring: Sequence[int] = range(8)) -> None:
    import open3d as o3d

    xyz, line = STREET.scan(frame)
    cloud = o3d.t.geometry.PointCloud(o3d.core.Tensor.from_numpy(xyz.astype(np.float32)))
    cloud.point["intensity"] = o3d.core.Tensor.from_numpy(np.full((len(xyz), 1), 0.5, np.float32))
    laser = np.array(laser_of_ring, np.int32)[7 - line]
    cloud.point[field] = o3d.core.Tensor.from_numpy(np.ascontiguousarray(laser[:, None]))
    path.parent.mkdir(parents=True, exist_ok=True)
    assert o3d.t.io.write_point_cloud(path, cloud)


def laser_clouds(folder: Path) -> None:
    """Laser numbers in the order of firing, counted from 1, in a field of another name."""
    for frame in range(FRAMES):
        _write_cloud(folder / f"{frame}.pcd", frame, "firing", (1, 3, 5, 7, 2, 4, 6, 8))
        write_image(folder / f"images/{frame}.png", seed=frame)
    write_yaml_calibration(folder)


def table(suffix: str, folder: Path) -> None:
    """frames.csv with scans of a format, every column it may have among them."""
    rows: list[dict[str, Any]] = []
    for frame in range(FRAMES):
        scan = f"scans/{frame}.{suffix}"
        if suffix == "ring.bin":
            xyz, line = STREET.scan(frame)
            write_sweep(folder / scan, xyz, line, n_lines=8)
        elif suffix == "bin":
            write_scan(folder / scan, still_scan(STREET, frame))
        else:
            _write_cloud(folder / scan, frame)
        write_image(folder / f"images/{frame}.png", seed=frame)
        write_depth(folder / f"truth/{frame}.png", STREET.depth(frame) % 250)
        pose = [[1.0, 0.0, 0.0, 0.5 * frame], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
        rows.append(
            {
                "drive": "street",
                "frame": frame,
                "scan": scan,
                "scan_format": {"bin": "kitti", "ring.bin": "nuscenes"}.get(suffix, suffix),
                "image": f"images/{frame}.png",
                "calibration": "calibration.yaml",
                "ground_truth": f"truth/{frame}.png",
                "pose": numbers(pose),
            }
        )
    own_axes = KITTI_FROM_LIDAR if suffix == "ring.bin" else np.eye(4)
    write_yaml_calibration(folder, CAMERA_FROM_LIDAR @ own_axes)
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (folder / "frames.csv").write_text(text.getvalue())


def table_of_arrays(folder: Path) -> None:
    """frames.csv with depth and ground truth as arrays of millimetres, its columns separated by semicolons."""
    rows = ["drive;frame;depth;ground_truth;scan;image;calibration;depth_scale"]
    for frame in range(FRAMES):
        write_scan(folder / f"scans/{frame}.bin", still_scan(STREET, frame))
        write_image(folder / f"images/{frame}.png", seed=frame)
        for place, depth_m in (("depth", draw(still_scan(STREET, frame))), ("truth", STREET.depth(frame) % 250)):
            (folder / place).mkdir(exist_ok=True)
            np.save(folder / f"{place}/{frame}.npy", (1000 * depth_m).astype((np.float32, np.uint32)[frame % 2]))
        files = f"depth/{frame}.npy;truth/{frame}.npy;scans/{frame}.bin;images/{frame}.png"
        rows.append(f"street;{frame};{files};calibration.yaml;1000")
    write_yaml_calibration(folder)
    (folder / "frames.csv").write_text("\n".join(rows) + "\n")


def cloud_folder(folder: Path) -> None:
    for frame in range(FRAMES):
        _write_cloud(folder / f"{frame}.{('ply', 'pcd')[frame % 2]}", frame)
        write_image(folder / f"images/{frame}.png", seed=frame)
    write_yaml_calibration(folder)


def bag(kind: "Kind", name: str, folder: Path) -> None:
    """With the user's own files beside it, on which every case depends."""
    from tests.support.ros_bags import BagPlan, write_bag

    folder.mkdir(exist_ok=True)
    write_bag(folder / name, kind, BagPlan(frames=FRAMES, street=STREET))
    (folder / "rosbag.yaml").write_text("image: /front/image_rect\npoints: /lidar/points\n")


def capture(lidar: str, folder: Path) -> None:
    """Two turns of a lidar in dual mode, few bytes of which are not looked at."""
    from tests.support.velodyne_captures import DUAL, LIDARS, MadeCapture, write_drive

    write_drive(folder, MadeCapture(LIDARS[lidar], turns=2, mode=DUAL))


def by_sensor(make: Callable[[Path], object], folder: Path) -> None:
    """Data, and the calibration of the street's lidar, whose lasers all stand at its origin."""
    make(folder / "data")
    n_lines = len(STREET.elevations_deg)
    file = SensorFile(
        format_version=1,
        lidarsel_version="0",
        data="data",
        data_fingerprint="cd",
        command="",
        frames=["a"],
        n_lines=n_lines,
        elevation_deg=STREET.elevations_deg.tolist(),
        height_m=[0.0] * n_lines,
        points=[100] * n_lines,
        tolerance_deg=0.5,
        n_points=1000,
        n_told=1000,
    )
    write_contract(folder / "sensor.yaml", file)


def _lines(n_lines: int = 8) -> str:
    elevation = STREET.elevations_deg.tolist()[:n_lines]
    content = {
        **{"format_version": 1, "lidarsel_version": "0", "seed": 0, "network": "nearest", "network_sha256": "ab"},
        **{"data": "x", "data_fingerprint": "cd", "command": "", "sensor": "street", "n_lines": n_lines},
        **{"elevation_deg": elevation, "method": "spaced", "budget": 3, "lines": [3, 5, 7]},
        **{"line_elevation_deg": [elevation[3], elevation[5], elevation[7]], "chosen_on_frames": ["a"]},
    }
    return yaml.safe_dump(content)


def log_of_scans(folder: Path) -> None:
    write_raw_tree(folder / "data", FRAMES, STREET)
    (folder / "lines.yaml").write_text(_lines())


def log_of_clouds(folder: Path) -> None:
    for frame, suffix in enumerate(("ply", "pcd")):
        _write_cloud(folder / f"data/{frame}.{suffix}", frame)
    (folder / "lines.yaml").write_text(_lines())


def thinned(folder: Path) -> None:
    """A depth completion tree with scans, thinned before."""
    write_raw_tree(folder / "data", FRAMES, STREET)
    write_depth_tree(folder / "data", FRAMES, STREET)
    (folder / "lines.yaml").write_text(_lines())
    apply_lines(folder / "data", folder / "lines.yaml", folder / "thinned", ReadOptions(), False, "lidarsel apply")


TABLES = ("bin", "ring.bin", "ply", "pcd")
