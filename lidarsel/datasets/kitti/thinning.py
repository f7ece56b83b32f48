"""Which files of KITTI's layouts a lidar with fewer lines would have written otherwise.

The layouts share their scans' format, and one tree may hold several of them: a simulated one its raw drives and its
depth images.
"""

from collections.abc import Iterator
from pathlib import Path

from lidarsel.datasets.kitti.depth_lines import DepthImageLines
from lidarsel.datasets.kitti.raw_drive import calibration_files
from lidarsel.datasets.parts.files import files_below
from lidarsel.datasets.reader import LogFile, Thinning


def log_files(data: Path) -> list[LogFile]:
    """Every file of a tree, of a part of it, or of a drive or sequence alone. A simulated scan has its true lines."""
    placed = dict(_placed(data))
    scans = {file for file in placed if _is_scan(file)}
    true_lines = {_true_lines_of(scan) for scan in scans}
    found = []
    for file, name in placed.items():
        if file in scans:
            lines = _true_lines_of(file)
            beside = LogFile(lines, placed[lines], "other") if lines in placed else None
            found.append(LogFile(file, name, "scan", beside))
        elif file not in true_lines:
            found.append(LogFile(file, name, "depth image" if _is_depth_image(file) else "other"))
    return found


def _placed(data: Path) -> Iterator[tuple[Path, Path]]:
    """Each file and its place. A drive or sequence alone keeps its name, and takes with it what stands beside it."""
    data = data.resolve()
    top = Path()
    if (data / "velodyne_points").is_dir():
        top = Path(data.name)
        yield from ((file, Path(file.name)) for file in calibration_files(data.parent))
    elif (data / "proj_depth").is_dir():
        top = Path(data.name)
    elif data.parent.name == "sequences" and (data / "velodyne").is_dir():
        top = Path("sequences") / data.name
        poses = data.parent.parent / "poses" / f"{data.name}.txt"
        yield from ((file, Path("poses") / file.name) for file in [poses] if file.is_file())
    elif data.name == "sequences":
        top = Path(data.name)
        yield from ((file, Path("poses") / file.name) for file in sorted((data.parent / "poses").glob("*.txt")))
    yield from ((file, top / file.relative_to(data)) for file in files_below(data))


def _is_scan(file: Path) -> bool:
    """velodyne_points/data of the raw layout, velodyne of the object and the odometry layout."""
    return file.suffix == ".bin" and (file.parent.name == "velodyne" or file.parent.match("velodyne_points/data"))


def _is_depth_image(file: Path) -> bool:
    """velodyne_raw/image_02 and image_03 of a drive, velodyne_raw of the selection."""
    folder = file.parent
    of_lidar = folder.name == "velodyne_raw" or folder.match("velodyne_raw/image_0?")
    return file.suffix.lower() == ".png" and of_lidar


def _true_lines_of(scan: Path) -> Path:
    """Where ``lidarsel simulate`` has the true line of each point of a scan."""
    return scan.parent.parent / "line" / scan.name


THINNING = Thinning(
    rewrites=("scan (velodyne .bin)", "velodyne_raw depth image"),
    log_files=log_files,
    depth_lines=DepthImageLines,
)
