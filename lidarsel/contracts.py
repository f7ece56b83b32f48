"""The files that commands hand to each other: their keys, their checks, their reading and writing.

Every file says what made it (``Provenance``). Reading refuses unknown keys, wrong types and numbers that cannot
be, naming the file and the key.
"""

from pathlib import Path
from typing import Annotated, Any, TypedDict, TypeVar

import msgspec

from lidarsel import __version__
from lidarsel.cautions import Caution
from lidarsel.checks import MOST, require, require_finite, what_is_wrong
from lidarsel.choices import METRICS, ElevationKind
from lidarsel.confidence import Grouping, half_width
from lidarsel.criterion import PATTERN, Criterion, criterion
from lidarsel.errors import BadInputError
from lidarsel.reading import read_json, read_yaml
from lidarsel.report_choice import ChoiceStability
from lidarsel.report_rows import PerFrameRow, ReportRow
from lidarsel.report_spread import SpreadReport
from lidarsel.sensor_file import SensorFile
from lidarsel.shapley.stop_reason import StopReason
from lidarsel.texts import json_text, yaml_text
from lidarsel.writing import write_bytes

FORMAT_VERSION = 1
Seed = Annotated[int, msgspec.Meta(ge=0)]
MetricName = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": PATTERN})]


class Maker(TypedDict):
    """What every file says of the program that made it."""

    format_version: int
    lidarsel_version: str
    command: str


def maker(command: str) -> Maker:
    """This program, run by a command line: the first keys of every file that it writes."""
    return Maker(format_version=FORMAT_VERSION, lidarsel_version=__version__, command=command)


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What made a file. network_sha256 is a hex digest; data_fingerprint another, of the content of the frames that the
    file names, as they were read."""

    format_version: int
    lidarsel_version: str
    seed: Seed
    network: str
    network_sha256: str
    data: str
    data_fingerprint: str
    command: str


class LinesFile(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``lines.yaml``: the chosen lines. elevation_deg has one entry a line, line_elevation_deg one a chosen line.

    doubts: why they may be of no use, to be read first. elevation_kind: "cone", the lasers' own elevations, by which a
    sensor may be set; or "apparent", the median angle of a line's points seen from the scans' origin, which shifts with
    the scene. Files that do not say hold the latter.
    """

    sensor: str
    n_lines: int
    elevation_deg: list[float]
    elevation_kind: ElevationKind = "apparent"
    method: str
    budget: int
    lines: list[int]
    line_elevation_deg: list[float]
    chosen_on_frames: list[str]
    doubts: list[str] = []

    def __post_init__(self) -> None:
        require(self.n_lines >= 1, "n_lines must be at least 1")
        require(len(self.elevation_deg) == self.n_lines, "elevation_deg must have n_lines entries")
        require(len(self.lines) == self.budget, f"lines must have budget = {self.budget} entries")
        require(len(self.line_elevation_deg) == self.budget, "line_elevation_deg must have budget entries")
        require(self.lines == sorted(set(self.lines)), "lines must be sorted and without repetition")
        within = all(0 <= line < self.n_lines for line in self.lines)
        require(within, f"lines must be within 0..{self.n_lines - 1}")
        require_finite("elevation_deg", [*self.elevation_deg, *self.line_elevation_deg])


