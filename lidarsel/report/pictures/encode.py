"""Small images: photographs as JPEG, maps of few colours as indexed PNG."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray


def photograph(image: NDArray[np.uint8], max_bytes: int) -> bytes:
    """uint8 (H, W, 3) RGB -> a JPEG of at most ``max_bytes``, quality lowered until it fits.

    An image that does not fit at the lowest quality is halved and tried again.
    """
    from kornia_rs.io import encode_image_jpeg

    for quality in (88, 80, 70, 55, 40):
        content = bytes(encode_image_jpeg(np.ascontiguousarray(image), quality))
        if len(content) <= max_bytes:
            return content
    return photograph(shrink(image, 2), max_bytes)


def map_png(levels: NDArray[np.uint8], palette: NDArray[np.uint8], max_bytes: int) -> bytes:
    """Indices uint8 (H, W) into palette uint8 (n, 3) -> an indexed PNG of at most ``max_bytes``.

    A map that does not fit loses every other row and column until it does.
    """
    content = png(levels, palette)
    if len(content) <= max_bytes:
        return content
    return map_png(levels[::2, ::2], palette, max_bytes)


def png(levels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """An 8-bit indexed PNG (W3C PNG, colour type 3): a third of the size of RGB here, and exact.

    Unfiltered, or as differences from the row above (filter type 2), whichever is smaller: dense maps are, by a fifth.
    """
    height, width = levels.shape
    plain, upward = np.zeros((height, width + 1), np.uint8), np.full((height, width + 1), 2, np.uint8)
    plain[:, 1:] = levels
    upward[:, 1:] = np.diff(levels, axis=0, prepend=np.zeros((1, width), np.uint8))  # modulo 256, as PNG has it
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", min((zlib.compress(rows.tobytes(), 6) for rows in (plain, upward)), key=len)),
        (b"IEND", b""),
    )
    body = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def shrink(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """The mean over blocks of factor x factor pixels; rows and columns that fill no block are cut."""
    height, width = (size // factor for size in image.shape[:2])
    blocks = image[: height * factor, : width * factor].reshape(height, factor, width, factor, -1)
    mean: NDArray[np.uint8] = blocks.mean((1, 3)).round().astype(np.uint8)
    return mean
