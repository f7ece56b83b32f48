"""The reader of KITTI's depth completion layout. How it reads stands in ``depth``, which thinning needs as well."""

from pathlib import Path

from lidarsel.datasets.kitti.depth import LAYOUT, open_dataset
from lidarsel.datasets.kitti.depth_tree import find_drives, find_selection, find_test_selection
from lidarsel.datasets.kitti.thinning import THINNING
from lidarsel.datasets.reader import Reader


def recognise(path: Path) -> bool:
    """Also the test selection, so that what it lacks can be said."""
    return bool(find_drives(path)) or any(find(path) is not None for find in (find_selection, find_test_selection))


READER = Reader(
    LAYOUT,
    place=20,
    why_there="before the raw layout, as it may hold the raw tree that its images were made of",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"raw", "sensor", "scan_columns", "depth_scale"}),
    thinning=THINNING,
)
