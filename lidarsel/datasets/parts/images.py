"""Camera images as RGB; of JPEG whole ones only, as its decoder fills what a file lacks with grey, without a word (seen
with kornia_rs 0.2)."""

import numpy as np
from numpy.typing import NDArray

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
IMAGE_FOLDERS = ("images", "image")
"""Beside scans whose format has no place for images."""
MOST_PIXELS = 1 << 26
_START, _SCAN, _END = b"\xff\xd8", 0xDA, b"\xff\xd9"
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame; the three are tables and a reserved one


def decode_jpeg(content: bytes) -> NDArray[np.uint8]:
    """A grey or colour JPEG -> uint8 (H, W, 3) RGB. Raises ValueError where it is none, or is cut short."""
    from kornia_rs import io

    _require_whole(content)
    try:
        image = io.decode_image_jpeg(content)
    except Exception as error:  # kornia_rs raises plain Exception
        raise ValueError(" ".join(str(error).split())[:80]) from None
    return as_rgb(image)


def as_rgb(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (H, W) or (H, W, 1) grey, (H, W, 3) RGB or (H, W, 4) RGBA -> (H, W, 3)."""
    image = image.reshape(*image.shape[:2], -1)
    return np.ascontiguousarray(np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image[..., :3])


def possible_size(height: int, width: int) -> bool:
    """Whether a camera may have it: some kilobytes may claim, and unpack to, all memory."""
    return min(height, width) >= 1 and height * width <= MOST_PIXELS


def _require_whole(content: bytes) -> None:
    """Go through the segments to the pixels, among which no end marker can stand before the end (ITU-T T.81, B.1.1.5);
    a thumbnail in the segments has an end of its own."""
    at = len(_START)
    if content[:at] != _START:
        raise ValueError("is no JPEG")
    while at + 4 <= len(content) and content[at] == 0xFF:
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if kind == 0xFF:  # markers may be padded
            at += 1
            continue
        if kind in _SIZES:
            height, width = (int.from_bytes(content[at + i : at + i + 2], "big") for i in (5, 7))
            if not possible_size(height, width):
                raise ValueError(f"tells of {width}x{height} pixels")
        at += 2 + length
        if kind == _SCAN:
            break
    if _END not in content[at:]:
        raise ValueError("is cut short")
