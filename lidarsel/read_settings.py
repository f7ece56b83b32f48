"""How data are read: the part of a run's settings that readers are told."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from lidarsel.choices import ViewName
from lidarsel.network_settings import NetworkSettings
from lidarsel.options import DATA, Option, parse_columns, require_columns

if TYPE_CHECKING:
    from lidarsel.datasets.base import ReadOptions
    from lidarsel.geometry.unordered import LaserCones


class ReadSettings(NetworkSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each option says what its field is. A field added here, and to ``ReadOptions``, reaches all commands and readers.

    On top of the network's, as a msgspec.Struct has one base.
    """

    ground_truth: Annotated[
        Literal["auto", "official", "dense", "accumulated", "scan"],
        Option("Where ground truth comes from: auto, official, dense, accumulated or scan.", DATA),
    ] = "auto"
    raw: Annotated[str | None, Option("KITTI raw folder that belongs to a depth completion folder.", DATA)] = None
    sensor: Annotated[
        str | None, Option("sensor.yaml of lidarsel calibrate, for scans in no order and without rings.", DATA)
    ] = None
    scan_columns: Annotated[
        tuple[str, ...] | None,
        Option(
            "Columns of .bin scans, as x,y,z,intensity,ring; default: told by their statistics.",
            DATA,
            parse=parse_columns,
        ),
    ] = None
    ring_field: Annotated[
        str | None,
        Option("Field of clouds that holds the ring; default: ring, channel, laser_id, line and the like.", DATA),
    ] = None
    skip_bad: Annotated[bool, Option("Leave damaged frames out instead of stopping.", DATA)] = False
    follow_links: Annotated[bool, Option("Also read what links lead to that point out of the data.", DATA)] = False
    trust_paths: Annotated[
        bool, Option("Also read files beyond the folder of frames.csv that it names (absolute, or with ..).", DATA)
    ] = False
    depth_scale: Annotated[
        float | None,
        Option(
            "Stored units of depth images to a metre: 1000 of millimetres, 100 of centimetres.",
            DATA,
            default="256, KITTI's",
        ),
    ] = None
    view: Annotated[
        ViewName,
        Option("What is judged: the camera's image, or 360, the lidar's whole turn, where every line counts.", DATA),
    ] = "camera"

    def __post_init__(self) -> None:
        if self.depth_scale is not None and not 0 < self.depth_scale < math.inf:
            raise ValueError(f"depth_scale is {self.depth_scale:g}, but must be a number above 0")
        if self.scan_columns is not None:
            require_columns(self.scan_columns)

    def read_options(self) -> "ReadOptions":
        """What the readers are told, field by field. Raises BadInputError for a sensor file that cannot be used."""
        from lidarsel.datasets.base import ReadOptions

        given = {name: getattr(self, name) for name in READING}
        raw = None if self.raw is None else Path(self.raw)
        return ReadOptions(**{**given, "raw": raw, "sensor": self._cones()})

    def _cones(self) -> "LaserCones | None":
        from lidarsel.contracts import read_contract
        from lidarsel.sensor_file import SensorFile

        return None if self.sensor is None else read_contract(Path(self.sensor), SensorFile).cones()


READING = tuple(name for name in ReadSettings.__struct_fields__ if name not in NetworkSettings.__struct_fields__)
"""The fields on reading; a command takes the options of those that make a difference to it."""
