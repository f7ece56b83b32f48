"""Two completers that learn nothing and look at no image, behind the same protocol as the network.

They are the floor a trained network has to beat, and the answer where nobody wants to trust one.
"""

import hashlib
from typing import Any

import kornia
import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor
from torch.nn import functional

EMPTY_DEPTH_M = 15.0
"""The answer everywhere where no lidar point is left: about KITTI's median depth. Any constant is a guess."""

INVERSION_M = 100.0
SMALLEST_M = 0.1


def fill_nearest(depth_m: Tensor) -> Tensor:
    """Float (H, W) metres, 0 = no value -> float32 (H, W): each pixel takes the depth nearest to it in the image.

    EMPTY_DEPTH_M everywhere where there is no value at all.
    """
    depth = depth_m.detach().cpu().numpy().astype(np.float32)
    if not (depth > 0).any():
        return torch.full(depth.shape, EMPTY_DEPTH_M, device=depth_m.device)
    row, column = distance_transform_edt(depth <= 0, return_distances=False, return_indices=True)
    return torch.from_numpy(depth[row, column]).to(depth_m.device)


def fill_morphological(depth_m: Tensor) -> Tensor:
    """Float (H, W) metres, 0 = no value -> float32 (H, W), > 0 everywhere.

    The steps of Ku, Harakeh and Waslander, "In Defense of Classical Image Processing: Fast Depth Completion on the
    CPU" (2018), section III: depths inverted so that near surfaces win a dilation; dilation by a 5 x 5 diamond;
    closing of small gaps; filling of what is still empty by growing windows; the topmost depth of each column
    extended to the top; a median against outliers and a Gaussian over what was filled. Columns of sparse lines leave
    holes that the paper's windows do not reach: the nearest depth fills them.
    """
    if not bool((depth_m > 0).any()):
        return torch.full_like(depth_m, EMPTY_DEPTH_M)
    x = torch.where(depth_m > 0, (INVERSION_M - depth_m).clamp(min=SMALLEST_M), 0.0)[None, None]
    x = kornia.morphology.dilation(x, _diamond(5).to(x))
    x = kornia.morphology.closing(x, torch.ones(5, 5).to(x))
    x = _fill_empty(x, 7)
    x = _extend_to_top(x)
    x = _fill_empty(x, 31)
    x = fill_nearest(x[0, 0])[None, None]
    x = kornia.filters.median_blur(x, 5).clamp(min=SMALLEST_M)
    smooth = kornia.filters.gaussian_blur2d(x, (5, 5), (1.1, 1.1))
    return (INVERSION_M - smooth[0, 0]).clamp(min=SMALLEST_M)


def _diamond(size: int) -> Tensor:
    """(size, size): 1 where |row| + |column| from the centre is at most half the size."""
    offset = (torch.arange(size) - size // 2).abs()
    return (offset[:, None] + offset[None, :] <= size // 2).float()


def _fill_empty(x: Tensor, window: int) -> Tensor:
    """(1, 1, H, W): empty pixels take the largest value of the window round them, 0 where that is empty too."""
    return torch.where(x > 0, x, functional.max_pool2d(x, window, 1, window // 2))


def _extend_to_top(x: Tensor) -> Tensor:
    """(1, 1, H, W): above the topmost value of a column, that value."""
    height = x.shape[2]
    topmost = (x > 0).to(torch.uint8).argmax(2, keepdim=True)  # the first row with a value; 0 for an empty column
    above = torch.arange(height, device=x.device).view(1, 1, -1, 1) < topmost
    return torch.where(above, x.gather(2, topmost), x)


class _ClassicalCompletion:
    """One coalition at a time, nothing kept between calls."""

    name: str
    uses_image = False
    uses_intrinsics = False

    def __init__(self, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self.sha256 = hashlib.sha256(f"lidarsel classical completion: {self.name}, 1".encode()).hexdigest()

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> None:
        """There is nothing to share."""

    @torch.inference_mode()
    def complete(self, features: Any, sparse_depth_m: Tensor) -> Tensor:
        """As the protocol says; ``features`` is not looked at."""
        sparse_depth_m = sparse_depth_m.to(self.device, torch.float32)
        completed = [self.fill(depth) for depth in sparse_depth_m[:, 0]]
        return torch.stack(completed)[:, None] if completed else sparse_depth_m

    def fill(self, depth_m: Tensor) -> Tensor:
        raise NotImplementedError


class NearestCompletion(_ClassicalCompletion):
    """Nearest-neighbour fill."""

    name = "nearest"

    def fill(self, depth_m: Tensor) -> Tensor:
        return fill_nearest(depth_m)


class MorphologicalCompletion(_ClassicalCompletion):
    """Morphological completion after IP-Basic."""

    name = "classical"

    def fill(self, depth_m: Tensor) -> Tensor:
        return fill_morphological(depth_m)
