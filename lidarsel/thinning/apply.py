"""The same log with only the chosen lines, written whole or not at all."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from lidarsel.contracts import LinesFile, maker
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.reach import require_links_inside
from lidarsel.datasets.reader import DepthLines, LogFile
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.columns import ScanColumns, find_columns
from lidarsel.datasets.scans.thinned import RECORD, Runs, ThinnedRecord, line_image
from lidarsel.errors import BadInputError, LidarselError, OutputError, UsageError, unreadable
from lidarsel.pattern import read_pattern
from lidarsel.progress import step
from lidarsel.reading import read_in_pieces
from lidarsel.thinning.clouds import thin_cloud
from lidarsel.thinning.log_files import log_files
from lidarsel.thinning.scans import ThinningCount, thin_depth_image, thin_scan
from lidarsel.writing import whole_folder


@dataclass(frozen=True)
class ThinningSummary:
    """What was done. scans, depth_images, clouds, other_files: how many were written; linked: the others hard-linked.

    points_before, points, unknown_points: points of scans and clouds and pixels of depth images read, kept, and
    dropped because their line could not be told. bytes_before, bytes: of these files. left_out: file and reason.
    """

    out: Path
    n_lines: int
    lines: list[int]
    linked: bool
    scans: int
    depth_images: int
    clouds: int
    other_files: int
    points_before: int
    points: int
    unknown_points: int
    bytes_before: int
    bytes: int
    left_out: list[str]


def apply_lines(
    data: Path,
    lines_path: Path,
    out: Path,
    options: ReadOptions,
    link: bool,
    command: str,
) -> ThinningSummary:
    """Thin a log to the lines of a file.

    Args:
        data: the log's folder.
        lines_path: lines.yaml, or lines without a word of their sensor, which is then taken from the log.
        out: the folder to write, new or empty.
        options: how the log is read, its ground truth apart. What cannot be thinned is left out with ``skip_bad``, and
            listed.
        link: hard-link what is not thinned instead of copying it.
        command: for the record.

    Raises:
        BadInputError, UsageError, OutputError: and nothing is left at ``out``.
    """
    if not data.is_dir():
        raise BadInputError(data, "is no folder", "give the folder of a log")
    if data.resolve() in (out.resolve(), *out.resolve().parents):
        raise UsageError(f"-o {out} is within {data}, which is never changed; choose a folder beside it")
    pattern = read_pattern(lines_path)
    options = replace(options, ground_truth="scan")  # none is asked for, and every log has its own scans
    for folder in (data, options.raw):
        if folder is not None:
            require_links_inside(folder, options.follow_links)
    files, thinning = log_files(data)
    lines = pattern.file
    if lines is None:
        dataset = open_dataset(data, options)
        lines = pattern.of_sensor(dataset.sensor, dataset.elevation_deg, data, command)
    rewritten = [file for file in files if file.kind != "other"]
    copied = [file for file in files if file.kind == "other"]
    with whole_folder(out) as target:
        try:
            depth_lines = None
            if thinning.depth_lines is not None and any(file.kind == "depth image" for file in files):
                depth_lines = thinning.depth_lines(data, replace(options, sensor=None))
            scans = [file.source for file in rewritten if file.kind == "scan"]
            writer = _Writer(target, lines, options, scans, link, depth_lines)
            _each("thinning", rewritten, writer.thin)
            if not writer.kept:
                raise BadInputError(data, f"no file is left, the first: {writer.left_out[0]}", "see docs/apply.md")
            _each("linking" if link else "copying", copied, writer.copy)
            writer.write_record(command)
        except OSError as error:
            raise _at_place(error, out, target, link) from None
    kinds = Counter(file.kind for file in writer.kept)
    return ThinningSummary(
        out=out,
        n_lines=lines.n_lines,
        lines=lines.lines,
        linked=link,
        scans=kinds["scan"],
        depth_images=kinds["depth image"],
        clouds=kinds["cloud"],
        other_files=len(copied),
        points_before=sum(file.count.points_before for file in writer.kept),
        points=sum(file.count.points for file in writer.kept),
        unknown_points=sum(file.count.unknown for file in writer.kept),
        bytes_before=sum(file.bytes_before for file in writer.kept),
        bytes=sum(file.bytes for file in writer.kept),
        left_out=writer.left_out,
    )


def _at_place(error: OSError, out: Path, target: Path, link: bool) -> LidarselError:
    """What to raise: the log's file where that failed, else the place that is written to."""
    place = Path(os.fsdecode(error.filename2 or error.filename or out))
    if place != out and not place.is_relative_to(target):
        return unreadable(place, error, "check its permissions")
    remedy = "copy instead, without --link" if link and error.filename2 else "see that there is room, and permission"
    return OutputError(place, f"cannot be written ({error.strerror or error})", remedy)


