"""Reading the files of a data set, each refused by name where it cannot be used."""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.images import as_rgb, decode_jpeg, possible_size
from lidarsel.errors import BadInputError, is_lack_of_memory, unreadable
from lidarsel.reading import read_whole, require_regular

DEPTH_UNITS_PER_M = 256.0
MOST_RANGE_M = 10_000
"""No lidar reaches farther: what stands there is damage, or in coordinates of the world."""
_NO_RANGE_M = 1e-3
_MOST_MEDIAN_M = 300.0
"""Half of what a lidar sees is nearer by far: on streets 7 to 20 m, which are 700 to 2000 in centimetres."""
_CENTIMETRES_TO_M = 3000.0
_WORLD_TO_M = 1e8
"""Beyond is no place on Earth, in any projection: damage, or other numbers than float32."""
_APART = 10.0
"""Times its own size a cloud lies off the origin: not the lidar's, which stands amid or right beside what it sees."""
_LOOKED_AT = 4096
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COPY_ANEW = "copy the file anew, or leave it out with --skip-bad"


@dataclass(frozen=True)
class PngHeader:
    """What the first 29 bytes of a PNG tell. colour_type: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA."""

    height: int
    width: int
    bit_depth: int
    colour_type: int


def numbered_files(folder: Path, suffixes: tuple[str, ...]) -> dict[int, Path]:
    """Files named by a number, by that number, ascending; other files are passed over."""
    if not folder.is_dir():
        return {}
    files = (p for p in folder.iterdir() if p.suffix.lower() in suffixes and re.fullmatch(r"\d+", p.stem))
    return {int(p.stem): p for p in sorted(files)}


def files_below(folder: Path, above: Sequence[Path] = ()) -> Iterator[Path]:
    """All files, in the order of names; links are followed, but not round in a circle.

    Args:
        folder: where to look.
        above: the folders that led here.

    Raises:
        BadInputError: something there is neither a file nor a folder.
    """
    trail = (*above, folder.resolve())
    for entry in sorted(folder.iterdir()):
        if not entry.is_dir():
            require_regular(entry, "remove it from the log")
            yield entry
        elif entry.resolve() not in trail:
            yield from files_below(entry, trail)


def read_bytes(path: Path) -> bytes:
    """A file's content. Raises BadInputError where it is missing or unreadable."""
    require_there(path)
    return read_whole(path, "check its permissions")


def read_points(path: Path, n_columns: int = 4) -> NDArray[np.float32]:
    """A scan of little-endian float32 rows -> float32 (N, n_columns), in the file's order, "no return" among them.

    Raises BadInputError where the size is no multiple of a row, or where there is no point.
    """
    content = read_bytes(path)
    if not content:
        raise BadInputError(path, "is empty", _COPY_ANEW)
    if len(content) % (4 * n_columns):
        row = "x, y, z, intensity" if n_columns == 4 else f"{n_columns} columns"
        problem = f"has {len(content)} bytes, no multiple of {4 * n_columns} (float32 {row})"
        raise BadInputError(path, problem, f"{_COPY_ANEW}; other columns are named with --scan-columns")
    return np.frombuffer(content, "<f4").reshape(-1, n_columns).astype(np.float32, copy=False)


def returned(path: Path, xyz_m: NDArray[np.floating]) -> NDArray[np.bool_]:
    """float (N, 3) -> bool (N,): the points that are none of those that stand for "no return", which drivers write as
    NaN, infinite or 0 0 0. Raises BadInputError where no point is left."""
    x, y, z = np.abs(xyz_m).T  # coordinate by coordinate, as rows of 3 take long
    farthest = np.maximum(np.maximum(x, y), z)
    away: NDArray[np.bool_] = (farthest > _NO_RANGE_M) & (farthest < np.inf)
    if not away.any():
        raise BadInputError(path, "has no point away from the lidar", _COPY_ANEW)
    return away


