"""What the tests of raw trees share: a file of one, and a real drive built anew."""

from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from tests.support.kitti_trees import (
    DAY,
    DRIVE,
)

SCAN = ReadOptions(ground_truth="scan")


def scan_file(root: Path, frame: int) -> Path:
    return root / DAY / DRIVE / f"velodyne_points/data/{frame:010d}.bin"


def link_real(source: Path, root: Path, frames: range) -> Path:
    """A raw tree of some frames of the real drive 9999, by links."""
    day = root / "2011_09_26"
    drive = day / "2011_09_26_drive_9999_sync"
    for kind, suffix in (("velodyne_points", "bin"), ("image_02", "png")):
        (drive / kind / "data").mkdir(parents=True)
        for frame in frames:
            name = f"{kind}/data/{frame:010d}.{suffix}"
            (drive / name).symlink_to((source / drive.name / name).resolve())
    for name in ("calib_cam_to_cam.txt", "calib_velo_to_cam.txt", "calib_imu_to_velo.txt"):
        (day / name).symlink_to((source / name).resolve())
    return drive
