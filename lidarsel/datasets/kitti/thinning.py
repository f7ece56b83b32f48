"""Which files of KITTI's layouts a lidar with fewer lines would have written otherwise.

The layouts share their scans' format, and one tree may hold several of them: a simulated one its raw drives and its
depth images.
"""

from collections.abc import Iterator
from pathlib import Path

from lidarsel.datasets.kitti.depth_lines import DepthImageLines, depth_images
from lidarsel.datasets.kitti.depth_tree import raw_drives_within
from lidarsel.datasets.kitti.raw_drive import calibration_files, find_drives
from lidarsel.datasets.kitti.scan_folders import find_bare, find_sequences, find_splits
from lidarsel.datasets.parts.files import files_below, numbered_files
from lidarsel.datasets.reader import LogFile, PointValues, Thinning


def log_files(data: Path) -> list[LogFile]:
    """Every file of a tree, of a part of it, or of a drive or sequence alone. A scan has its labels beside it, a
    simulated one its true lines too.

    Scans and depth images are those that the readers find there; others, as of a backup within a drive, are copied.
    """
    data = data.resolve()
    placed = dict(_placed(data))
    read = {scan.resolve() for folder in _scan_folders(data) for scan in numbered_files(folder, (".bin",)).values()}
    images = {image.resolve() for image in depth_images(data)}
    leads_to = {file: file.resolve() for file in placed}
    values = {path for file, own in leads_to.items() if own in read for path in _values_of(file)}
    found = []
    for file, name in placed.items():
        if leads_to[file] in read:
            beside = (
                PointValues(path, placed[path], value_bytes)
                for path, value_bytes in _values_of(file).items()
                if path in placed
            )
            found.append(LogFile(file, name, "scan", tuple(beside)))
        elif file not in values:
            found.append(LogFile(file, name, "depth image" if leads_to[file] in images else "other"))
    return found


def _placed(data: Path) -> Iterator[tuple[Path, Path]]:
    """Each file and its place. A drive or sequence alone keeps its name, and takes with it what stands beside it."""
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


def _scan_folders(data: Path) -> list[Path]:
    """Those that readers take scans from; to the raw layout's finder the drives of KITTI-360 are drives as well."""
    drives = [*find_drives(data), *raw_drives_within(data)]
    places = [*find_sequences(data), *find_splits(data)]
    if not drives and not places:
        places = find_bare(data)
    return [*(drive / "velodyne_points" / "data" for drive in drives), *(place / "velodyne" for place in places)]


def _holds_bare_scans(data: Path) -> bool:
    return bool(find_bare(data))


def _values_of(scan: Path) -> dict[Path, int]:
    """Where the files with a value for each point of a scan would be, and the bytes of a value: the true lines that
    ``lidarsel simulate`` writes (int16), and labels in SemanticKITTI's form (uint32)."""
    beside = scan.parent.parent
    return {beside / "line" / scan.name: 2, beside / "labels" / f"{scan.stem}.label": 4}


THINNING = Thinning(
    rewrites=("scan (velodyne .bin)", "velodyne_raw depth image"),
    log_files=log_files,
    depth_lines=DepthImageLines,
    recognise=_holds_bare_scans,
)
