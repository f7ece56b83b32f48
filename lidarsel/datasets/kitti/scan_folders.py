"""The folders in which KITTI's odometry and object layouts keep their scans; those of drives: ``raw_drive``."""

from pathlib import Path

from lidarsel.datasets.kitti.cameras import CAMERAS

TEST_SPLIT = "testing"
_SPLITS = ("training", TEST_SPLIT)
_BESIDE = ("calib", *(f"image_{camera}" for camera in CAMERAS))


def find_sequences(path: Path) -> list[Path]:
    """The sequence folders: ``path`` itself, or those in sequences/ or dataset/sequences/, or directly below."""
    if _is_sequence(path):
        return [path.resolve()]
    found = (p for pattern in ("*", "sequences/*", "dataset/sequences/*") for p in path.glob(pattern))
    return sorted(p for p in found if _is_sequence(p))


def find_splits(path: Path) -> list[Path]:
    """The folders that hold velodyne/ and calib/ or images: ``path`` itself, or its training and testing."""
    places = [path] if path.name in _SPLITS or (path / "velodyne").is_dir() else [path / s for s in _SPLITS]
    kept = [p for p in places if (p / "velodyne").is_dir() and any((p / name).is_dir() for name in _BESIDE)]
    return [p.resolve() for p in kept]


def find_bare(path: Path) -> list[Path]:
    """The folders that hold velodyne/, whatever is missing beside it: ``path`` itself, or its training and testing."""
    return [place for place in (path, *(path / split for split in _SPLITS)) if (place / "velodyne").is_dir()]


def _is_sequence(path: Path) -> bool:
    if not (path / "velodyne").is_dir() or (path / "calib").is_dir():
        return False
    return (path / "calib.txt").is_file() or path.parent.name == "sequences"
