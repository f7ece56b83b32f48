"""The lines of the pixels of every depth image of a tree, by file: as the reader tells them, for both cameras."""

from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.depth_images.alone import DepthAlone
from lidarsel.datasets.depth_images.with_scans import DepthWithScans
from lidarsel.datasets.kitti.depth import open_dataset
from lidarsel.datasets.kitti.depth_tree import find_drives, find_files
from lidarsel.datasets.kitti.raw_drive import CAMERAS
from lidarsel.errors import BadInputError
from lidarsel.frame import ImagePoints


class DepthImageLines:
    """See ``DepthLines``. Opened from the tree in ``data``. Raises BadInputError."""

    def __init__(self, data: Path, options: ReadOptions) -> None:
        self._found: dict[Path, tuple[DepthWithScans | DepthAlone, int]] = {}
        self._problems: dict[Path, str] = {}
        for camera in _cameras(data):
            dataset = open_dataset(data, options, camera)
            self._found |= {path.resolve(): (dataset, index) for index, path in enumerate(dataset.depth_images)}
            self._problems |= {problem.path.resolve(): problem.message for problem in dataset.problems}

    def of(self, path: Path, n_lines: int) -> ImagePoints:
        """The pixels of a depth image. Raises BadInputError where it is damaged or not of ``n_lines`` lines."""
        if path.resolve() not in self._found:
            problem = self._problems.get(path.resolve(), "has no usable raw scan to take its lines from")
            raise BadInputError(path, problem, "put the scan into the raw tree, or leave the image out with --skip-bad")
        dataset, index = self._found[path.resolve()]
        if dataset.n_lines != n_lines:
            problem = f"is of a log of {dataset.n_lines} lines where the lines file is for {n_lines}"
            raise BadInputError(path, problem, "give lines chosen for this data, or its raw scans with --raw")
        return dataset.pixels(index)


def depth_images(data: Path) -> list[Path]:
    """Every depth image of a tree, of both cameras; none where ``data`` is no such tree."""
    return [files.sparse for camera in _cameras(data) for files in find_files(data, "scan", camera)[0]]


def _cameras(data: Path) -> list[str] | list[None]:
    """The cameras that any drive has depth images of; a selection has them mixed, and is opened once."""
    folders = [drive / "proj_depth" / "velodyne_raw" for drive in find_drives(data)]
    return [c for c in CAMERAS if any((folder / f"image_{c}").is_dir() for folder in folders)] or [None]
