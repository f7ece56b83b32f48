"""From quarter to full resolution by convex weights that the image gave, once a frame."""

import torch
from torch import Tensor
from torch.nn import functional

SCALE = 4
TAPS = 9  # the 3 x 3 quarter-resolution neighbours of a full-resolution pixel
CENTRE_FIRST = (4, 0, 1, 2, 3, 5, 6, 7, 8)  # the order in which taps are added


def bilinear_logits() -> Tensor:
    """Float32 (144,): log of the bilinear weights of 16 sub-pixels, tap by tap, floored at 2 % so they can be learned.

    Order: tap (row by row), then sub-pixel (row by row); the bias that makes a new network start out bilinear.
    """
    offset = (torch.arange(SCALE) + 0.5) / SCALE - 0.5  # of a sub-pixel's centre from its cell's, in cells
    taps = torch.tensor([-1.0, 0.0, 1.0])
    weight = (1 - (offset[None, :] - taps[:, None]).abs()).clamp(min=0)  # (3, 4)
    joint = weight[:, None, :, None] * weight[None, :, None, :]  # (3, 3, 4, 4)
    return joint.clamp(min=0.02).log().reshape(TAPS * SCALE * SCALE)


def upsample_convex(coarse: Tensor, weights: Tensor) -> Tensor:
    """``coarse`` (F * K, 1, h, w), image by image, ``weights`` (F, 9, 16, h, w) summing to 1 over the taps
    -> (F * K, 1, 4h, 4w). After Teed and Deng's RAFT (2020), section 3.3."""
    images, (height, width) = weights.shape[0], coarse.shape[-2:]
    padded = functional.pad(coarse, (1, 1, 1, 1), mode="replicate")
    padded = padded.reshape(images, -1, *padded.shape[1:])
    taps = weights[:, None].unbind(2)  # each (F, 1, 16, h, w)
    first, *others = CENTRE_FIRST
    fine = taps[first] * padded[..., 1:-1, 1:-1]  # (F, K, 16, h, w)
    for tap in others:
        row, column = divmod(tap, 3)
        fine.addcmul_(taps[tap], padded[..., row : row + height, column : column + width])
    return functional.pixel_shuffle(fine.flatten(0, 1), SCALE)
