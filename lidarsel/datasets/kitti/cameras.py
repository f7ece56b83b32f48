"""Which camera a folder of KITTI's object or odometry layout is read from: image_0 and image_1 are the grey ones."""

from pathlib import Path

from lidarsel.datasets.parts.files import numbered_files
from lidarsel.datasets.parts.images import IMAGE_SUFFIXES

CAMERAS = (2, 3, 0, 1)
"""Colour before grey, left before right: networks are trained on colour."""
_GREY = (0, 1)


def camera_images(folder: Path) -> tuple[int, dict[int, Path], list[str]]:
    """The first camera that has images (camera 2 where none has), its images by frame number, and what the report must
    say of it."""
    for camera in CAMERAS:
        images = numbered_files(folder / f"image_{camera}", IMAGE_SUFFIXES)
        if images:
            return camera, images, _notes(folder, camera)
    return CAMERAS[0], {}, []


def _notes(folder: Path, camera: int) -> list[str]:
    if camera == CAMERAS[0]:
        return []
    kind = "grey, read as RGB of three equal channels" if camera in _GREY else "the right one of the colour cameras"
    return [
        f"{folder.name}: there is no image_2; images are those of image_{camera} ({kind}), with its matrix P{camera}."
    ]
