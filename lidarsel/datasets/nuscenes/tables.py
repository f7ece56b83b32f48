"""The JSON tables of nuScenes that tell which files make a frame, and where lidar and camera were at their times.

Read here, not by nuScenes' own devkit: seven tables in a documented schema
(github.com/nutonomy/nuscenes-devkit, docs/schema_nuscenes.md) are a page of code, where the devkit brings some thirty
packages (OpenCV, Shapely, Jupyter) and keeps every table whole in memory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from lidarsel.datasets.parts.files import read_bytes
from lidarsel.datasets.parts.reach import path_below
from lidarsel.datasets.parts.rigid import rigid
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import Matrix

LIDAR, CAMERA = "LIDAR_TOP", "CAM_FRONT"
REMEDY = "unpack the metadata of nuScenes anew"


class TableRow(msgspec.Struct, frozen=True, gc=False):
    """token: its name, by which other tables call it."""

    token: str


class SceneRow(TableRow, frozen=True, gc=False):
    name: str


class SampleRow(TableRow, frozen=True, gc=False):
    """A moment with an annotated frame of every sensor (2 Hz). timestamp: microseconds."""

    scene_token: str
    timestamp: int


class SensorRow(TableRow, frozen=True, gc=False):
    channel: str


class PoseRow(TableRow, frozen=True, gc=False):
    """Metres and quaternion w, x, y, z."""

    translation: tuple[float, float, float]
    rotation: tuple[float, float, float, float]

    def matrix(self) -> Matrix:
        """float64 (4, 4): ego -> world of an ego pose, sensor -> ego of a calibrated sensor, box -> world of a box.

        Raises ValueError where it is no rigid motion.
        """
        return rigid(self.translation, self.rotation)


class EgoPose(PoseRow, frozen=True, gc=False):
    """Where the vehicle is at one sensor's time."""


class CalibratedSensor(PoseRow, frozen=True, gc=False):
    """camera_intrinsic: 3 x 3 pixels, empty for a lidar."""

    sensor_token: str
    camera_intrinsic: list[tuple[float, float, float]]


class SampleData(TableRow, frozen=True, gc=False):
    """One file of one sensor. timestamp: microseconds. height, width: of an image. filename: below the data's root."""

    sample_token: str
    ego_pose_token: str
    calibrated_sensor_token: str
    timestamp: int
    is_key_frame: bool
    height: int
    width: int
    filename: str


@dataclass(frozen=True, eq=False)
class Tables:
    """What of the tables concerns the lidar and the front camera.

    scenes: by token. samples: by token. sweeps: all of the lidar. images: the camera's key frames.
    """

    folder: Path
    scenes: dict[str, SceneRow]
    samples: dict[str, SampleRow]
    sensors: dict[str, CalibratedSensor]
    sweeps: list[SampleData]
    images: list[SampleData]
    ego_poses: dict[str, EgoPose]

    def sample_of(self, data: SampleData) -> SampleRow:
        """Raises BadInputError where the tables do not fit each other, like the other look-ups."""
        return self._look_up(self.samples, "sample", data.sample_token)

    def scene_of(self, data: SampleData) -> SceneRow:
        return self._look_up(self.scenes, "scene", self.sample_of(data).scene_token)

    def sensor_of(self, data: SampleData) -> CalibratedSensor:
        return self._look_up(self.sensors, "calibrated_sensor", data.calibrated_sensor_token)

    def world_from_sensor(self, data: SampleData) -> Matrix:
        """float64 (4, 4) at the time of the file, through the vehicle's pose then."""
        pose = self._look_up(self.ego_poses, "ego_pose", data.ego_pose_token)
        try:
            return pose.matrix() @ self.sensor_of(data).matrix()
        except ValueError:
            problem = f"the pose or the mounting of {data.filename} is no rigid motion"
            raise BadInputError(self.folder / "ego_pose.json", problem, REMEDY) from None

    def _look_up(self, rows: dict[str, "RowKind"], table: str, token: str) -> "RowKind":
        if token not in rows:
            raise BadInputError(self.folder / f"{table}.json", f"has no row {token}, which others name", REMEDY)
        return rows[token]


def read_tables(folder: Path) -> Tables:
    """The tables of one version (v1.0-mini, ...). Raises BadInputError naming a table that is missing or damaged."""
    channels = {row.token: row.channel for row in read_rows(folder, "sensor", SensorRow)}
    sensors = {row.token: row for row in read_rows(folder, "calibrated_sensor", CalibratedSensor)}
    wanted: dict[str, list[SampleData]] = {LIDAR: [], CAMERA: []}

    def concerns(row: SampleData) -> bool:
        sensor = sensors.get(row.calibrated_sensor_token)
        channel = "" if sensor is None else channels.get(sensor.sensor_token, "")
        return channel == LIDAR or (channel == CAMERA and row.is_key_frame)

    for row in read_rows(folder, "sample_data", SampleData, concerns):
        if path_below(folder.parent, row.filename) is None:
            problem = f"names {row.filename!r}, beyond the folder of the data"
            raise BadInputError(folder / "sample_data.json", problem, REMEDY)
        wanted[channels[sensors[row.calibrated_sensor_token].sensor_token]].append(row)
    poses = {row.ego_pose_token for rows in wanted.values() for row in rows}
    return Tables(
        folder,
        scenes={row.token: row for row in read_rows(folder, "scene", SceneRow)},
        samples={row.token: row for row in read_rows(folder, "sample", SampleRow)},
        sensors=sensors,
        sweeps=sorted(wanted[LIDAR], key=lambda row: row.timestamp),
        images=wanted[CAMERA],
        ego_poses={row.token: row for row in read_rows(folder, "ego_pose", EgoPose, lambda row: row.token in poses)},
    )


RowKind = TypeVar("RowKind", bound=TableRow)


def read_rows(
    folder: Path, table: str, kind: type[RowKind], concerns: Callable[[RowKind], bool] = lambda row: True
) -> Iterator[RowKind]:
    """Row by row, as the full data set has 2.6 million files of which one in eight concerns us.

    Args:
        folder: of the tables.
        table: its name.
        kind: of its rows.
        concerns: which rows are wanted.

    Raises:
        BadInputError: the table is missing or damaged.
    """
    path = folder / f"{table}.json"
    decoder = msgspec.json.Decoder(kind)
    try:
        for raw in msgspec.json.decode(read_bytes(path), type=list[msgspec.Raw]):
            row = decoder.decode(raw)
            if concerns(row):
                yield row
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(path, f"is no such table of nuScenes ({error})", REMEDY) from None
