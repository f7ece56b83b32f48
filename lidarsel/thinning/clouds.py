"""Thinning point clouds in PCD and PLY files, whose ``ring`` field tells the line of each point."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import LinesFile
from lidarsel.datasets.clouds.files import cloud_attributes, read_cloud
from lidarsel.errors import BadInputError
from lidarsel.geometry.lines import lines_from_rings
from lidarsel.geometry.unordered import LaserCones
from lidarsel.thinning.scans import SKIP, ThinningCount, calibrated_lines, keep


def thin_cloud(source: Path, target: Path, lines: LinesFile, sensor: LaserCones | None = None) -> ThinningCount:
    """Write the points of the chosen lines, in their order, as a binary file of the same kind.

    Rings may count from the top or the bottom; lines count from the top. Open3D leaves out properties of types it does
    not know and writes colours anew, so what it read is compared with the header, and what it wrote is read back.

    Args:
        source: the PCD or PLY file.
        target: where to write.
        lines: the chosen ones.
        sensor: the calibration that tells lines without rings.

    Raises:
        BadInputError: the file has no rings, has rings that do not fit ``lines``, or cannot be kept exactly.
    """
    import open3d as o3d

    attributes = cloud_attributes(source, read_cloud(source), with_rings=sensor is None)
    if sensor is None:
        ring = attributes["ring"].reshape(-1).astype(np.int64)
        line = _lines(source, ring, attributes["positions"], lines)
    else:
        line = calibrated_lines(sensor, source, attributes["positions"], lines)
    kept, count = keep(source, line, lines)
    thinned = o3d.t.geometry.PointCloud()
    for name, values in attributes.items():
        thinned.point[name] = o3d.core.Tensor.from_numpy(np.ascontiguousarray(values[kept]))
    target.parent.mkdir(parents=True, exist_ok=True)
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        written = o3d.t.io.write_point_cloud(target, thinned)
    if not written:
        raise OSError(0, "cannot be written", str(target))
    again = read_cloud(target)
    for name, values in attributes.items():
        if again.point[name].numpy().tobytes() != values[kept].tobytes():
            raise BadInputError(source, f"its property {name} cannot be kept exactly by Open3D", SKIP)
    return count


def _lines(path: Path, ring: NDArray[np.int64], xyz_m: NDArray[np.floating], lines: LinesFile) -> NDArray[np.int16]:
    """int16 (N,). A line may lack points (the sky); but of another sensor's rings at least half would be missing."""
    n_rings = len(np.unique(ring))
    if ring.min() < 0 or ring.max() >= lines.n_lines or n_rings <= lines.n_lines // 2:
        problem = (
            f"has {n_rings} rings, {ring.min()} to {ring.max()}, where the lines file is for {lines.n_lines} lines"
        )
        raise BadInputError(path, problem, f"give lines chosen for this sensor, or {SKIP}")
    return lines_from_rings(ring, xyz_m, lines.n_lines)
