"""Logs that ``lidarsel apply`` has thinned: the record beside them, and what readers take from it.

Once lines are missing, counting azimuth wraps no longer tells which line a point is of. So a thinned tree holds
``lidarsel-thinned.json`` with the chosen lines and, for each scan, the line of its points as runs; and under
``lidarsel-lines/`` an image of lines for each thinned depth image. Lines keep the numbers they had.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import FORMAT_VERSION, LinesFile
from lidarsel.datasets.parts.files import read_image_u16
from lidarsel.errors import BadInputError
from lidarsel.geometry.cones import LineElevations
from lidarsel.reading import read_json

RECORD = "lidarsel-thinned.json"
LINE_IMAGES = "lidarsel-lines"
_REMEDY = "thin the log anew with lidarsel apply"
_LineNumber = Annotated[int, msgspec.Meta(ge=-1, lt=1 << 15)]
_Count = Annotated[int, msgspec.Meta(gt=0, lt=1 << 40)]

Runs = list[tuple[_LineNumber, _Count]]
"""(line, number of points) for each stretch of points of one line, in the file's order."""


class ThinnedRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``lidarsel-thinned.json``. lines: the lines.yaml applied. runs: by scan file, relative to the record's folder."""

    format_version: int
    lidarsel_version: str
    command: str
    lines: LinesFile
    runs: dict[str, Runs]


class ThinnedTree:
    """A thinned tree. root: the folder of its record. lines: what was applied."""

    def __init__(self, root: Path, record: ThinnedRecord) -> None:
        self.root = root
        self.lines = record.lines
        self._runs = record.runs

    @property
    def elevations(self) -> LineElevations:
        """Of every line, as it was before thinning."""
        return elevations_of(self.lines)

    def lines_of_scan(self, path: Path, n_points: int) -> NDArray[np.int16]:
        """int16 (n_points,): the line of each point. Raises BadInputError for a file that is not as it was written."""
        runs = self._runs.get(self._name(path))
        if runs is None:
            raise BadInputError(path, f"is not among the scans of {self.root / RECORD}", _REMEDY)
        line, count = np.array(runs, np.int64).reshape(-1, 2).T
        if count.sum() != n_points or line.max() >= self.lines.n_lines:
            problem = f"has {n_points} points where {self.root / RECORD} says {count.sum()}, up to line {line.max()}"
            raise BadInputError(path, problem, _REMEDY)
        return np.repeat(line.astype(np.int16), count)

    def lines_of_image(self, path: Path, row: NDArray[np.integer], column: NDArray[np.integer]) -> NDArray[np.int16]:
        """Pixels (N,) of a depth image -> int16 (N,). Raises BadInputError where its image of lines does not fit."""
        image_path = line_image(self.root, self._name(path))
        stored = read_image_u16(image_path)
        inside = len(row) == 0 or (row.max() < stored.shape[0] and column.max() < stored.shape[1])
        if not inside or (stored[row, column] == 0).any() or stored.max() > self.lines.n_lines:
            raise BadInputError(image_path, f"does not fit the depth image {path}", _REMEDY)
        line: NDArray[np.int16] = (stored[row, column].astype(np.int32) - 1).astype(np.int16)
        return line

    def require_chosen(self, path: Path, line: NDArray[np.integer]) -> None:
        """int (N,), of a scan whose rings tell its lines. Raises BadInputError where it was never thinned."""
        gone = np.setdiff1d(line, [-1, *self.lines.lines])
        if len(gone):
            problem = f"has points of line {gone[0]}, which {self.root / RECORD} says is gone"
            raise BadInputError(path, problem, _REMEDY)

    def note(self) -> str:
        """What results must say of the data."""
        n = len(self.lines.lines)
        return (
            f"Thinned by lidarsel apply to {n} of {self.lines.n_lines} lines, which keep their numbers; ground truth "
            "made of its scans, not read from files, holds these lines only."
        )

    def _name(self, path: Path) -> str:
        return path.resolve().relative_to(self.root).as_posix()


def elevations_of(lines: LinesFile) -> LineElevations:
    """Of every line of the sensor that lines were chosen for."""
    return LineElevations(np.array(lines.elevation_deg), lines.elevation_kind)


def thinned_above(folder: Path) -> ThinnedTree | None:
    """The thinned tree that a folder stands in, or None. Raises BadInputError for a record that cannot be read."""
    for place in (folder.resolve(), *folder.resolve().parents):
        path = place / RECORD
        if path.is_file():
            return _read(path, path.stat().st_mtime_ns)
    return None


def notes_of(trees: Iterable[ThinnedTree | None]) -> list[str]:
    """The note of each thinned tree among these, once."""
    return list(dict.fromkeys(tree.note() for tree in trees if tree is not None))


def facts_of(trees: Iterable[ThinnedTree | None]) -> list[str]:
    """What of these trees enters a fingerprint: how lines are numbered is not in the scans themselves."""
    return sorted({f"thinned to {tree.lines.lines} of {tree.lines.n_lines}" for tree in trees if tree is not None})


def runs_of(line: NDArray[np.integer]) -> Runs:
    """int (N,) -> its runs."""
    return [(int(value), len(list(group))) for value, group in groupby(line.tolist())]


def line_image(root: Path, name: str) -> Path:
    """Where the lines of a thinned depth image's pixels are: a 16-bit PNG, line + 1, 0 = no value."""
    return root / LINE_IMAGES / name


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> ThinnedTree:
    record: ThinnedRecord = read_json(path, ThinnedRecord, _REMEDY)
    if record.format_version != FORMAT_VERSION:
        raise BadInputError(path, f"format_version {record.format_version} is not {FORMAT_VERSION}", _REMEDY)
    return ThinnedTree(path.parent, record)
