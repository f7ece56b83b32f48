"""Lines of one's own: numbers as typed, a file that holds just ``lines``, or a whole ``lines.yaml``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import LinesFile, maker, read_contract
from lidarsel.errors import BadInputError, UsageError
from lidarsel.options import parse_numbers
from lidarsel.reading import read_json, read_whole, read_yaml

BY_HAND = "hand"
"""The method of lines that were typed."""
_TYPED = re.compile(r"[\d,\- ]+")
_REMEDY = "give a lines.yaml, or a file with just lines: [0, 4, 8]"


@dataclass(frozen=True)
class Pattern:
    """Which lines to keep, and what is known of them.

    given: as typed, a path or numbers. method: what to call them. lines: ascending. file: the whole file, if it is one.
    """

    given: Path
    method: str
    lines: tuple[int, ...]
    file: LinesFile | None = None

    def require_sensor(self, n_lines: int, data: Path) -> None:
        """Raises BadInputError, or UsageError for typed numbers, where the data's sensor has other lines."""
        has = f"{data} has {n_lines}"
        if self.file is not None and self.file.n_lines != n_lines:
            problem = f"made for a sensor of {self.file.n_lines} lines, but {has}"
            raise BadInputError(self.given, problem, "give a file made for this sensor")
        if self.lines[-1] < n_lines:
            return
        problem = f"names line {self.lines[-1]}, but {has} lines, 0 to {n_lines - 1}"
        if self.method == BY_HAND:
            raise UsageError(f"--lines {self.given} {problem}")
        raise BadInputError(self.given, problem, "give lines of this sensor")

    def of_sensor(self, sensor: str, elevation_deg: NDArray[np.float64], data: Path, command: str) -> LinesFile:
        """What ``lines.yaml`` says of them; where they came without, by what the data say of their sensor.

        Raises as ``require_sensor``.
        """
        self.require_sensor(len(elevation_deg), data)
        if self.file is not None:
            return self.file
        return LinesFile(
            **maker(command),
            seed=0,
            network="",
            network_sha256="",
            data=str(data),
            data_fingerprint="",
            sensor=sensor,
            n_lines=len(elevation_deg),
            elevation_deg=[round(float(angle), 4) for angle in elevation_deg],
            method=self.method,
            budget=len(self.lines),
            lines=list(self.lines),
            line_elevation_deg=[round(float(elevation_deg[line]), 4) for line in self.lines],
            chosen_on_frames=[],
        )


def read_pattern(given: Path) -> Pattern:
    """Numbers as 0,4,8-20, where no file has that name, or a file.

    A file with ``lines`` alone is called by its name, a whole one by the method in it.

    Raises:
        BadInputError: a file that cannot be used.
        UsageError: typed numbers that are none.
    """
    if str(given) == ".":  # what an empty text is as a path
        raise UsageError("--lines names no line; give numbers as 0,4,8-20, or a file")
    if _TYPED.fullmatch(str(given)) and not _is_there(given):
        return Pattern(given, BY_HAND, tuple(sorted(parse_numbers("--lines", str(given)))))
    content = None
    if b"format_version" not in read_whole(given, _REMEDY):  # a whole file may be large, and is parsed once
        content = read_yaml(given, _REMEDY) if given.suffix in (".yaml", ".yml") else read_json(given, Any, _REMEDY)
    if not isinstance(content, dict) or set(content) != {"lines"}:
        file = read_contract(given, LinesFile)
        return Pattern(given, file.method, tuple(file.lines), file)
    lines = content["lines"]
    if isinstance(lines, str):
        try:
            lines = list(parse_numbers("lines", lines))
        except UsageError as error:
            raise BadInputError(given, str(error), _REMEDY) from None
    if not isinstance(lines, list) or not all(type(line) is int and line >= 0 for line in lines):
        raise BadInputError(given, "lines must be whole numbers from 0 on", _REMEDY)
    if not lines or len(set(lines)) < len(lines):
        raise BadInputError(given, "lines must be at least one, each named once", _REMEDY)
    return Pattern(given, given.name, tuple(sorted(lines)))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a list of numbers may be longer than any name
        return False


def read_patterns(given: Sequence[str]) -> list[Pattern]:
    """Several files to stand beside each other, each called by its file's name. Raises as ``read_pattern``."""
    found = []
    for path in map(Path, given):
        pattern = read_pattern(path)
        same_name = sum(Path(other).name == path.name for other in given) > 1
        found.append(Pattern(path, str(path) if same_name else path.name, pattern.lines, pattern.file))
    return found
