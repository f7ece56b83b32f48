"""Which labels a drive of KITTI's raw layout has: those of its points, else its tracklets."""

from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.tracklets import tracklet_labels
from lidarsel.datasets.scans.labels import TruthLabels, point_labels


def drive_labels(drive: Path, scans: dict[int, Path], options: ReadOptions) -> TruthLabels | None:
    """Labels of points stand in velodyne_points/labels, as ``lidarsel simulate`` writes them; KITTI's own drives have
    tracklets. Raises BadInputError for damaged tracklets."""
    return point_labels(scans, options) or tracklet_labels(drive, scans)
