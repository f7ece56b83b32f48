"""Finding the files of KITTI's depth completion layout, and the raw tree that belongs to it.

train|val/DRIVE/proj_depth/{velodyne_raw,groundtruth[,groundtruth_dense]}/image_0X/NNNNNNNNNN.png, and
val_selection_cropped/{image,velodyne_raw,groundtruth_depth,intrinsics}, whose file names tell drive and frame.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lidarsel.datasets.base import GroundTruth, ReadOptions
from lidarsel.datasets.depth_images.files import DepthFiles
from lidarsel.datasets.kitti.raw_drive import CAMERAS
from lidarsel.datasets.parts.files import numbered_files
from lidarsel.datasets.parts.reach import require_links_inside
from lidarsel.errors import BadInputError

_TRUTH_FOLDER: dict[str, str] = {"official": "groundtruth", "dense": "groundtruth_dense"}
DAY_LENGTH = len("2011_09_26")
_SELECTION = "val_selection_cropped"
_TEST_SELECTIONS = ("test_depth_completion_anonymous", "test_depth_prediction_anonymous")
_SELECTED = re.compile(r"(?P<drive>.+_sync)_(?:velodyne_raw|image)_(?P<number>\d+)_image_(?P<camera>\d\d)")


def find_drives(path: Path) -> list[Path]:
    """The drive folders that hold proj_depth, at most two levels down, sorted by split and name."""
    if (path / "proj_depth").is_dir():
        return [path.resolve()]
    return sorted(p.parent for pattern in ("*", "*/*") for p in path.glob(f"{pattern}/proj_depth") if p.is_dir())


def find_selection(path: Path) -> Path | None:
    """The folder val_selection_cropped: ``path`` itself or one or two levels down."""
    candidates = [path, path / _SELECTION, path / "depth_selection" / _SELECTION]
    return next((c for c in candidates if (c / "velodyne_raw").is_dir() and (c / "groundtruth_depth").is_dir()), None)


def find_test_selection(path: Path) -> Path | None:
    """A folder of KITTI's anonymous test images: ``path`` itself or one or two levels down."""
    candidates = [path / above / name for above in ("", "depth_selection") for name in _TEST_SELECTIONS]
    return next((c for c in [path, *candidates] if c.name in _TEST_SELECTIONS and c.is_dir()), None)


def refuse_test_selection(path: Path) -> None:
    """Its frames have neither ground truth nor scans, and their file names tell neither drive nor camera, so that the
    mounting, and by it the lines, would be anybody's guess. Raises BadInputError where ``path`` is of it."""
    test = find_test_selection(path)
    if test is not None:
        problem = "is KITTI's test selection: it has no ground truth, and no scans or drives to tell lines from"
        raise BadInputError(test, problem, "take val_selection_cropped, or drives of train or val with their raw tree")


def choose_ground_truth(path: Path, options: ReadOptions) -> GroundTruth:
    """The ground truth wanted, or the first there is of official, dense and scan. Raises BadInputError."""
    wanted = options.ground_truth
    drives = find_drives(path)
    there = [kind for kind, name in _TRUTH_FOLDER.items() if any((d / "proj_depth" / name).is_dir() for d in drives)]
    if not drives:
        there = ["official"]
    if wanted in ("scan", "accumulated"):
        return wanted
    if wanted == "auto":
        if "official" in there:
            return "official"
        return "dense" if there else "scan"
    if wanted not in there:
        problem = f"holds no {wanted} ground truth (proj_depth/{_TRUTH_FOLDER[wanted]})"
        raise BadInputError(path, problem, f"use --ground-truth {' or '.join(there) or 'scan'}")
    return wanted


