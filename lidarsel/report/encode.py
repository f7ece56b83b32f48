"""Small images inside a page: photographs as JPEG, maps of few colours as indexed PNG, both as data URIs."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray


def photograph_uri(image: NDArray[np.uint8], max_bytes: int) -> str:
    """uint8 (H, W, 3) RGB -> a JPEG data URI of at most ``max_bytes`` before base64, quality lowered until it fits.

    An image that does not fit at the lowest quality is halved and tried again.
    """
    from kornia_rs.io import encode_image_jpeg

    for quality in (88, 80, 70, 55, 40):
        content = bytes(encode_image_jpeg(np.ascontiguousarray(image), quality))
        if len(content) <= max_bytes:
            return _uri("image/jpeg", content)
    return photograph_uri(shrink(image, 2), max_bytes)


def map_uri(levels: NDArray[np.uint8], palette: NDArray[np.uint8], max_bytes: int) -> str:
    """Indices uint8 (H, W) into palette uint8 (n, 3) -> an indexed PNG data URI of at most ``max_bytes``.

    A map that does not fit loses every other row and column until it does.
    """
    content = png(levels, palette)
    if len(content) <= max_bytes:
        return _uri("image/png", content)
    return map_uri(levels[::2, ::2], palette, max_bytes)


def png(levels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """An 8-bit indexed PNG (W3C PNG, colour type 3): a third of the size of RGB here, and exact."""
    height, width = levels.shape
    rows = np.zeros((height, width + 1), np.uint8)  # a leading 0 on each row: no filter
    rows[:, 1:] = levels
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
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
    return blocks.mean((1, 3)).round().astype(np.uint8)


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
