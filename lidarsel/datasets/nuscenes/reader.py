"""nuScenes: v1.0-*/ with its tables, samples/ and sweeps/. A frame is a key frame of LIDAR_TOP and CAM_FRONT.

Scans are taken as they are, in the lidar's own coordinates (x right, y forward) and not freed of motion; the vehicle's
movement between the lidar's time and the camera's is in ``camera_from_lidar``.
"""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.nuscenes.annotations import annotation_labels, find_annotations
from lidarsel.datasets.nuscenes.sweep import read_sweep
from lidarsel.datasets.nuscenes.tables import CAMERA, LIDAR, REMEDY, SampleData, SceneRow, Tables, read_tables
from lidarsel.datasets.parts.matrices import require_camera
from lidarsel.datasets.parts.reach import require_links_inside
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.drive_motion import KnownPoses, known
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.labels import TruthLabels
from lidarsel.datasets.scans.ring_scans import find_rings
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.sensor_name import HDL_32E
from lidarsel.datasets.scans.shots import Shot
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration
from lidarsel.geometry.motion import Matrix

LAYOUT = LayoutFacts(
    name="nuscenes",
    looks_for="v1.0-*/sample_data.json",
    ground_truth=("accumulated", "scan"),
    extra="",
)
_BARE = (f"*__{LIDAR}__*.pcd.bin", f"{LIDAR}/*.pcd.bin", f"samples/{LIDAR}/*.pcd.bin", f"sweeps/{LIDAR}/*.pcd.bin")
_CALIBRATION_TABLES = ("calibrated_sensor.json", "ego_pose.json")


def recognise(path: Path) -> bool:
    """Also sweeps alone, so that what they lack can be said."""
    return bool(_find_versions(path)) or any(next(path.glob(pattern), None) for pattern in _BARE)


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Raises BadInputError where the tables are missing or damaged, or no frame has both its files."""
    folder = _only_version(path)
    root, tables = folder.parent, read_tables(folder)
    if root != path.resolve():
        require_links_inside(root, options.follow_links)
    pairs = _pairs(tables)
    found = [p for p in pairs if (root / p[0].filename).is_file() and (root / p[1].filename).is_file()]
    if not found:
        problem = f"names {len(pairs)} key frames, of none of which the {LIDAR} and the {CAMERA} file are there"
        raise BadInputError(folder, problem, f"unpack samples/{LIDAR} and samples/{CAMERA} beside it")
    reads = [partial(read_sweep, root / sweep.filename) for sweep, _ in found]
    rings = find_rings(root, reads, options.skip_bad)
    numbering, cache = rings.numbering(lambda sweep, _: read_sweep(sweep)), ScanCache()
    drives: dict[str, DriveScans] = {}
    labels: dict[str, TruthLabels | None] = {}
    annotations = find_annotations(tables)
    for scene, sweeps in _sweeps_of_scenes(root, tables, found).items():
        paths = {number: root / sweep.filename for number, sweep in enumerate(sweeps)}
        motion = known(KnownPoses("ego poses", partial(_pose, tables, sweeps)))
        drives[scene.name] = DriveScans(scene.name, paths, cache, numbering, motion, options.skip_bad)
        labels[scene.name] = annotation_labels(annotations, dict(enumerate(sweeps)))
    numbers = {path: number for drive in drives.values() for number, path in drive.paths.items()}
    shots = [
        Shot(
            f"{scene}/{CAMERA}/{tables.sample_of(sweep).timestamp}",
            drives[scene],
            numbers[root / sweep.filename],
            root / image.filename,
            partial(_camera, tables, sweep, image),
            labels=labels[scene],
        )
        for sweep, image in found
        for scene in [tables.scene_of(sweep).name]
    ]
    shots.sort(key=lambda shot: (shot.drive.name, shot.number))
    missing = len(pairs) - len(found)
    notes = [f"{missing} of {len(pairs)} key frames are left out, their files are not there."] if missing else []
    calibration = [folder / name for name in _CALIBRATION_TABLES]
    return open_scans(LAYOUT.name, path, shots, calibration, options, [*notes, *rings.notes], HDL_32E)


def _pose(tables: Tables, sweeps: Sequence[SampleData], number: int) -> Matrix:
    """float64 (4, 4), world <- lidar, by number of a scene's sweep. Raises BadInputError."""
    return tables.world_from_sensor(sweeps[number])


def _find_versions(path: Path) -> list[Path]:
    """The folders of tables: ``path`` itself, or those in it."""
    if path.name.startswith("v1.0-") and (path / "sample_data.json").is_file():
        return [path.resolve()]
    return sorted(p.parent for p in path.glob("v1.0-*/sample_data.json"))


def _only_version(path: Path) -> Path:
    versions = _find_versions(path)
    if not versions:
        problem = "holds sweeps of nuScenes without its tables, which name the camera images and tell where both stand"
        raise BadInputError(
            path, problem, f"give the folder that holds v1.0-mini (or another v1.0-*) and samples/{CAMERA}"
        )
    if len(versions) > 1:
        names = ", ".join(version.name for version in versions)
        raise BadInputError(path, f"holds several versions of nuScenes ({names})", f"give one, like {versions[0]}")
    return versions[0]


def _pairs(tables: Tables) -> list[tuple[SampleData, SampleData]]:
    """The lidar's and the camera's key frame of every sample that has both."""
    image_of = {image.sample_token: image for image in tables.images}
    keys = [sweep for sweep in tables.sweeps if sweep.is_key_frame]
    return [(sweep, image_of[sweep.sample_token]) for sweep in keys if sweep.sample_token in image_of]


def _sweeps_of_scenes(
    root: Path, tables: Tables, found: list[tuple[SampleData, SampleData]]
) -> Mapping[SceneRow, list[SampleData]]:
    """The lidar's files that are there, in time order, of the scenes with frames: sweeps/ may be left out."""
    there: set[str] = set()
    for folder in {str(Path(sweep.filename).parent) for sweep in tables.sweeps}:
        if (root / folder).is_dir():
            there |= {f"{folder}/{entry.name}" for entry in os.scandir(root / folder)}
    scenes: dict[SceneRow, list[SampleData]] = {tables.scene_of(sweep): [] for sweep, _ in found}
    for sweep in tables.sweeps:
        scene = tables.scene_of(sweep)
        if scene in scenes and sweep.filename in there:
            scenes[scene].append(sweep)
    return scenes


def _camera(tables: Tables, sweep: SampleData, image: SampleData) -> tuple[Calibration, tuple[int, int]]:
    """lidar -> vehicle at the lidar's time -> world -> vehicle at the camera's time -> camera."""
    table = tables.folder / "calibrated_sensor.json"
    intrinsic = np.array(tables.sensor_of(image).camera_intrinsic, np.float64)
    if intrinsic.shape != (3, 3) or not np.isfinite(intrinsic).all():
        raise BadInputError(table, f"has no 3 x 3 camera_intrinsic for {image.filename}", REMEDY)
    camera_from_lidar = np.linalg.inv(tables.world_from_sensor(image)) @ tables.world_from_sensor(sweep)
    camera_matrix = np.hstack([intrinsic, np.zeros((3, 1))])
    require_camera(table, f"camera_intrinsic for {image.filename}", camera_matrix, REMEDY)
    return Calibration(camera_from_lidar, camera_matrix), (image.height, image.width)


READER = Reader(
    LAYOUT,
    place=60,
    why_there="no other layout has its tables",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"view"}),
    thinning=None,
)
