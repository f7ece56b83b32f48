"""Point clouds in PCD and PLY files whose ``ring`` field tells the line of each point, through Open3D."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import LinesFile
from lidarsel.datasets.thinning import SKIP, Kept, keep
from lidarsel.errors import BadInputError
from lidarsel.geometry.lines import lines_from_rings

SUFFIXES = (".pcd", ".ply")
_HEADER_BYTES = 1 << 16
# What Open3D gathers into one attribute each; every other property keeps its name.
_GATHERED = {
    **dict.fromkeys(("x", "y", "z"), "positions"),
    **dict.fromkeys(("nx", "ny", "nz", "normal_x", "normal_y", "normal_z"), "normals"),
    **dict.fromkeys(("red", "green", "blue", "rgb", "rgba"), "colors"),
}


def thin_cloud(source: Path, target: Path, lines: LinesFile) -> Kept:
    """Write the points of the chosen lines, in their order, as a binary file of the same kind.

    Rings may count from the top or the bottom; lines count from the top. Open3D leaves out properties of types it does
    not know and writes colours anew, so what it read is compared with the header, and what it wrote is read back.
    Raises BadInputError for a file without rings, with rings that do not fit ``lines``, or that cannot be kept exactly.
    """
    import open3d as o3d

    cloud = _read(source)
    attributes = {name: cloud.point[name].numpy() for name in cloud.point}
    line = _lines(source, attributes, lines)
    kept, count = keep(source, line, lines)
    thinned = o3d.t.geometry.PointCloud()
    for name, values in attributes.items():
        thinned.point[name] = o3d.core.Tensor.from_numpy(np.ascontiguousarray(values[kept]))
    target.parent.mkdir(parents=True, exist_ok=True)
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        written = o3d.t.io.write_point_cloud(target, thinned)
    if not written:
        raise OSError(0, "cannot be written", str(target))
    again = _read(target)
    for name, values in attributes.items():
        if again.point[name].numpy().tobytes() != values[kept].tobytes():
            raise BadInputError(source, f"its property {name} cannot be kept exactly by Open3D", SKIP)
    return count


def _read(path: Path) -> Any:
    """The cloud with every property of the header. Raises BadInputError."""
    import open3d as o3d

    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        cloud = o3d.t.io.read_point_cloud(path)
    if cloud.is_empty():
        raise BadInputError(path, "holds no point that Open3D can read", f"save it anew as PCD or PLY, or {SKIP}")
    lost = {_GATHERED.get(name, name) for name in _properties(path)} - set(cloud.point)
    if lost:
        problem = f"its property {min(lost)} is of a type that Open3D does not read"
        raise BadInputError(path, problem, f"save it as float32, int32 or uint8 (not ushort), or {SKIP}")
    return cloud


def _properties(path: Path) -> list[str]:
    """The names of a point's properties in the file's header."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES).decode("latin-1")
    if path.suffix.lower() == ".pcd":
        fields = re.search(r"^FIELDS\s+(.*)$", header, re.MULTILINE)
        return fields[1].split() if fields else []
    vertex = re.search(r"^element vertex .*?(?=^element|^end_header)", header, re.MULTILINE | re.DOTALL)
    return re.findall(r"^property \S+ (\S+)\s*$", vertex[0], re.MULTILINE) if vertex else []


def _lines(path: Path, attributes: dict[str, Any], lines: LinesFile) -> NDArray[np.int16]:
    """int16 (N,). A line may lack points (the sky); but of another sensor's rings at least half would be missing."""
    if "ring" not in attributes:
        raise BadInputError(path, "has no field 'ring', which the lines of points come from", SKIP)
    ring = attributes["ring"].reshape(-1).astype(np.int64)
    n_rings = len(np.unique(ring))
    if ring.min() < 0 or ring.max() >= lines.n_lines or n_rings <= lines.n_lines // 2:
        problem = (
            f"has {n_rings} rings, {ring.min()} to {ring.max()}, where the lines file is for {lines.n_lines} lines"
        )
        raise BadInputError(path, problem, f"give lines chosen for this sensor, or {SKIP}")
    return lines_from_rings(ring, attributes["positions"], lines.n_lines)
