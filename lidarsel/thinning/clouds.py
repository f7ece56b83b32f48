"""Thinning point clouds in PCD and PLY files, whose ``ring`` field tells the line of each point."""

from pathlib import Path

import numpy as np

from lidarsel.contracts import LinesFile
from lidarsel.datasets.clouds.files import cloud_attributes, cloud_ring_field, read_cloud
from lidarsel.datasets.parts.files import returned
from lidarsel.errors import BadInputError
from lidarsel.geometry.unordered import LaserCones
from lidarsel.thinning.scans import SKIP, ThinningCount, calibrated_lines, keep, ring_lines


def thin_cloud(
    source: Path, target: Path, lines: LinesFile, sensor: LaserCones | None = None, ring_field: str | None = None
) -> ThinningCount:
    """Write the points of the chosen lines, in their order, as a binary file of the same kind.

    Rings may count from the top or the bottom; lines count from the top. Open3D leaves out properties of types it does
    not know and writes colours anew, so what it read is compared with the header, and what it wrote is read back.

    Args:
        source: the PCD or PLY file.
        target: where to write.
        lines: the chosen ones.
        sensor: the calibration that tells the lines; None takes the rings.
        ring_field: what holds these; None takes a usual name.

    Raises:
        BadInputError: the file has no rings, has rings that do not fit ``lines``, or cannot be kept exactly.
    """
    import open3d as o3d

    attributes = cloud_attributes(read_cloud(source))
    xyz = attributes["positions"]
    if sensor is None:
        ring = attributes[cloud_ring_field(source, attributes, ring_field)].reshape(-1)
        line = ring_lines(source, ring, xyz, lines)
    else:
        line = calibrated_lines(sensor, source, xyz, lines)
    kept, count = keep(source, line, lines, returned(source, xyz))
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
