"""Where in the camera's image a pixel lies, told to a network as two channels: crops of training are cut anywhere."""

import torch
from torch import Tensor

REFERENCE_SIZE = (352, 608)  # pixels: what one unit of the position channels means (KITTI's height and half its width)


def position_channels(height: int, width: int, column_of_centre: float, row_of_bottom: float, like: Tensor) -> Tensor:
    """(1, 2, height, width): row above the image's bottom and column from its centre, in units of REFERENCE_SIZE.

    Args:
        height, width: of the window.
        column_of_centre, row_of_bottom: the image's, counted from the window's first column and row.
        like: what has the tensor's type and device.
    """
    row = (row_of_bottom - torch.arange(height, dtype=like.dtype, device=like.device)) / REFERENCE_SIZE[0]
    column = (torch.arange(width, dtype=like.dtype, device=like.device) - column_of_centre) / REFERENCE_SIZE[1]
    return torch.stack([row[:, None].expand(height, width), column[None, :].expand(height, width)])[None]
