"""Where in an image a lidar can tell the depth at all."""

from torch import Tensor
from torch.nn import functional

COLUMNS = 16  # pixels: how wide a column is for telling what the lidar sweeps


def swept(full_sparse_depth_m: Tensor) -> Tensor:
    """(F, 1, H, W) depth of all lines, 0 = no value -> bool (F, 1, H, W): is there a measurement in the 16-pixel
    column above (or at) this pixel? There the lidar can tell; above it only the image can."""
    width = full_sparse_depth_m.shape[-1]
    block = functional.max_pool2d(full_sparse_depth_m, (1, COLUMNS), ceil_mode=True)
    return (block.cummax(2).values > 0).repeat_interleave(COLUMNS, 3)[..., :width]
