"""A sweep file of nuScenes (*.pcd.bin): float32 x, y, z, intensity, ring for each point, in the order of firing."""

from pathlib import Path

import numpy as np

from lidarsel.datasets.parts.files import read_bytes
from lidarsel.datasets.scans.ring_scans import RingScan, ring_scan
from lidarsel.errors import BadInputError

_COLUMNS = 5
_SKIP = "copy the file anew, or leave it out with --skip-bad"


def read_sweep(path: Path) -> RingScan:
    """The scan with its rings. Raises BadInputError naming the file where it is damaged or of another format."""
    content = read_bytes(path)
    if not content:
        raise BadInputError(path, "is empty", _SKIP)
    if len(content) % (4 * _COLUMNS):
        problem = f"has {len(content)} bytes, no multiple of 20 (float32 x, y, z, intensity, ring)"
        raise BadInputError(path, problem, _SKIP)
    points = np.frombuffer(content, "<f4").reshape(-1, _COLUMNS)
    return ring_scan(path, points[:, :3], points[:, 3], points[:, 4])
