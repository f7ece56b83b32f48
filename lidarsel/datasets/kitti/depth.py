"""KITTI's depth completion layout, with images and scans from the raw tree where that is at hand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from lidarsel.datasets.base import GroundTruth, ReadOptions
from lidarsel.datasets.depth_images.alone import DepthAlone, MountedCamera, open_depth_alone
from lidarsel.datasets.depth_images.files import DepthFiles, cropped_calibration, read_intrinsics, read_sparse
from lidarsel.datasets.depth_images.with_scans import DepthShot, DepthWithScans, open_depth_with_scans
from lidarsel.datasets.kitti.depth_tree import (
    DAY_LENGTH,
    choose_ground_truth,
    find_day,
    find_drives,
    find_files,
    find_selection,
    raw_candidates,
    raw_roots,
    refuse_test_selection,
)
from lidarsel.datasets.kitti.drive_labels import drive_labels
from lidarsel.datasets.kitti.raw_drive import (
    CALIBRATION_FILES,
    calibration_files,
    images_of,
    open_drive,
    read_calibration,
)
from lidarsel.datasets.kitti.rig import calibration_with_intrinsics, nominal_calibration
from lidarsel.datasets.parts.agreement import compare, require_plausible
from lidarsel.datasets.parts.files import check_depth_png
from lidarsel.datasets.reader import LayoutFacts
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE
from lidarsel.geometry.matching import match_pixels
from lidarsel.geometry.projection import project
from lidarsel.listing import listed

LAYOUT = LayoutFacts(
    name="kitti_depth",
    looks_for="train|val/DRIVE/proj_depth, val_selection_cropped",
    ground_truth=("official", "dense", "accumulated", "scan"),
    extra="lidarsel[poses] to accumulate scans that have no oxts",
)
_LEAST_MATCHED = 0.8  # 96 % on a real frame even without de-skewing; a road alone makes half
_FRAMES_TRIED = 3  # in case some are damaged
_DRIVES_TRIED = 3  # of a tree, before its other drives are believed


def open_dataset(path: Path, options: ReadOptions, camera: str | None = None) -> DepthWithScans | DepthAlone:
    """Raises BadInputError where the wanted ground truth, a calibration file, or every frame is missing."""
    if not find_drives(path) and find_selection(path) is None:
        refuse_test_selection(path)
    truth = choose_ground_truth(path, options)
    found, notes = find_files(path, truth, camera)
    if truth == "scan" and options.ground_truth == "auto":
        notes.append(
            "There is no ground truth here (proj_depth/groundtruth), as in a test split; each frame is judged at the "
            "lidar's own pixels, as with --ground-truth scan."
        )
    files = [replace(file, units_per_m=options.depth_scale) for file in found]
    if not files:
        raise BadInputError(path, "holds no velodyne_raw image with ground truth", "see datasets/README.md")
    raw, refused = _raw_drives(path, files, options)
    if not raw:
        if truth == "accumulated":
            raise BadInputError(path, "has no raw scans at hand to accumulate", "give them with --raw FOLDER")
        if options.sensor is not None:
            raise BadInputError(path, "has no raw scans at hand to number by --sensor", "give them with --raw FOLDER")
        alone = _alone(path, files, truth, options, notes)
        return replace(alone, doubts=[*alone.doubts, *_doubts(refused)])
    return _with_scans(path, files, raw, truth, options, notes)


def _doubts(refused: Sequence[str]) -> list[str]:
    """What the raw scans passed over for the depth images make doubtful."""
    return [
        f"Raw scans of {name} are at hand and are not used, as they do not fit the depth images: the calibration "
        "beside them may be wrong, or they are of another drive."
        for name in refused[:1]
    ]


def _raw_drives(path: Path, files: Sequence[DepthFiles], options: ReadOptions) -> tuple[dict[str, Path], list[str]]:
    """The raw folder of each drive that has one, and the drives of which a folder was passed over.

    A drive's folder is the first of its name whose scans are those of the depth images. Looking is needed, as names
    repeat: simulated drives are all called alike. After some drives of a tree have fitted, its others are not looked
    into.

    Raises BadInputError where ``options.raw`` is given and holds none of the drives, or other scans, or where the depth
    images are those of a scan in another unit.
    """
    found: dict[str, Path] = {}
    refused: list[str] = []
    believed: Counter[Path] = Counter()
    roots = raw_roots(path, options)
    of_drive: dict[str, list[DepthFiles]] = {}
    for file in files:
        of_drive.setdefault(file.drive, []).append(file)
    for name, own in of_drive.items():
        for folder in raw_candidates(roots, path, name, options):
            tree = folder.parent.parent
            if believed[tree] >= _DRIVES_TRIED or _belongs(folder, own, options):
                believed[tree] += 1
                found[name] = folder
                break
            refused.append(name)
    if options.raw is not None and not found:
        remedy = "give the folder that holds DATE/DRIVE/velodyne_points of these depth images"
        if refused:
            raise BadInputError(options.raw, f"its scans of {refused[0]} do not fit the depth images", remedy)
        raise BadInputError(options.raw, f"holds none of the raw drives ({files[0].drive} ...)", remedy)
    return found, refused


def _belongs(folder: Path, files: Sequence[DepthFiles], options: ReadOptions) -> bool:
    """Whether most pixels of a depth image are met by the scan of that frame, in one of the first frames; true where
    none can be read. So damaged files, a scan cut short among them, are reported and not taken for other data."""
    wanted = replace(options, ground_truth="scan", raw=None, skip_bad=False)
    drive, _ = open_drive(folder, wanted, ScanCache())
    could_be = True
    for f in [f for f in files if f.number in drive.paths][:_FRAMES_TRIED]:
        try:
            sparse = read_sparse(f)
            scan = drive.scan(f.number)
        except BadInputError:
            continue
        calibration, full_size = read_calibration(folder.parent, f.camera)
        assert full_size is not None
        if f.intrinsics is None and sparse.size != full_size:
            return False
        calibration = cropped_calibration(f, calibration, full_size, sparse.size)
        projected = project(drive.xyz_m(f.number), calibration, sparse.size)
        agreement = compare(projected.row, projected.column, projected.depth_m, sparse.image())
        require_plausible(f.sparse, "the depth image", "the projected scan", [agreement], f.units_per_m)
        match = match_pixels(sparse.row, sparse.column, sparse.depth_m, projected, scan.line)
        could_be = bool((match.line != UNKNOWN_LINE).mean() >= _LEAST_MATCHED)
        if could_be:
            break
    return could_be


def _with_scans(
    path: Path,
    files: Sequence[DepthFiles],
    raw: dict[str, Path],
    truth: GroundTruth,
    options: ReadOptions,
    notes: list[str],
) -> DepthWithScans:
    # Poses are wanted only where neighbouring scans are accumulated; otherwise oxts, where present, de-skew.
    wanted = replace(options, ground_truth="accumulated" if truth == "accumulated" else "scan")
    cache = ScanCache()
    drives: dict[str, DriveScans] = {}
    for name, folder in raw.items():
        drives[name], told = open_drive(folder, wanted, cache)
        notes = [*notes, *told]
    labels = {name: drive_labels(folder, drives[name].paths, options) for name, folder in raw.items()}
    images = {(name, f.camera): images_of(raw[name], f.camera) for f in files if (name := f.drive) in raw}
    shots, left_out = [], []
    for f in files:
        drive = drives.get(f.drive)
        name = f"{f.drive}/image_{f.camera}/{f.stem}"
        alone = truth == "accumulated" and drive is not None and not drive.can_accumulate(f.number)
        if drive is None or f.number not in drive.paths or alone:
            left_out.append(name)
            continue
        image = f.image or images[f.drive, f.camera].get(f.number)
        camera = partial(read_calibration, raw[f.drive].parent, f.camera)
        camera()
        shots.append(DepthShot(name, drive, f.number, image, camera, labels=labels[f.drive], files=f))
    places = sorted({str(folder.parent.parent) for folder in raw.values()})
    notes.append(f"Images and scans come from the raw tree in {', '.join(places)}.")
    if left_out:
        notes.append(f"Left out, without their raw scan (or neighbours to accumulate): {listed(left_out)}.")
    if not shots:
        raise BadInputError(path, "has no frame whose raw scan is at hand", "give the raw tree with --raw FOLDER")
    days = {folder.parent for folder in raw.values()}
    calibrations = [file for day in days for file in calibration_files(day)]
    return open_depth_with_scans(LAYOUT.name, path, shots, calibrations, truth, options, notes)


def _alone(
    path: Path, files: Sequence[DepthFiles], truth: GroundTruth, options: ReadOptions, notes: list[str]
) -> DepthAlone:
    cameras: dict[tuple[str, str], MountedCamera] = {}
    frames = []
    calibrations: set[Path] = set()
    for f in files:
        key = (f.drive[:DAY_LENGTH], f.camera)
        if key not in cameras:
            cameras[key] = _mounted_camera(path, f, options)
            day = find_day(path, key[0], options)
            if day is not None:
                calibrations |= set(calibration_files(day))
        frames.append((f, cameras[key]))
    return open_depth_alone(LAYOUT.name, path, frames, sorted(calibrations), truth, options, notes)


def _mounted_camera(path: Path, files: DepthFiles, options: ReadOptions) -> MountedCamera:
    """The camera and mounting of a day: from its calibration files, else the nominal ones of KITTI."""
    day = files.drive[:DAY_LENGTH]
    name = f"{day} camera {files.camera}"
    folder = find_day(path, day, options)
    if files.intrinsics is not None and files.intrinsics.is_file():
        return MountedCamera(name, calibration_with_intrinsics(read_intrinsics(files), files.camera), known=False)
    if folder is not None:
        return MountedCamera(name, read_calibration(folder, files.camera)[0], known=True)
    nominal = nominal_calibration(day, files.camera)
    if nominal is None or nominal[1] != check_depth_png(files.sparse):
        raise BadInputError(
            path / day / CALIBRATION_FILES[0],
            "calibration file is missing, and the depth images are not of a day of KITTI that is known without",
            "give the folder that holds DATE/calib_*.txt, or the whole raw tree, with --raw FOLDER",
        )
    return MountedCamera(name, nominal[0], known=False)
