"""Depth images in any of the formats that a table may name: a 16-bit grey PNG, or a NumPy array of metres (.npy)."""

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import (
    DEPTH_UNITS_PER_M,
    MOST_RANGE_M,
    check_depth_png,
    read_bytes,
    read_depth,
    require_there,
)
from lidarsel.datasets.parts.images import possible_size
from lidarsel.errors import BadInputError, unreadable

ARRAY_SUFFIX = ".npy"
_MAGIC_BYTES, _MOST_HEADER_BYTES = 12, 1 << 16
_REMEDY = "save it with numpy.save as float32 (height, width) in metres, 0 where there is no value"


def depth_size(path: Path) -> tuple[int, int]:
    """(H, W), nothing but the header being read. Raises BadInputError where it is no depth image."""
    if path.suffix.lower() != ARRAY_SUFFIX:
        return check_depth_png(path)
    require_there(path)
    try:
        with path.open("rb") as file:
            return _header(path, file)[0]
    except OSError as error:
        raise unreadable(path, error, "check its permissions") from None


def stored_units_per_m(path: Path, told: float | None) -> float:
    """As told, or as the format has it: a PNG metres * 256, a .npy metres."""
    return told or (1.0 if path.suffix.lower() == ARRAY_SUFFIX else DEPTH_UNITS_PER_M)


def read_depth_m(path: Path, units_per_m: float | None = None) -> NDArray[np.float32]:
    """A depth image -> float32 (H, W) metres, 0 = no value.

    Args:
        path: a 16-bit grey PNG, or a .npy; of the latter, NaN and infinity are no value either.
        units_per_m: stored units to a metre; None for a PNG's 256 and a .npy's 1.

    Raises:
        BadInputError: the file is damaged or no depth image, or is an array of whole numbers whose unit is not told,
            of negative depth, or of depth beyond what any lidar reaches.
    """
    if path.suffix.lower() != ARRAY_SUFFIX:
        return read_depth(path, stored_units_per_m(path, units_per_m))
    content = read_bytes(path)
    file = BytesIO(content)
    size, kind, by_column = _header(path, file)
    if kind.kind != "f" and units_per_m is None:
        raise BadInputError(path, f"holds whole numbers ({kind}) whose unit is not told", "give a column depth_scale")
    if len(content) - file.tell() < size[0] * size[1] * kind.itemsize:
        raise BadInputError(path, "is cut short", "copy the file anew, or leave it out with --skip-bad")
    values = np.frombuffer(content, kind, size[0] * size[1], file.tell())
    units = np.float32(stored_units_per_m(path, units_per_m))
    with np.errstate(over="ignore", invalid="ignore"):
        depth_m = values.reshape(size, order="F" if by_column else "C").astype(np.float32)
        depth_m = np.where(np.isfinite(depth_m), depth_m, np.float32(0)) / units
    if depth_m.min() < 0 or depth_m.max() > MOST_RANGE_M:
        problem = f"holds depth from {depth_m.min():g} to {depth_m.max():g} m"
        raise BadInputError(path, problem, _REMEDY + ", or give a column depth_scale")
    return np.ascontiguousarray(depth_m)


def require_values(path: Path, depth_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """The depth image, float32 (H, W). Raises BadInputError where no pixel has a value."""
    if not depth_m.any():
        raise BadInputError(path, "has no pixel with depth", "take the original file, or use --skip-bad")
    return depth_m


def _header(path: Path, file: BinaryIO) -> tuple[tuple[int, int], np.dtype, bool]:
    """Size (H, W), type of the numbers, and whether they stand column by column; the file is left where they begin.

    A few bytes may announce, and make NumPy allocate, any amount of memory: what is announced is looked at first.
    """
    try:
        start = file.read(_MAGIC_BYTES)
        length = int.from_bytes(start[8:10] if start[6:7] == b"\1" else start[8:12], "little")
        file.seek(0)
        version = np.lib.format.read_magic(file)
        if length > _MOST_HEADER_BYTES or version not in ((1, 0), (2, 0)):
            raise ValueError
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_column, kind = read(file)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise BadInputError(path, "is no NumPy array", _REMEDY) from None
    if len(shape) == 3 and shape[2] == 1:
        shape = shape[:2]
    if len(shape) != 2 or kind.kind not in "fui" or not possible_size(*shape):
        raise BadInputError(path, f"is an array of {kind} {shape}, no depth image", _REMEDY)
    return (int(shape[0]), int(shape[1])), kind, by_column
