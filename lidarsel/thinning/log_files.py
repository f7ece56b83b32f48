"""Every file of a log, what it is to a lidar with fewer lines, and where it stands in a copy of the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lidarsel.datasets.clouds.files import SUFFIXES as CLOUD_SUFFIXES
from lidarsel.datasets.kitti.raw import CALIBRATION_FILES
from lidarsel.datasets.scans.thinned import LINE_IMAGES, RECORD
from lidarsel.errors import BadInputError
from lidarsel.reading import require_regular
from lidarsel.thinning.scans import true_lines_of

Kind = Literal["scan", "depth image", "cloud", "other"]


@dataclass(frozen=True)
class LogFile:
    """source: the file. name: its place in a copy, relative."""

    source: Path
    name: Path
    kind: Kind


def log_files(data: Path) -> list[LogFile]:
    """All files of a log, sorted. PCD and PLY files are its clouds only where it has neither scans nor depth images.

    Left out: records of an earlier thinning, and the true lines beside a simulated scan, which go with the scan.
    Raises BadInputError where nothing there is of a lidar.
    """
    found = [LogFile(file, name, _kind(file)) for file, name in _placed(data)]
    kitti = any(file.kind in ("scan", "depth image") for file in found)
    if kitti:
        found = [LogFile(f.source, f.name, "other") if f.kind == "cloud" else f for f in found]
    if all(file.kind == "other" for file in found):
        problem = "holds no scan (velodyne .bin), no velodyne_raw depth image and no .pcd or .ply file"
        raise BadInputError(data, problem, "see docs/apply.md for what can be thinned")
    true_lines = {true_lines_of(file.source) for file in found if file.kind == "scan"}
    return [file for file in found if not (file.source in true_lines or _of_record(file))]


def _placed(data: Path) -> Iterator[tuple[Path, Path]]:
    """Each file and its place. A drive or sequence alone keeps its name, and takes with it what stands beside it."""
    data = data.resolve()
    if (data / "velodyne_points").is_dir():
        top, beside = Path(data.name), [data.parent / name for name in CALIBRATION_FILES]
        yield from ((file, Path(file.name)) for file in beside if file.is_file())
    elif (data / "proj_depth").is_dir():
        top = Path(data.name)
    elif data.parent.name == "sequences" and (data / "velodyne").is_dir():
        top = Path("sequences") / data.name
        poses = data.parent.parent / "poses" / f"{data.name}.txt"
        yield from ((file, Path("poses") / file.name) for file in [poses] if file.is_file())
    elif data.name == "sequences":
        top = Path(data.name)
        yield from ((file, Path("poses") / file.name) for file in sorted((data.parent / "poses").glob("*.txt")))
    else:
        top = Path()
    yield from ((file, top / file.relative_to(data)) for file in _walk(data, (data,)))


def _walk(folder: Path, above: Sequence[Path]) -> Iterator[Path]:
    """Files below, links followed, but not round in a circle."""
    for entry in sorted(folder.iterdir()):
        if not entry.is_dir():
            require_regular(entry, "remove it from the log")
            yield entry
        elif (real := entry.resolve()) not in above:
            yield from _walk(entry, (*above, real))


def _kind(file: Path) -> Kind:
    folder = file.parent
    if file.suffix == ".bin" and (folder.name == "velodyne" or folder.match("velodyne_points/data")):
        return "scan"
    if file.suffix.lower() == ".png" and (folder.name == "velodyne_raw" or folder.match("velodyne_raw/image_0?")):
        return "depth image"
    return "cloud" if file.suffix.lower() in CLOUD_SUFFIXES else "other"


def _of_record(file: LogFile) -> bool:
    return file.name.name == RECORD or file.name.parts[0] == LINE_IMAGES
