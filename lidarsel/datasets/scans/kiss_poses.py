"""Poses from the scans themselves, by KISS-ICP (Vizzo et al., RA-L 2023), an optional extra."""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.scans.registration_fit import LEAST_FIT, Landmarks, fit
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import SCAN_PERIOD_S, Matrix, Twist, deskew, twist_at, twist_between

_MAX_RANGE_M = 100.0
_MIN_RANGE_M = 2.0  # nearer points are on the vehicle itself
_COARSE_VOXEL_M = 1.0  # KISS-ICP's default for 100 m
_FINE_VOXEL_M = 0.5  # brings neighbouring poses from 4 cm to 2-3 cm on simulated drives, at three times the time


def has_kiss_icp() -> bool:
    return importlib.util.find_spec("kiss_icp") is not None


def require_kiss_icp(drive: Path) -> None:
    """Raises BadInputError with the line to type where KISS-ICP is not installed."""
    if not has_kiss_icp():
        raise BadInputError(
            drive,
            "has no poses, and KISS-ICP, which finds them, is not installed",
            "pip install 'lidarsel[poses]' or read with --ground-truth scan",
        )


@dataclass(frozen=True, eq=False)
class Run:
    """Scans that follow each other. numbers: ascending. poses: float64 (4, 4) each, lidar -> the run's first scan.
    fits: of each with the one before, of those that have one."""

    numbers: list[int]
    poses: list[Matrix]
    twists: list[Twist]
    fits: list[float]


def register(numbers: Sequence[int], read_xyz_m: Callable[[int], NDArray[np.float32]], deskewed: bool) -> list[Run]:
    """The scans of these frame numbers, ascending, parted where one does not show the place of the one before it.

    Two passes: the first de-skews each scan with the motion before it, the second with the motion the first found
    on both sides of it. Scans that are ``deskewed`` already take one pass and are left as they are. One thread, so
    that the same scans give the same poses.
    """
    poses = _pass(numbers, read_xyz_m, [Twist(np.zeros(3), np.zeros(3))] * len(numbers) if deskewed else None)
    fits = _fits(numbers, poses, read_xyz_m)
    breaks = [i for i, found in enumerate(fits, 1) if found < LEAST_FIT]
    if breaks:
        # Anew for each part, as a scan that fits nowhere leads the poses of all after it astray.
        ends = [0, *breaks, len(numbers)]
        return [run for first, last in pairwise(ends) for run in register(numbers[first:last], read_xyz_m, deskewed)]
    if not deskewed:
        poses = _pass(numbers, read_xyz_m, _twists(numbers, poses), poses)
    return [Run(list(numbers), poses, _twists(numbers, poses), fits)]


def _fits(
    numbers: Sequence[int], poses: Sequence[Matrix], read_xyz_m: Callable[[int], NDArray[np.float32]]
) -> list[float]:
    """Of each scan but the first with the one before it, 0..1."""
    found = []
    before: Landmarks | None = None
    for i, number in enumerate(numbers):
        here = Landmarks(read_xyz_m(number))
        if before is not None:
            found.append(fit(before, here, np.linalg.inv(poses[i - 1]) @ poses[i]))
        before = here
    return found


def _pass(
    numbers: Sequence[int],
    read_xyz_m: Callable[[int], NDArray[np.float32]],
    twists: list[Twist] | None,
    guesses: list[Matrix] | None = None,
) -> list[Matrix]:
    """One run over the scans. Without ``twists`` and ``guesses`` (poses) both come from the motion just before."""
    odometry = _odometry(_COARSE_VOXEL_M if guesses is None else _FINE_VOXEL_M)
    poses: list[Matrix] = []
    before = 1  # scans between the last two poses
    for i, number in enumerate(numbers):
        twist = twist_between(odometry.last_delta, before * SCAN_PERIOD_S) if twists is None else twists[i]
        if guesses is not None and i:
            odometry.last_delta = np.linalg.inv(guesses[i - 1]) @ guesses[i]
        odometry.register_frame(np.ascontiguousarray(deskew(read_xyz_m(number), twist)), np.empty(0))
        poses.append(np.array(odometry.last_pose))
        before = number - numbers[i - 1] if i else 1
    return poses


def _odometry(voxel_m: float) -> Any:
    from kiss_icp.config import KISSConfig
    from kiss_icp.config.config import DataConfig, MappingConfig, RegistrationConfig
    from kiss_icp.kiss_icp import KissICP

    return KissICP(
        KISSConfig(
            data=DataConfig(max_range=_MAX_RANGE_M, min_range=_MIN_RANGE_M, deskew=False),
            mapping=MappingConfig(voxel_size=voxel_m),
            registration=RegistrationConfig(max_num_threads=1),
        )
    )


def _twists(numbers: Sequence[int], poses: Sequence[Matrix]) -> list[Twist]:
    """The twist at each pose from its neighbours on both sides (one side at the ends)."""
    twists = []
    for i, pose in enumerate(poses):
        before, after = max(i - 1, 0), min(i + 1, len(poses) - 1)
        seconds = max(numbers[after] - numbers[before], 1) * SCAN_PERIOD_S
        twists.append(twist_at(pose, poses[before], poses[after], seconds))
    return twists
