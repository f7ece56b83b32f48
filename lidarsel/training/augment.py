"""Training samples varied so that a network trained on simulated streets does not live on how they look.

Colours are kornia's functions. Window and mirror are not kornia's containers, which take whole float images and points
(16.4 ms against 3.1 for a 375 x 1242 frame on one core, the same result), and its colour jitter is no faster (20.5
against 16.6 ms) and draws from torch's global generator.
"""

from dataclasses import replace

import kornia
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.frame import Frame, ImagePoints

VERTICAL_PLAY_PX = 24  # how far a crop may sit above the bottom, as if the camera pitched by 2 degrees


def random_window(rng: np.random.Generator, frame: Frame, height: int, width: int) -> tuple[Frame, float]:
    """A window of at most ``height`` x ``width`` near the bottom, at full scale: apparent sizes are those of use.

    Returns it with the column that the frame's centre has in it (it may lie outside).
    """
    full_height, full_width = frame.size
    height, width = min(height, full_height), min(width, full_width)
    top = full_height - height - int(rng.integers(0, min(VERTICAL_PLAY_PX, full_height - height) + 1))
    left = int(rng.integers(0, full_width - width + 1))
    p = frame.points
    inside = (p.row >= top) & (p.row < top + height) & (p.column >= left) & (p.column < left + width)
    kept = p.keep(inside)
    window = np.s_[top : top + height, left : left + width]
    cut = replace(
        frame,
        size=(height, width),
        points=replace(kept, row=kept.row - np.int32(top), column=kept.column - np.int32(left)),
        image=None if frame.image is None else frame.image[window],
        ground_truth_m=None if frame.ground_truth_m is None else frame.ground_truth_m[window],
        calibration=None,
        truth_class=None,  # training tells no classes apart
    )
    return cut, (full_width - 1) / 2 - left


def mirror(frame: Frame) -> Frame:
    """The frame seen in a mirror: left and right exchanged."""
    p = frame.points
    return replace(
        frame,
        points=replace(p, column=np.int32(frame.size[1] - 1) - p.column),
        image=None if frame.image is None else frame.image[:, ::-1],
        ground_truth_m=None if frame.ground_truth_m is None else frame.ground_truth_m[:, ::-1],
    )


def disturb_points(rng: np.random.Generator, points: ImagePoints, size: tuple[int, int]) -> ImagePoints:
    """Range noise (0-2 %), lost points (0-30 %), a few strays, and in half the samples a calibration off by a pixel."""
    kept = points.keep(rng.random(len(points)) >= rng.uniform(0, 0.3))
    depth = kept.depth_m * (1 + rng.uniform(0, 0.02) * rng.standard_normal(len(kept))).astype(np.float32)
    strays = rng.random(len(kept)) < 0.002
    depth[strays] *= rng.uniform(0.5, 1.5, int(strays.sum())).astype(np.float32)
    row, column = kept.row, kept.column
    if rng.random() < 0.5:
        row = row + np.int32(rng.integers(-1, 2))
        column = column + np.int32(rng.integers(-1, 2))
    moved = ImagePoints(row, column, np.maximum(depth, np.float32(0.5)), kept.line)
    return moved.keep((row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1]))


def disturb_colours(rng: np.random.Generator, image: NDArray[np.uint8]) -> Tensor:
    """uint8 (H, W, 3) -> float (1, 3, H, W) in 0..1, its light, colours, sharpness and grain changed at random."""
    x = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255
    enhance = kornia.enhance
    if rng.random() < 0.8:
        x = enhance.adjust_hue(x, rng.uniform(-0.5, 0.5) * float(rng.random() < 0.5))
        x = enhance.adjust_saturation(x, float(rng.uniform(0, 1.8)))
    if rng.random() < 0.1:
        x = 1 - x
    gains = torch.from_numpy(rng.uniform(0.7, 1.3, (1, 3, 1, 1))).float()
    x = (x * gains).clamp(0, 1)
    x = enhance.adjust_gamma(x, float(np.exp(rng.uniform(-0.7, 0.7))))
    x = enhance.adjust_contrast(x, float(rng.uniform(0.4, 1.4)))
    if rng.random() < 0.5:  # uneven light: shadows and glare
        coarse = torch.from_numpy(rng.uniform(0.4, 1.5, (1, 1, 4, 8))).float()
        x = x * torch.nn.functional.interpolate(coarse, x.shape[-2:], mode="bicubic", align_corners=False)
    if rng.random() < 0.4:
        sigma = float(rng.uniform(0.3, 1.5))
        x = kornia.filters.gaussian_blur2d(x, (7, 7), (sigma, sigma))
    grain = rng.uniform(0, 0.06) * rng.standard_normal(tuple(x.shape), np.float32)
    return (x + torch.from_numpy(grain.astype(np.float32))).clamp(0, 1)
