"""Poses for layouts that do not say whether their frames follow each other: a drive's, or single moments."""

from collections.abc import Collection, Mapping
from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.scans.drive_motion import MakeMotion, registered
from lidarsel.datasets.scans.drive_scans import can_accumulate
from lidarsel.datasets.scans.kiss_poses import has_kiss_icp


def motion_if_in_a_row(
    root: Path, drives: Mapping[str, Collection[int]], options: ReadOptions, deskewed: bool = True
) -> tuple[MakeMotion | None, list[str]]:
    """Motion by registration where accumulated ground truth may come of it, and what is to be told where it cannot.
    Whether the scans do follow each other is found once they are read.

    Args:
        root: the data set's folder, for messages.
        drives: the numbers of their frames, in time order. Unless accumulation is asked for it leaves no frame out, so
            each must have neighbours.
        deskewed: scans are taken as they are, as most of these layouts do not tell whether they are free of motion.
            Otherwise they are freed of it, and each must be one turn about straight ahead, clockwise.

    Raises:
        BadInputError: accumulation is asked for, and KISS-ICP is not installed.
    """
    each = [can_accumulate(number, numbers) for numbers in drives.values() for number in numbers]
    if options.ground_truth not in ("auto", "accumulated") or not any(each):
        return None, []
    if options.ground_truth == "auto" and not all(each):
        without = f"{each.count(False)} of {len(each)} frames have fewer than 2 neighbouring scans within 5 frames"
        return None, [f"Not accumulated to ground truth: {without} (--ground-truth accumulated leaves these out)."]
    if options.ground_truth == "auto" and not has_kiss_icp():
        lack = "KISS-ICP, which finds the poses of scans, is not installed"
        return None, [f"Not accumulated to ground truth: {lack} (pip install 'lidarsel[poses]')."]
    return registered(root, deskewed), []
