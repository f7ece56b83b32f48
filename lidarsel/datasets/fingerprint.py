"""A data set's fingerprint: which data, read in which way."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

_WHOLE_FILES = 64


def fingerprint(
    facts: Iterable[str], calibration_files: Iterable[Path], frame_files: Sequence[Path], root: Path
) -> str:
    """SHA-256 hex digest over what the frames are made of; the place of the data set does not enter.

    Hashed are: ``facts`` (layout, options, frame ids), the content of every calibration file, the name and size of
    every frame file, and the content of 64 of those, evenly spread (all, where there are no more). So a changed
    calibration, and a missing, added, cut or re-exported file changes the fingerprint always; a changed byte in a
    file of the same size changes it only if the file is among the 64, which keeps opening cheap.
    """
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    for path in sorted(set(calibration_files)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    files = sorted(set(frame_files))
    for path in files:
        digest.update(f"{_name(path, root)}:{path.stat().st_size}\0".encode())
    for index in spread(len(files), _WHOLE_FILES):
        digest.update(hashlib.sha256(files[index].read_bytes()).digest())
    return digest.hexdigest()


def spread(n: int, count: int) -> list[int]:
    """At most ``count`` of the indices 0..n-1, evenly spread, first and last among them."""
    if n <= count:
        return list(range(n))
    return [round(i * (n - 1) / (count - 1)) for i in range(count)]


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name
