"""Reading point clouds in PCD and PLY files, through Open3D, and the ``ring`` of their points."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.clouds.headers import require_whole
from lidarsel.datasets.scans.ring_scans import RingScan, ring_field, ring_scan
from lidarsel.errors import BadInputError

SUFFIXES = (".pcd", ".ply")
_SKIP = "leave it out with --skip-bad"
# What Open3D gathers into one attribute each; every other property keeps its name.
_GATHERED = {
    **dict.fromkeys(("x", "y", "z"), "positions"),
    **dict.fromkeys(("nx", "ny", "nz", "normal_x", "normal_y", "normal_z"), "normals"),
    **dict.fromkeys(("red", "green", "blue", "rgb", "rgba"), "colors"),
}


def read_cloud_scan(path: Path, ring: str | None = None) -> RingScan:
    """The scan in a file; intensity is 0 where it has none. ring: the field that holds the ring, None for a usual one.

    Raises BadInputError where it has no such field.
    """
    if not path.is_file():
        raise BadInputError(path, "is missing", "put the file there (see datasets/README.md)")
    attributes = cloud_attributes(read_cloud(path))
    xyz = attributes["positions"]
    intensity = attributes.get("intensity", np.zeros(len(xyz), np.float32)).reshape(-1)
    return ring_scan(path, xyz, intensity, attributes[cloud_ring_field(path, attributes, ring)].reshape(-1))


def read_cloud(path: Path) -> Any:
    """The cloud with every property of the header. Raises BadInputError."""
    import open3d as o3d

    properties = require_whole(path, f"save it anew, or {_SKIP}")
    try:
        with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
            cloud = o3d.t.io.read_point_cloud(path)
    except (RuntimeError, UnicodeDecodeError):  # Open3D's, with colours and source lines
        raise BadInputError(path, "has a header that Open3D cannot read", f"save it anew, or {_SKIP}") from None
    if cloud.is_empty():
        raise BadInputError(path, "holds no point that Open3D can read", f"save it anew as PCD or PLY, or {_SKIP}")
    lost = {_GATHERED.get(name, name) for name in properties} - set(cloud.point)
    if lost:
        problem = f"its property {min(lost)} is of a type that Open3D does not read"
        raise BadInputError(path, problem, f"save it as float32, int32 or uint8 (not ushort), or {_SKIP}")
    return cloud


def cloud_attributes(cloud: Any) -> dict[str, NDArray[Any]]:
    """The cloud's attributes by name, (N, columns) each."""
    return {name: cloud.point[name].numpy() for name in cloud.point}


def cloud_ring_field(path: Path, there: Collection[str], wanted: str | None) -> str:
    """The one of a cloud's attributes that holds the ring. Raises BadInputError."""
    names = [name for name in sorted(there) if name not in _GATHERED.values()]
    remedy = (
        "name it with --ring-field where it is called otherwise, calibrate the sensor with lidarsel calibrate and give "
        f"--sensor, or {_SKIP}"
    )
    return ring_field(path, names, wanted, remedy)


def read_cloud_points(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """float32 (N, 3) xyz_m and (N,) intensity of the points that are finite, whether they have rings or not.

    Raises BadInputError.
    """
    if not path.is_file():
        raise BadInputError(path, "is missing", "put the file there (see datasets/README.md)")
    attributes = cloud_attributes(read_cloud(path))
    xyz = attributes["positions"]
    intensity = attributes.get("intensity", np.zeros(len(xyz), np.float32)).reshape(-1)
    whole = ring_scan(path, xyz, intensity, np.zeros(len(xyz), np.int64))
    return whole.xyz_m, whole.intensity
