"""Writing PNG images: whole, or an OSError with its reason."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def write_png(path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """uint8 (H, W, 3) RGB, or uint16 (H, W) grey, into a regular file. Raises OSError where it cannot be written."""
    from kornia_rs import io

    try:
        if pixels.dtype == np.uint8:
            io.write_image_png_u8(str(path), np.ascontiguousarray(pixels), "rgb")
        else:
            io.write_image_png_u16(str(path), np.ascontiguousarray(pixels[..., None]), "mono")
    except Exception as error:  # kornia_rs has no exception of its own for a full or unwritable disk
        raise OSError(0, str(error), str(path)) from None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - len(_END)))
        if file.read() != _END:  # what is written last, and kornia_rs (0.2) says nothing where that fails
            raise OSError(0, "its end could not be written; the disk may be full", str(path))