class ValuesFile(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``values.json``: Shapley value of each line, in ``unit`` of the metric: mm, 1/km, or ratio where
    it is told in multiples of all lines' errors. metric: as ``lidarsel.criterion`` has it.

    mean, standard_error, elevation_deg, points_per_line (mean number of points in the image): one entry a line.
    elevation_kind: as in ``LinesFile``.
    degrees_of_freedom: of the standard errors: the 95 % interval of a line is mean +- Student's quantile for them times
    its standard error (2 frames: 12.71 standard errors, 3: 4.30, 12: 2.20). null with one frame, which says nothing of
    others: its standard errors are of the drawn coalitions alone, and there is no interval. A line of standard error 0
    is exact (never in the image: 0) and has none either.
    choosing_mean: in which each drive counts the same, however many frames it has: lines are chosen by these. Empty
    where they are the means over frames.
    value_empty, value_full: v of no line and of all lines, mean over frames. n_evaluations: of (frame, coalition).
    stopped: what ended the estimate: evaluations (used up), target-se, frames-differ (no coalition more could reach the
    target), until-stable or enumerated.
    per_frame: name of the .npz beside this file with the values of every frame: mean, float64 (n_frames, n_lines);
    value_empty and value_full, float64 (n_frames,).
    """

    metric: MetricName
    unit: str
    estimator: str
    n_lines: int
    n_frames: int
    n_evaluations: int
    stopped: StopReason
    value_empty: float
    value_full: float
    mean: list[float]
    choosing_mean: list[float] = []
    standard_error: list[float]
    degrees_of_freedom: float | None
    elevation_deg: list[float]
    elevation_kind: ElevationKind = "apparent"
    points_per_line: list[float]
    sensor: str
    frames: list[str]
    per_frame: str

    def __post_init__(self) -> None:
        for key in ("mean", "standard_error", "elevation_deg", "points_per_line"):
            entries = getattr(self, key)
            require(len(entries) == self.n_lines, f"{key} must have n_lines = {self.n_lines} entries")
            require_finite(key, entries)
        require(len(self.choosing_mean) in (0, self.n_lines), f"choosing_mean must have {self.n_lines} entries or none")
        require_finite("choosing_mean", self.choosing_mean)
        require_finite("value_empty, value_full", [self.value_empty, self.value_full])
        require(len(self.frames) == self.n_frames, "frames must have n_frames entries")
        require(min(self.standard_error) >= 0, "standard_error must not be negative")
        freedom = self.degrees_of_freedom
        require(freedom is None or 0 < freedom <= MOST, "degrees_of_freedom must be above 0, or null")
        require(
            (freedom is None) == (self.n_frames == 1), "degrees_of_freedom must be null with one frame, and only then"
        )
        unit = _deciding(self.metric).unit
        require(self.unit == unit, f"unit of {self.metric} is {unit}")
        require(Path(self.per_frame).name == self.per_frame, "per_frame must be a bare file name")

    def half_width(self) -> list[float | None]:
        """Half the width of each line's 95 % interval, in ``unit``; None of one frame and of what is exact."""
        if self.degrees_of_freedom is None:
            return [None] * self.n_lines
        widths = half_width(self.standard_error, self.degrees_of_freedom).tolist()
        return [width or None for width in widths]


class ReportFile(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``report.json``: accuracy of every method and budget on the judged frames.

    chosen_method, chosen_budget: the row that lines.yaml holds. ground_truth: official, dense, accumulated or scan.
    frame_digests: the content of each judged frame, as read; reports older than these have none.
    same_frames: the lines were judged on the frames they were chosen on. notes: how the report was made. doubts: what
    to read before the answer. cautions: what else weakens it and does not follow from the report's own rows and frames
    (older reports have these among the notes). intervals_between: what the intervals count as independent: drives, or
    stretches of neighbouring frames of one drive (null in reports of lidarsel 0.1: a bootstrap over frames).
    lines_in_image: how many lines have a point in the image of the judged frames; null in older reports.
    per_frame: what a programmable lidar would gain (--per-frame), else empty. spread: how far depths may be off
    (evaluate --uncertainty), else null. stability: how sure the choice is, by
    budget, largest first; empty of reports that chose nothing. elevation_kind: as in ``LinesFile``.
    """

    sensor: str
    n_lines: int
    elevation_deg: list[float]
    elevation_kind: ElevationKind = "apparent"
    metric: MetricName
    ground_truth: str
    frames: list[str]
    chosen_on_frames: list[str]
    same_frames: bool
    chosen_method: str
    chosen_budget: int
    notes: list[str]
    rows: list[ReportRow]
    frame_digests: list[str] = []
    per_frame: list[PerFrameRow] = []
    stability: list[ChoiceStability] = []
    intervals_between: Grouping | None = None
    doubts: list[str] = []
    cautions: list[Caution] = []
    lines_in_image: int | None = None
    spread: SpreadReport | None = None

    def __post_init__(self) -> None:
        require(len(self.elevation_deg) == self.n_lines, "elevation_deg must have n_lines entries")
        of_lines = self.n_lines if self.spread is None else len(self.spread.by_line_m)
        require(of_lines == self.n_lines, "spread: by_line_m must have n_lines entries")
        require(0 <= (self.lines_in_image or 0) <= self.n_lines, "lines_in_image must be within 0..n_lines")
        require(bool(self.rows), "rows must not be empty")
        of_rows = _deciding(self.metric).name in METRICS
        told = all(self.metric in row.errors_by for row in self.rows)
        require(of_rows or told, f"errors_by of every row must have {self.metric}, which decided")
        require(len(self.frame_digests) in (0, len(self.frames)), "frame_digests must have an entry a frame")

    def row(self, method: str, budget: int | None = None) -> ReportRow | None:
        """The row of a method (at a budget, where it has several), or None."""
        for row in self.rows:
            if row.method == method and budget in (None, row.budget):
                return row
        return None


def _deciding(metric: str) -> Criterion:
    """What a file's metric is. Raises ValueError where it is none, or not spelled as rows have it."""
    found = criterion(metric)
    require(found.name == metric, f"metric {metric!r} is spelled {found.name!r}")
    return found


FileT = TypeVar("FileT", LinesFile, ValuesFile, ReportFile, SensorFile)
AnyFile = TypeVar("AnyFile")


def write_contract(path: Path, content: LinesFile | ValuesFile | ReportFile | SensorFile) -> None:
    """Write as YAML or JSON by the file's ending, whole or not at all. Raises OutputError."""
    text = yaml_text(content) if path.suffix in (".yaml", ".yml") else json_text(content)
    write_bytes(path, text.encode())


def read_contract(path: Path, kind: type[FileT]) -> FileT:
    """Read and check a file. Raises BadInputError naming the file, the key and the remedy."""
    return read_versioned(path, kind, f"it must be a {_NAMES[kind]} file as written by lidarsel {_MAKERS[kind]}")


def read_versioned(path: Path, kind: type[AnyFile], remedy: str) -> AnyFile:
    """Read and check a file of any kind that has a format_version. Raises BadInputError naming file, key and remedy."""
    try:
        content = read_yaml(path, remedy) if path.suffix in (".yaml", ".yml") else read_json(path, Any, remedy)
        if isinstance(content, dict) and content.get("format_version", FORMAT_VERSION) != FORMAT_VERSION:
            found = content["format_version"]
            raise BadInputError(path, f"format_version {found!r} is not {FORMAT_VERSION}", "make it anew")
        return msgspec.convert(content, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInputError(path, what_is_wrong(error, kind), remedy) from None


_NAMES: dict[Any, str] = {LinesFile: "lines", ValuesFile: "values", ReportFile: "report", SensorFile: "sensor"}
_MAKERS: dict[Any, str] = {LinesFile: "select", ValuesFile: "shapley", ReportFile: "evaluate", SensorFile: "calibrate"}
