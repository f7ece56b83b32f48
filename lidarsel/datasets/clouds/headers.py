"""What a PCD or PLY file says of its points, held against what it has, before Open3D reads it.

Open3D's PLY reader (RPly) ends the process at a word of 256 characters, at a line of 1024 and, now and then, in a
header that is cut short. Where the points are cut short or a word is no number, both readers only warn and give what
happened to be in memory for the points that are missing (seen with Open3D 0.20).
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import BadInputError
from lidarsel.reading import require_regular

_HEADER_BYTES = 1 << 16
_HEADER_END = re.compile(rb"^(end_header|DATA[^\n]*)\r?\n", re.MULTILINE)
_OVERLONG = re.compile(rb"\S{256}|[^\n]{1024}")
_MOST_COLUMNS = 4096
_PLY_TYPES = {
    **{"char": "i1", "short": "i2", "int": "i4", "float": "f4", "double": "f8"},
    **{"uchar": "u1", "ushort": "u2", "uint": "u4", "float32": "f4", "float64": "f8"},
    **{f"{sign}int{8 * size}": f"{sign or 'i'}{size}" for sign in ("", "u") for size in (1, 2, 4)},
}
_PCD_TYPES = {("F", "4"), ("F", "8"), *((kind, size) for kind in "IU" for size in "1248")}


@dataclass(frozen=True)
class Layout:
    """The points of a file. names: of a point's properties. kinds: of their numbers as numpy calls them, one each
    (PCD's COUNT repeats them). count: of points. encoding: ascii, binary or another. before: words, or bytes, of what
    stands between the header and the points."""

    names: list[str]
    kinds: list[str]
    count: int
    encoding: str
    before: int = 0

    @property
    def is_text(self) -> bool:
        return self.encoding == "ascii"

    def require_room(self, n_bytes: int) -> None:
        """Raises ValueError where so many bytes behind the header do not hold the points."""
        needed = self.before + self.count * _n_bytes(self.kinds)
        if n_bytes < needed:
            raise ValueError(f"{n_bytes} bytes of points where its header announces {needed}")

    def require_numbers(self, content: bytes) -> None:
        """Raises ValueError where the text behind the header is not the numbers of the points."""
        needed = self.count * len(self.kinds)
        words = content.split()[self.before : self.before + needed]
        if len(words) < needed:
            raise ValueError(f"{len(words)} numbers of points where its header announces {needed}")
        try:
            table = np.array(words, np.float64).reshape(self.count, len(self.kinds))
        except ValueError:
            raise ValueError("something among its points that is no number") from None
        for column, kind in zip(table.T, self.kinds, strict=True):
            if kind[0] != "f" and not _fits(column, np.iinfo(kind)):
                raise ValueError(f"a number that is none of the type {kind} that its header announces")


def require_whole(path: Path, remedy: str) -> list[str]:
    """The names of the properties of a point. Raises BadInputError for what Open3D would not survive, or would read as
    something else than the file says."""
    require_regular(path, remedy)
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    end = _HEADER_END.search(start)
    header = start[: end.end()] if end else start
    _require_short(path, header, remedy)
    if end is None:
        raise BadInputError(path, "has no PCD or PLY header that ends", remedy)
    try:
        lines = [line.split() for line in header.decode().splitlines() if line.strip()]
        layout = (_pcd if path.suffix.lower() == ".pcd" else _ply)(lines)
    except (ValueError, KeyError, IndexError):
        raise BadInputError(path, "has a header that no PCD or PLY file has", remedy) from None
    try:
        if layout.is_text:
            points = path.read_bytes()[len(header) :]
            _require_short(path, points, remedy)
            layout.require_numbers(points)
        elif layout.encoding != "binary_compressed":  # Open3D looks whether that unpacks to the size it tells
            layout.require_room(path.stat().st_size - len(header))
    except ValueError as error:
        raise BadInputError(path, f"has {error}", remedy) from None
    return layout.names


def _require_short(path: Path, text: bytes, remedy: str) -> None:
    if _OVERLONG.search(text):
        raise BadInputError(path, "has words that no PCD or PLY file has", remedy)


def _fits(column: NDArray[np.float64], kind: np.iinfo) -> bool:
    return bool(((column == np.floor(column)) & (column >= kind.min) & (column <= kind.max)).all())


def _n_bytes(kinds: list[str]) -> int:
    return sum(int(kind[1]) for kind in kinds)


def _ply(lines: list[list[str]]) -> Layout:
    """Raises ValueError, KeyError or IndexError for what is no header of PLY, or has lists up to its points."""
    encoding = {words[0]: words[1:] for words in lines}["format"][0]
    before = 0
    names: list[str] = []
    kinds: list[str] = []
    element, count = "", 0
    for words in [line for line in lines if line[0] in ("element", "property", "end_header")]:
        if words[0] == "property":
            kinds.append(_PLY_TYPES[words[1]])
            names.append(words[2])
            continue
        if element == "vertex":
            return Layout(names, kinds, count, encoding, before)
        before += count * (len(kinds) if encoding == "ascii" else _n_bytes(kinds))
        names, kinds = [], []
        if words[0] == "element":
            element, count = words[1], _whole(words[2])
    raise ValueError("no element vertex")


def _pcd(lines: list[list[str]]) -> Layout:
    """Raises ValueError, KeyError or IndexError for what is no header of PCD."""
    rows = {words[0]: words[1:] for words in lines}
    names = rows["FIELDS"] if "FIELDS" in rows else rows["COLUMNS"]
    counts = [_whole(word) for word in rows.get("COUNT", ["1"] * len(names))]
    types = list(zip(rows["TYPE"], rows["SIZE"], strict=True))
    if not (len(names) == len(types) == len(counts) and set(types) <= _PCD_TYPES and sum(counts) <= _MOST_COLUMNS):
        raise ValueError("fields that do not fit each other")
    kinds = [kind.lower() + size for (kind, size), times in zip(types, counts, strict=True) for _ in range(times)]
    points = rows["POINTS"][0] if "POINTS" in rows else str(_whole(rows["WIDTH"][0]) * _whole(rows["HEIGHT"][0]))
    return Layout(names, kinds, _whole(points), rows["DATA"][0])


def _whole(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 16):
        raise ValueError("no whole number")
    return int(word)
