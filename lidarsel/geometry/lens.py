"""Images freed of their lens's distortion, so that points are projected by the pinhole alone wherever they are.

Brown's model as ROS and OpenCV number its coefficients: k1, k2, p1, p2, k3, and k4, k5, k6 of the rational one.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.spelling import the_nearest

Coefficients = tuple[float, ...]

MODELS = {"plumb_bob": (4, 5), "rational_polynomial": (8,)}
"""Name in ROS' CameraInfo -> how many coefficients it has."""
FISHEYE = ("fisheye", "equidistant", "kannala_brandt", "omnidirectional", "mei", "ftheta")
"""Of lenses that no pinhole image can hold."""


def undistorted(
    image: NDArray[np.uint8], intrinsics: NDArray[np.float64], coefficients: Coefficients
) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) as the lens made it -> the same as a pinhole of these intrinsics, (3, 3), would have.

    Bilinear; 0 where the lens saw nothing.
    """
    import torch
    from kornia.geometry.transform import remap

    height, width = image.shape[:2]
    across, down = _map(height, width, tuple(intrinsics.ravel().tolist()), coefficients)
    pixels = torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32))
    freed = remap(pixels, across, down, align_corners=True)[0]
    found: NDArray[np.uint8] = freed.round_().clamp_(0, 255).to(torch.uint8).numpy().transpose(1, 2, 0)
    return np.ascontiguousarray(found)


def share_seen(size: tuple[int, int], intrinsics: NDArray[np.float64], coefficients: Coefficients) -> float:
    """Of the undistorted image's pixels, (H, W), those that the lens saw. Real lenses saw nearly all."""
    across, down = _map(*size, tuple(intrinsics.ravel().tolist()), coefficients)
    seen = (across >= -0.5) & (across < size[1] - 0.5) & (down >= -0.5) & (down < size[0] - 0.5)
    return float(seen.float().mean())


@lru_cache(maxsize=4)  # all frames of a camera share theirs, 18 MB at 1200 x 1920
def _map(height: int, width: int, intrinsics: tuple[float, ...], coefficients: Coefficients) -> tuple[Any, Any]:
    """Float32 (1, H, W) each: column and row of the distorted image at each pixel of the undistorted one."""
    import torch
    from kornia.geometry.calibration import distort_points

    camera = torch.tensor(intrinsics, dtype=torch.float64).view(1, 3, 3)
    lens = torch.tensor([coefficients], dtype=torch.float64)
    row, column = torch.meshgrid(
        torch.arange(height, dtype=torch.float64), torch.arange(width, dtype=torch.float64), indexing="ij"
    )
    seen = distort_points(torch.stack([column.ravel(), row.ravel()], -1)[None], camera, lens)
    across, down = seen[0].float().unbind(-1)
    return across.view(1, height, width), down.view(1, height, width)


def require_lens(model: str, n_coefficients: int) -> None:
    """Raises ValueError, its message the end of a sentence, for a model or number of coefficients not known here."""
    if model.lower() in FISHEYE:
        raise ValueError(f"is {model}, of a fisheye lens, which no pinhole image holds")
    if model not in MODELS:
        raise ValueError(f"is {model!r}, none of {', '.join(MODELS)}{the_nearest(model, MODELS)}")
    if n_coefficients not in MODELS[model]:
        expected = " or ".join(map(str, MODELS[model]))
        raise ValueError(f"is {model} with {n_coefficients} coefficients, where it has {expected}")
