"""A data set's fingerprint: which data, read in which way."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lidarsel.errors import BadInputError, unreadable
from lidarsel.reading import read_whole

_WHOLE_FILES = 64
_PIECE_BYTES = 1 << 20
_PIECES = 16


def fingerprint(
    facts: Iterable[str], calibration_files: Iterable[Path], frame_files: Sequence[Path], root: Path
) -> str:
    """SHA-256 hex digest over what the frames are made of; where the data set stands does not matter.

    It holds the facts, the content of every calibration file, the name and size of every frame file, and the content of
    at most 64 of these, evenly spread; of one larger than 16 MiB (a rosbag) only 16 pieces of 1 MiB, the first and the
    last among them. So it always changes with a calibration, and with a file that is added, missing or of another size.
    It misses a byte that changes in a file that is not among the 64: hashing all would make opening slow.

    Args:
        facts: the layout, the options, the frames' names.
        calibration_files: in any order.
        frame_files: of all frames.
        root: the data set's folder.

    Raises:
        BadInputError: a file is not there.
    """
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    for path in sorted(set(calibration_files)):
        digest.update(path.name.encode() + b"\0" + read_whole(path) + b"\0")
    # as text, and from the order given, which is sorted mostly: pathlib takes 5 s more on 300,000 files (measured)
    files = sorted(dict.fromkeys(map(str, frame_files)), key=_parts)
    folder = "" if root == Path() else f"{root}{os.sep}"
    for file in files:
        below = file.startswith(folder or os.sep) == bool(folder)
        name = file.removeprefix(folder) if below else file.rpartition(os.sep)[2]
        digest.update(f"{name}:{_size(file)}\0".encode())
    for index in spread(len(files), _WHOLE_FILES):
        digest.update(_content(Path(files[index])))
    return digest.hexdigest()


def spread(n: int, count: int) -> list[int]:
    """At most ``count`` of the indices 0..n-1, evenly spread, first and last among them; one alone is the first."""
    if n <= count:
        return list(range(n))
    return [round(i * (n - 1) / max(count - 1, 1)) for i in range(count)]


def _parts(file: str) -> list[str]:
    """``Path.parts``, which is how paths are ordered."""
    first, *others = file.split(os.sep)  # noqa: PTH206
    return [first or os.sep, *others]


def _size(file: str | Path) -> int:
    """Raises BadInputError where there is no such file: tables name files that are not there."""
    try:
        return os.stat(file).st_size  # noqa: PTH116
    except OSError as error:
        remedy = "put the file there, or leave its frame out with --skip-bad"
        if isinstance(error, FileNotFoundError):
            raise BadInputError(file, "is missing", remedy) from None
        raise unreadable(file, error, remedy) from None


def _content(path: Path) -> bytes:
    """SHA-256 of a file, or of pieces of a large one."""
    size = _size(path)
    if size <= _PIECES * _PIECE_BYTES:
        return hashlib.sha256(read_whole(path)).digest()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for start in np.linspace(0, size - _PIECE_BYTES, _PIECES).astype(np.int64).tolist():
            file.seek(start)
            digest.update(file.read(_PIECE_BYTES))
    return digest.digest()
