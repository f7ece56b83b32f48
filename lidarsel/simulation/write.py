"""A simulated drive as KITTI trees on disk: raw data and depth completion in the same folder."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

import lidarsel
from lidarsel.datasets.parts.png import write_png
from lidarsel.datasets.parts.simulated import NOTE_FILE
from lidarsel.errors import OutputError
from lidarsel.simulation.calibration_text import calibration_files
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.oxts import oxts_record
from lidarsel.simulation.sensing.rig import make_rig
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.sweeps import SweepWindow
from lidarsel.writing import whole_folder

DATE = "2000_01_01"
_README = (
    "velodyne_points/line/*.bin: int16 line of each point, 0 = topmost; an oracle for tests, not of KITTI's layout. "
    "velodyne_points/labels/*.label: SemanticKITTI's label of each point; what moves is not told from the rest. "
    "proj_depth/groundtruth_dense: exact depth of every pixel in range."
)


def write_drives(out: Path, settings: SimulateSettings, progress: Callable[[int, int], None] | None = None) -> None:
    """Simulate ``settings.drives`` drives of ``settings.frames`` frames each and write them under ``out``.

    ``OUT/<date>/<date>_drive_NNNN_sync`` is KITTI's raw tree (image_02, velodyne_points, oxts, calibration files of the
    date) with SemanticKITTI's labels in velodyne_points, ``OUT/train/<date>_drive_NNNN_sync/proj_depth`` the depth
    completion tree: ``velodyne_raw`` (the scan, freed of its motion), ``groundtruth`` (the scans of eleven frames, less
    what stereo disagrees with) and ``groundtruth_dense`` (exact), as uint16 PNG, metres * 256.

    ``progress(done, total)`` is called after every frame. Written under a temporary name and renamed when whole. Raises
    OutputError where ``out`` is taken or unwritable.
    """
    total = settings.frames * settings.drives
    with whole_folder(out) as folder:
        try:
            _write_all(folder, settings, progress or (lambda done, whole: None), total)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(out, f"cannot be written ({reason})", "choose a writable place with room") from None


def _write_all(folder: Path, settings: SimulateSettings, progress: Callable[[int, int], None], total: int) -> None:
    # one date has one calibration in KITTI, so all drives share a rig; height and pitch are each drive's own
    rig = make_rig(np.random.default_rng([settings.seed, 1]), settings)
    day = folder / DATE
    day.mkdir()
    for name, text in calibration_files(rig, (settings.image_height, settings.image_width)).items():
        (day / name).write_text(text)
    names = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for number in range(settings.drives):
            names.append(f"{DATE}_drive_{number + 1:04d}_sync")
            drive = Drive(settings, number, settings.frames * settings.frame_period_s, rig)
            writer = _DriveWriter(drive, day / names[-1], folder / "train" / names[-1] / "proj_depth", pool)
            for frame in range(settings.frames):
                writer.write(frame)
                progress(number * settings.frames + frame + 1, total)
            writer.finish()
    note = {
        "format_version": 1,
        "lidarsel_version": lidarsel.__version__,
        "settings": _settings_told(settings),
        "drives": names,
        "sensor_model": settings.sensor_model,
        "elevation_deg": [round(float(e), 4) for e in drive.lidar.elevation_deg],
        "about": _README,
    }
    (folder / NOTE_FILE).write_text(json.dumps(note, indent=2) + "\n")


def _settings_told(settings: SimulateSettings) -> dict[str, object]:
    """All of them, but for the streets and the fleet that are as usual."""
    usual = SimulateSettings()
    return {
        name: value
        for name, value in asdict(settings).items()
        if name not in ("streets", "fleet") or getattr(settings, name) != getattr(usual, name)
    }


class _DriveWriter:
    """Writes one drive, its frames in order from 0; PNGs are packed in ``pool`` while the next frame is made."""

    def __init__(self, drive: Drive, raw: Path, depth: Path, pool: ThreadPoolExecutor) -> None:
        self._drive, self._raw, self._pool = drive, raw, pool
        self._packing: list[Future[None]] = []
        self._image, self._scan = raw / "image_02" / "data", raw / "velodyne_points" / "data"
        self._line, self._oxts = raw / "velodyne_points" / "line", raw / "oxts" / "data"
        self._label = raw / "velodyne_points" / "labels"
        self._depth = {k: depth / k / "image_02" for k in ("velodyne_raw", "groundtruth", "groundtruth_dense")}
        for path in (self._image, self._scan, self._line, self._label, self._oxts, *self._depth.values()):
            path.mkdir(parents=True)
        self._window = SweepWindow(drive, pool)
        self._origin_m = drive.trajectory.at(0.0).position_m

    def write(self, frame: int) -> None:
        """Every file of one frame."""
        drive, name = self._drive, f"{frame:010d}"
        shot, picture, semi_dense_m = self._window.advance()
        height, width = semi_dense_m.shape
        points = shot.scan
        np.column_stack([points.xyz_m, points.intensity]).astype("<f4").tofile(self._scan / f"{name}.bin")
        points.line.astype("<i2").tofile(self._line / f"{name}.bin")
        shot.label.astype("<u4").tofile(self._label / f"{name}.label")
        oxts = oxts_record(drive.trajectory, frame * drive.settings.frame_period_s, self._origin_m)
        (self._oxts / f"{name}.txt").write_text(oxts)
        depths = {
            "velodyne_raw": drive.image_points(shot).draw(height, width),
            "groundtruth": semi_dense_m,
            "groundtruth_dense": picture.depth_m,
        }
        self._wait()  # at most one frame's pictures are held back
        self._packing = [self._pool.submit(write_png, self._image / f"{name}.png", picture.image)]
        for kind, depth_m in depths.items():
            pixels = np.floor(depth_m * 256 + 0.5).astype(np.uint16)
            self._packing.append(self._pool.submit(write_png, self._depth[kind] / f"{name}.png", pixels))

    def finish(self) -> None:
        """What is left to write after the last frame."""
        self._wait()
        self._write_timestamps()

    def _wait(self) -> None:
        for job in self._packing:
            job.result()

    def _write_timestamps(self) -> None:
        """One line a frame, in KITTI's form, to nanoseconds."""
        start = datetime(2000, 1, 1, 12, 0, 0)
        lines = []
        for frame in range(self._drive.settings.frames):
            moment = start + timedelta(microseconds=round(frame * self._drive.settings.frame_period_s * 1e6))
            lines.append(moment.strftime("%Y-%m-%d %H:%M:%S.%f") + "000\n")
        for sensor in ("image_02", "velodyne_points", "oxts"):
            (self._raw / sensor / "timestamps.txt").write_text("".join(lines))
