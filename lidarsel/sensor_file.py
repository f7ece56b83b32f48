"""The file that tells the lines of points in no order."""

import msgspec
import numpy as np

from lidarsel.checks import require, require_finite
from lidarsel.geometry.unordered import LaserCones


class SensorFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``sensor.yaml``: the cone that each line sweeps, by which points in no order are told their lines.

    data, data_fingerprint, frames: what it was made of; the fingerprint is of the data read without lines.
    elevation_deg, height_m (of the laser above the lidar's origin), points (that agree): one entry a line, 0 = topmost.
    tolerance_deg: a point farther off every cone is of no known line. n_points: of the scans looked at; n_told: of
    those, the points whose line could be told. doubts: what speaks against the calibration, in words.
    """

    format_version: int
    lidarsel_version: str
    data: str
    data_fingerprint: str
    command: str
    frames: list[str]
    n_lines: int
    elevation_deg: list[float]
    height_m: list[float]
    points: list[int]
    tolerance_deg: float
    n_points: int
    n_told: int
    doubts: list[str] = []

    def __post_init__(self) -> None:
        require(self.n_lines >= 1, "n_lines must be at least 1")
        for key in ("elevation_deg", "height_m", "points"):
            require(len(getattr(self, key)) == self.n_lines, f"{key} must have n_lines = {self.n_lines} entries")
        require_finite("elevation_deg, height_m", [*self.elevation_deg, *self.height_m])
        steep = max(abs(angle) for angle in self.elevation_deg) >= 90
        descending = all(a > b for a, b in zip(self.elevation_deg, self.elevation_deg[1:], strict=False))
        require(descending and not steep, "elevation_deg must descend, within -90..90")
        require(0 < self.tolerance_deg < 180, "tolerance_deg must be above 0 and below 180")

    def cones(self) -> LaserCones:
        """What tells the lines of points."""
        return LaserCones(np.array(self.elevation_deg), np.array(self.height_m), self.tolerance_deg)