def find_files(path: Path, truth: GroundTruth, camera: str | None = None) -> tuple[list[DepthFiles], list[str]]:
    """All frames with the wanted ground truth, by drive and time, and notes on what is left out.

    camera: ``02`` or ``03``; without, each drive's first there is. A selection names the camera of each frame itself.
    """
    drives = find_drives(path)
    if not drives:
        selection = find_selection(path)
        return (_selected(selection, truth) if selection else []), []
    files: list[DepthFiles] = []
    notes: list[str] = []
    for drive in drives:
        sparse_folder = drive / "proj_depth" / "velodyne_raw"
        own = camera or next((c for c in CAMERAS if (sparse_folder / f"image_{c}").is_dir()), CAMERAS[0])
        sparse = numbered_files(sparse_folder / f"image_{own}", (".png",))
        truths: dict[int, Path] = {}
        if truth in _TRUTH_FOLDER:
            truths = numbered_files(drive / "proj_depth" / _TRUTH_FOLDER[truth] / f"image_{own}", (".png",))
            missing = [n for n in sparse if n not in truths]
            if missing:
                notes.append(f"{drive.name}: {len(missing)} of {len(sparse)} frames have no ground truth; left out.")
                sparse = {n: p for n, p in sparse.items() if n in truths}
        files += [DepthFiles(drive.name, own, n, p.stem, p, truths.get(n)) for n, p in sparse.items()]
    return files, notes


def raw_roots(path: Path, options: ReadOptions) -> list[Path]:
    """Where raw drives may stand: ``options.raw``, else in, beside or above the tree."""
    return [options.raw] if options.raw is not None else list(_around(path))


def raw_candidates(roots: Sequence[Path], path: Path, name: str, options: ReadOptions) -> Iterator[Path]:
    """Folders in ``raw_roots`` that may be the raw drive of this name."""
    seen = set()
    for root in roots:
        for place in (root / name[:DAY_LENGTH] / name, root / name, root):
            if place.name == name and place not in seen and (place / "velodyne_points" / "data").is_dir():
                if not place.is_relative_to(path.resolve()):  # what is below was looked at with the data set
                    require_links_inside(place, options.follow_links)
                seen.add(place)
                yield place


def raw_drives_within(path: Path) -> list[Path]:
    """The raw drives inside a tree from which its depth images may take their scans."""
    names = dict.fromkeys(files.drive for files in find_files(path, "scan")[0])
    options = ReadOptions(follow_links=True)
    roots = raw_roots(path, options)
    places = (place for name in names for place in raw_candidates(roots, path, name, options))
    return [place for place in places if place.is_relative_to(path.resolve())]


def find_day(path: Path, day: str, options: ReadOptions) -> Path | None:
    """The folder of a day that holds its calibration files, for trees whose scans are not at hand."""
    places = (place for root in raw_roots(path, options) for place in (root / day, root))
    return next((p for p in places if p.name == day and (p / "calib_cam_to_cam.txt").is_file()), None)


def _around(path: Path) -> Iterator[Path]:
    """The data set's own folder, the folders in it, its parent and the folders beside it."""
    path = path.resolve()
    top = path
    drives = find_drives(path)
    if drives:  # DATA may be the tree, a split or one drive: begin at the tree
        split = drives[0].parent
        top = split.parent if split.name in ("train", "val") else split
    for place in (top, top.parent):
        yield place
        try:
            yield from sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
        except OSError:
            continue


def _selected(folder: Path, truth: GroundTruth) -> list[DepthFiles]:
    files = []
    for sparse in (folder / "velodyne_raw").glob("*.png"):
        name = _SELECTED.fullmatch(sparse.stem)
        if name is None:
            continue
        image = folder / "image" / sparse.name.replace("_velodyne_raw_", "_image_")
        truth_file = folder / "groundtruth_depth" / sparse.name.replace("_velodyne_raw_", "_groundtruth_depth_")
        files.append(
            DepthFiles(
                drive=name["drive"],
                camera=name["camera"],
                number=int(name["number"]),
                stem=name["number"],
                sparse=sparse,
                truth=truth_file if truth == "official" else None,
                image=image if image.is_file() else None,
                intrinsics=folder / "intrinsics" / image.with_suffix(".txt").name,
            )
        )
    return sorted(files, key=lambda f: (f.drive, f.number, f.camera))