def _each(title: str, files: list[LogFile], work: Callable[[LogFile], None]) -> None:
    with step(title, len(files)) as advance:
        for number, file in enumerate(files, 1):
            work(file)
            advance(number, len(files))


@dataclass(frozen=True)
class _FileCount:
    """Of a file that was rewritten."""

    kind: str
    count: ThinningCount
    bytes_before: int
    bytes: int


class _Writer:
    """Writes one file after the other to ``folder``. kept: what was rewritten. left_out: what could not, and why.

    scans: all there are, since a folder's tell together what their columns are.
    """

    def __init__(
        self,
        folder: Path,
        lines: LinesFile,
        options: ReadOptions,
        scans: Sequence[Path],
        link: bool,
        depth_lines: DepthLines | None,
    ) -> None:
        self.kept: list[_FileCount] = []
        self.left_out: list[str] = []
        self._folder, self._lines, self._options, self._depth_lines = folder, lines, options, depth_lines
        self._scans, self._link = scans, link
        self._runs: dict[str, Runs] = {}
        self._columns: dict[Path, ScanColumns] = {}

    def thin(self, file: LogFile) -> None:
        """One scan, depth image or cloud. Raises BadInputError, unless damaged files are left out."""
        target = self._folder / file.name
        try:
            count = self._write(file, target)
        except BadInputError as error:
            if not self._options.skip_bad:
                raise
            for place in (file.name, *(values.name for values in file.beside)):
                (self._folder / place).unlink(missing_ok=True)
            self.left_out.append(f"{file.name}: {error.problem}")
            return
        self.kept.append(_FileCount(file.kind, count, file.source.stat().st_size, target.stat().st_size))

    def _write(self, file: LogFile, target: Path) -> ThinningCount:
        if file.kind == "scan":
            beside = [(values, self._folder / values.name) for values in file.beside]
            columns = self._columns_in(file.source.parent)
            sensor = self._options.sensor
            count, runs = thin_scan(file.source, target, self._lines, sensor, columns, beside)
            self._runs[file.name.as_posix()] = runs
            return count
        if file.kind == "cloud":
            return thin_cloud(file.source, target, self._lines, self._options.sensor, self._options.ring_field)
        assert self._depth_lines is not None
        pixels = self._depth_lines.of(file.source, self._lines.n_lines)
        line_target = line_image(self._folder, file.name.as_posix())
        return thin_depth_image(file.source, pixels, target, line_target, self._lines)

    def _columns_in(self, folder: Path) -> ScanColumns:
        if folder not in self._columns:
            beside = [scan for scan in self._scans if scan.parent == folder]
            self._columns[folder] = find_columns(beside, self._options.scan_columns)
        return self._columns[folder]

    def copy(self, file: LogFile) -> None:
        """One file as it is; its times are kept."""
        target = self._folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._link:
            os.link(file.source.resolve(), target)
        else:
            with target.open("wb") as out:
                out.writelines(read_in_pieces(file.source))
            shutil.copystat(file.source, target)

    def write_record(self, command: str) -> None:
        """What readers take the lines from."""
        record = ThinnedRecord(**maker(command), lines=self._lines, runs=self._runs)
        (self._folder / RECORD).write_bytes(msgspec.json.encode(record) + b"\n")
