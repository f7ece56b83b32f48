"""Poses in the column ``pose`` of frames.csv."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lidarsel.geometry.motion import Matrix, Twist


@dataclass(frozen=True)
class CsvMotion:
    """See ``DriveMotion``; the scans are taken to be free of motion. world_from_lidar: float64 (4, 4) by frame."""

    world_from_lidar: Mapping[int, Matrix]
    source = "frames.csv"

    def twist(self, number: int) -> Twist | None:
        return None

    def pose_between(self, number: int, other: int) -> Matrix | None:
        own = self.world_from_lidar
        return np.linalg.inv(own[number]) @ own[other]
