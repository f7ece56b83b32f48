"""The same log with only the chosen lines, written whole or not at all."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from lidarsel import __version__
from lidarsel.contracts import FORMAT_VERSION, LinesFile, SensorFile, read_contract
from lidarsel.datasets.scans.thinned import RECORD, Runs, ThinnedRecord, line_image
from lidarsel.errors import BadInputError, OutputError, UsageError
from lidarsel.geometry.unordered import LaserCones
from lidarsel.progress import step
from lidarsel.report.words import count, line_ranges, printable
from lidarsel.thinning.clouds import thin_cloud
from lidarsel.thinning.depth_images import DepthPixels
from lidarsel.thinning.log_files import LogFile, log_files
from lidarsel.thinning.scans import Kept, thin_depth_image, thin_scan
from lidarsel.writing import whole_folder


@dataclass
class Applied:
    """What was done. scans, depth_images, clouds, other_files: how many were written; linked: the others hard-linked.

    points_before, points, unknown_points: points of scans and clouds and pixels of depth images read, kept, and
    dropped because their line could not be told. bytes_before, bytes: of these files. left_out: file and reason.
    """

    out: Path
    n_lines: int
    lines: list[int]
    linked: bool
    scans: int = 0
    depth_images: int = 0
    clouds: int = 0
    other_files: int = 0
    points_before: int = 0
    points: int = 0
    unknown_points: int = 0
    bytes_before: int = 0
    bytes: int = 0
    left_out: list[str] = field(default_factory=list)

    def said(self) -> list[str]:
        """The same in words."""
        counts = ((self.scans, "scan"), (self.depth_images, "depth image"), (self.clouds, "cloud"))
        thinned = ", ".join(count(number, name) for number, name in counts if number)
        share, size = self.points / self.points_before, self.bytes / self.bytes_before
        others = "hard-linked" if self.linked else "copied"
        return [
            f"{count(len(self.lines), 'line')} of {self.n_lines} kept: {line_ranges(self.lines)}",
            f"{thinned}: {self.points} of {self.points_before} points kept ({share:.1%}), "
            f"{self.bytes_before / 1e6:.1f} -> {self.bytes / 1e6:.1f} MB ({size:.1%})",
            f"{count(self.unknown_points, 'point')} of unknown line dropped",
            *(f"left out: {printable(reason)}" for reason in self.left_out),
            f"{count(self.other_files, 'other file')} {others}",
            f"thinned: {self.out}",
        ]


def apply_lines(
    data: Path,
    lines_path: Path,
    out: Path,
    raw: Path | None,
    link: bool,
    skip_bad: bool,
    command: str,
    sensor_path: Path | None = None,
) -> Applied:
    """Thin a log to the lines of a file. link: hard-link what is not thinned instead of copying it.

    sensor_path: the calibration that tells the lines of scans in no order and of clouds without rings.

    Raises BadInputError, UsageError, OutputError; then nothing is left at ``out``.
    """
    if not data.is_dir():
        raise BadInputError(data, "is no folder", "give the folder of a log")
    if data.resolve() in (out.resolve(), *out.resolve().parents):
        raise UsageError(f"-o {out} is within {data}, which is never changed; choose a folder beside it")
    lines = read_contract(lines_path, LinesFile)
    sensor = None if sensor_path is None else read_contract(sensor_path, SensorFile).cones()
    files = log_files(data)
    done = Applied(out, lines.n_lines, lines.lines, link)
    with whole_folder(out) as folder:
        try:
            thinner = _Thinner(folder, lines, done, skip_bad, sensor)
            if any(file.kind == "depth image" for file in files):
                thinner.pixels = DepthPixels(data, raw, skip_bad)
            _each("thinning", [file for file in files if file.kind != "other"], thinner.thin)
            if not done.points:
                raise BadInputError(data, f"no file is left, the first: {done.left_out[0]}", "see docs/apply.md")
            _each("linking" if link else "copying", [file for file in files if file.kind == "other"], thinner.copy)
            thinner.write_record(command)
        except OSError as error:
            place = error.filename2 or error.filename or out
            raise OutputError(place, f"cannot be written ({error.strerror or error})", _remedy(error, link)) from None
    return done


def _remedy(error: OSError, link: bool) -> str:
    return "copy instead, without --link" if link and error.filename2 else "see that there is room, and permission"


def _each(title: str, files: list[LogFile], work: Callable[[LogFile], None]) -> None:
    with step(title, len(files)) as advance:
        for number, file in enumerate(files, 1):
            work(file)
            advance(number, len(files))


class _Thinner:
    """Writes one file after the other to ``folder`` and counts in ``done``. pixels: where there are depth images."""

    def __init__(
        self, folder: Path, lines: LinesFile, done: Applied, skip_bad: bool, sensor: LaserCones | None
    ) -> None:
        self.pixels: DepthPixels | None = None
        self._folder, self._lines, self._done, self._skip_bad = folder, lines, done, skip_bad
        self._sensor = sensor
        self._runs: dict[str, Runs] = {}

    def thin(self, file: LogFile) -> None:
        """One scan, depth image or cloud. Raises BadInputError, unless damaged files are left out."""
        target = self._folder / file.name
        try:
            kept = self._write(file, target)
        except BadInputError as error:
            if not self._skip_bad:
                raise
            target.unlink(missing_ok=True)
            self._done.left_out.append(f"{file.name}: {error.problem}")
            return
        done = self._done
        done.scans += file.kind == "scan"
        done.depth_images += file.kind == "depth image"
        done.clouds += file.kind == "cloud"
        done.points_before += kept.points_before
        done.points += kept.points
        done.unknown_points += kept.unknown
        done.bytes_before += file.source.stat().st_size
        done.bytes += target.stat().st_size

    def _write(self, file: LogFile, target: Path) -> Kept:
        if file.kind == "scan":
            kept, self._runs[file.name.as_posix()] = thin_scan(file.source, target, self._lines, self._sensor)
            return kept
        if file.kind == "cloud":
            return thin_cloud(file.source, target, self._lines, self._sensor)
        assert self.pixels is not None
        pixels = self.pixels.of(file.source, self._lines.n_lines)
        line_target = line_image(self._folder, file.name.as_posix())
        return thin_depth_image(file.source, pixels, target, line_target, self._lines)

    def copy(self, file: LogFile) -> None:
        """One file as it is; its times are kept."""
        target = self._folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._done.linked:
            os.link(file.source.resolve(), target)
        else:
            shutil.copy2(file.source, target)
        self._done.other_files += 1

    def write_record(self, command: str) -> None:
        """What readers take the lines from."""
        record = ThinnedRecord(
            format_version=FORMAT_VERSION,
            lidarsel_version=__version__,
            command=command,
            lines=self._lines,
            runs=self._runs,
        )
        (self._folder / RECORD).write_bytes(msgspec.json.encode(record) + b"\n")
