"""The lens that a calibration tells of: checked, so that images are freed of it or the log is refused by name."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration
from lidarsel.geometry.lens import require_lens, share_seen, undistorted

NOTE = (
    "Camera images are freed of their lens's distortion (k1, k2, p1, p2, k3 ... of the calibration) as they are read, "
    "and points are projected without it."
)
_LEAST_SEEN = 0.5
_RECTIFY = "rectify the images (undistorted, as by OpenCV or ROS' image_proc), and give the calibration of these"


def lens_of(path: Path, key: str, model: str, coefficients: Sequence[float]) -> tuple[float, ...]:
    """The coefficients; none where all are zero.

    Args:
        path: the file that tells of it.
        key: what ``model`` is called there.
        model: ``plumb_bob`` or ``rational_polynomial``.
        coefficients: k1, k2, p1, p2 and on.

    Raises:
        BadInputError: another model, or another number of coefficients.
    """
    try:
        require_lens(model, len(coefficients))
    except ValueError as error:
        raise BadInputError(path, f"{key} {error}", _RECTIFY) from None
    return tuple(map(float, coefficients)) if np.any(coefficients) else ()


def free_of_lens(image: NDArray[np.uint8] | None, calibration: Calibration) -> NDArray[np.uint8] | None:
    """A camera image, uint8 (H, W, 3), as in its file -> as the calibration's pinhole would have it; None is None."""
    if image is None or not calibration.distortion:
        return image
    return undistorted(image, calibration.intrinsics, calibration.distortion)


def require_plausible_lens(path: Path, calibration: Calibration, size: tuple[int, int]) -> None:
    """Raises BadInputError naming a frame's file where little of its image, (H, W), is left once freed of the lens."""
    if not calibration.distortion:
        return
    share = share_seen(size, calibration.intrinsics, calibration.distortion)
    if share < _LEAST_SEEN:
        problem = f"would keep {share:.0%} of its image, freed of the distortion that its calibration tells of"
        raise BadInputError(path, problem, "correct k1, k2, p1, p2, k3 ...; leave them out where images are rectified")


def require_no_lens(depth: Path, calibration: Calibration) -> None:
    """Raises BadInputError where a depth image comes with a lens: nothing tells whether it shows what the lens does."""
    if calibration.distortion:
        problem = (
            "is a depth image beside a calibration with lens distortion, and nothing tells whether it is distorted"
        )
        raise BadInputError(depth, problem, _RECTIFY)