def require_reachable(path: Path, xyz_m: NDArray[np.floating]) -> None:
    """float (N, 3), finite. Raises BadInputError where a point lies beyond what any lidar reaches, or so many that all
    are in another unit or about another origin."""
    _require_metres(path, xyz_m[:: max(1, len(xyz_m) // _LOOKED_AT)])
    if max(-xyz_m.min(), xyz_m.max()) > MOST_RANGE_M:
        far = np.abs(xyz_m).max(axis=1) > MOST_RANGE_M
        problem = f"has {int(far.sum())} points beyond {MOST_RANGE_M / 1000:g} km, the first is {int(far.argmax())}"
        remedy = "export scans in the lidar's own coordinates, copy the file anew, or leave it out with --skip-bad"
        raise BadInputError(path, problem, remedy)


def _require_metres(path: Path, some: NDArray[np.floating]) -> None:
    """float (K, 3), points of a scan. Raises BadInputError where half of them lie farther than any lidar sees."""
    median = float(np.median(np.abs(some).max(axis=1)))
    if not _MOST_MEDIAN_M < median < _WORLD_TO_M:
        return
    centre = np.median(some, axis=0)
    if np.abs(centre).max() > _APART * np.median(np.abs(some - centre).max(axis=1)):
        problem = f"has its points about {np.abs(centre).max():.0f} m off the origin, as in coordinates of the world"
        raise BadInputError(
            path, problem, "export scans in the lidar's own coordinates, or leave it out with --skip-bad"
        )
    unit = "centimetres" if median < _CENTIMETRES_TO_M else "millimetres"
    problem = f"has half of its points beyond {median:.0f} m, farther than any lidar sees: it may be in {unit}"
    raise BadInputError(path, problem, "export it in metres, or leave it out with --skip-bad")


def read_png_header(path: Path) -> PngHeader:
    """Size, bit depth and colour type, without decoding. Raises BadInputError where the file is no PNG."""
    require_there(path)
    try:
        with path.open("rb") as file:
            head = file.read(29)
    except OSError as error:
        raise unreadable(path, error, "check its permissions") from None
    if len(head) < 29 or head[:8] != _PNG_SIGNATURE:
        raise BadInputError(path, "is no PNG image", _COPY_ANEW)
    width, height, bit_depth, colour_type = struct.unpack(">IIBB", head[16:26])
    require_possible(path, (height, width))
    return PngHeader(height, width, bit_depth, colour_type)


def require_possible(path: Path, size: tuple[int, int]) -> None:
    """Refuse a size (H, W) that no camera has."""
    height, width = size
    if not possible_size(height, width):
        raise BadInputError(path, f"tells of {width}x{height} pixels, which no camera has", _COPY_ANEW)


def read_image(path: Path) -> NDArray[np.uint8]:
    """A camera image, PNG (8-bit grey, RGB or RGBA) or JPEG -> uint8 (H, W, 3) RGB. Raises BadInputError."""
    from kornia_rs import io

    if path.suffix.lower() in (".jpg", ".jpeg"):
        content = read_bytes(path)
        return _decoded(path, lambda: decode_jpeg(content))
    header = read_png_header(path)
    mode = {0: "mono", 2: "rgb", 6: "rgba"}.get(header.colour_type)
    if header.bit_depth != 8 or mode is None:
        raise BadInputError(path, "is no 8-bit grey or RGB image", "save it as 8-bit RGB PNG")
    content, size = read_bytes(path), (header.height, header.width)
    return as_rgb(_decoded(path, lambda: io.decode_image_png_u8(content, size, mode)))


def check_depth_png(path: Path) -> tuple[int, int]:
    """(H, W) of a depth image. Raises BadInputError where it is not 16-bit grey."""
    header = read_png_header(path)
    if header.bit_depth != 16 or header.colour_type != 0:
        kind = f"{header.bit_depth}-bit {'grey' if header.colour_type == 0 else 'colour'} PNG"
        remedy = "save it as 16-bit grey PNG (metres * 256), or take the original file"
        raise BadInputError(path, f"is {kind}, no depth image", remedy)
    return header.height, header.width


def read_depth(path: Path, units_per_m: float = DEPTH_UNITS_PER_M) -> NDArray[np.float32]:
    """A depth image, 16-bit grey PNG of metres * ``units_per_m`` -> float32 (H, W) metres, 0 = no value.

    Raises BadInputError.
    """
    depth_m: NDArray[np.float32] = read_image_u16(path).astype(np.float32) / np.float32(units_per_m)
    return depth_m


def read_image_u16(path: Path) -> NDArray[np.uint16]:
    """A 16-bit grey PNG -> uint16 (H, W) as stored. Raises BadInputError."""
    from kornia_rs import io

    size = check_depth_png(path)
    content = read_bytes(path)
    stored: NDArray[np.uint16] = _decoded(path, lambda: io.decode_image_png_u16(content, size, "mono"))
    return stored.reshape(size)


def read_numbers(path: Path) -> NDArray[np.float64]:
    """A text file of numbers in one line, or several lines of the same length -> float64 (rows, columns)."""
    try:
        rows = [[float(word) for word in line.split()] for line in read_bytes(path).decode().splitlines()]
        table = np.array([row for row in rows if row], np.float64)
    except ValueError:
        raise BadInputError(path, "is no table of numbers", _COPY_ANEW) from None
    if table.ndim != 2 or not np.isfinite(table).all():
        raise BadInputError(path, "is no table of finite numbers", _COPY_ANEW)
    return table


def require_there(path: Path) -> None:
    """Raises BadInputError where it is missing, or no file."""
    if not path.exists():
        raise BadInputError(path, "is missing", "put the file there (see datasets/README.md)")
    require_regular(path, "put a file there (see datasets/README.md)")


def _decoded(path: Path, decode: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    try:
        return decode()
    except Exception as error:  # kornia_rs raises plain Exception
        if is_lack_of_memory(error):
            raise
        reason = " ".join(str(error).split())[:80]
        raise BadInputError(path, f"cannot be decoded ({reason})", _COPY_ANEW) from None
