"""What a reader says of itself. A format's folder holds one module a reader, named ``reader`` or ``NAME_reader``, with
its record as ``READER``; the registry finds it there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from lidarsel.datasets.base import Dataset, GroundTruth, ReadOptions
from lidarsel.frame import ImagePoints

ReadOption = Literal["raw", "sensor", "scan_columns", "ring_field", "depth_scale", "trust_paths", "view"]
"""The fields of ``ReadOptions`` that not every reader accepts: a raw folder, the sensor's calibration, the columns of
.bin scans, the field of the ring, the unit of depth images, paths that lead out of the folder, and the lidar's whole
turn instead of the camera's image."""


@dataclass(frozen=True)
class LayoutFacts:
    """What users are told of a layout. looks_for: what it is recognised by. ground_truth: its kinds, best first.
    extra: what is to be installed, "" for nothing."""

    name: str
    looks_for: str
    ground_truth: tuple[GroundTruth, ...]
    extra: str


@dataclass(frozen=True)
class LogFile:
    """A file of a log, and what it is to a lidar with fewer lines.

    Args:
        source: the file.
        name: its place in a copy of the log, relative.
        kind: "scan" of KITTI's format (float32 x, y, z, intensity); "cloud", PCD or PLY; "depth image", a 16-bit PNG;
            "other", to be copied as it is.
        beside: of a scan, the files with a value for each of its points, thinned with it.
    """

    source: Path
    name: Path
    kind: Literal["scan", "depth image", "cloud", "other"]
    beside: "tuple[PointValues, ...]" = ()


@dataclass(frozen=True)
class PointValues:
    """A file with a value for each point of a scan, in their order. source, name: as of ``LogFile``. value_bytes: of
    one value."""

    source: Path
    name: Path
    value_bytes: int


class DepthLines(Protocol):
    """Tells the lines of a log's depth images."""

    def of(self, path: Path, n_lines: int) -> ImagePoints:
        """The pixels of a depth image. Raises BadInputError where it is damaged or not of ``n_lines`` lines."""
        ...


@dataclass(frozen=True)
class Thinning:
    """How the logs of a layout are thinned; readers whose layouts stand in one tree share one.

    Args:
        rewrites: what is rewritten, in words.
        log_files: every file of the log in a folder; it may be one that lacks what it takes to be a data set. Raises
            BadInputError.
        recognise: whether a folder that no reader recognises holds such a log all the same, as one without calibration;
            None where no such log can be thinned.
        depth_lines: the lines of the depth images in a folder, read as the options say; None where the layout has none.
    """

    rewrites: tuple[str, ...]
    log_files: Callable[[Path], list[LogFile]]
    recognise: Callable[[Path], bool] | None = None
    depth_lines: Callable[[Path, ReadOptions], DepthLines] | None = None


@dataclass(frozen=True)
class Reader:
    """One reader.

    Args:
        layout: what users are told of it.
        place: its place in the order of asking; the first that recognises a folder reads it.
        why_there: why it is asked then.
        recognise: whether a folder or file is of its layout; it may look at names, and opens next to nothing.
        open: the data set. Raises BadInputError.
        accepts: which of the options that not every reader accepts.
        thinning: how its logs are thinned; None where lidarsel apply cannot.
    """

    layout: LayoutFacts
    place: int
    why_there: str
    recognise: Callable[[Path], bool]
    open: Callable[[Path, ReadOptions], Dataset]
    accepts: frozenset[ReadOption]
    thinning: Thinning | None

    @property
    def name(self) -> str:
        return self.layout.name
