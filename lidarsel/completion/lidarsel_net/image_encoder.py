"""The image half of lidarsel's network, run once a frame: a U-Net and what it leaves for the coalitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.lidarsel_net.design import LOG_DEPTH_RANGE, MEAN_LOG_DEPTH, Design
from lidarsel.completion.lidarsel_net.layers import GroupNorm, conv, softmax, upsample
from lidarsel.completion.lidarsel_net.upsampling import SCALE, TAPS
from lidarsel.completion.position import position_channels

PADDED_TO = 32  # pixels: the encoder's coarsest level


@dataclass(frozen=True)
class ImageFeatures:
    """What the image gives to every coalition of its frame. F = 1, or in training the number of images.

    size: (H, W) before padding. padded: (H', W'), multiples of 32.
    prior_log: float (F, 1, H'/4, W'/4), log depth from the image alone.
    prior_rows: float (F, H', W'/4), the same at every image row.
    levels: (F, C, ...) at 1/4, 1/8, 1/16, to be added inside the depth branch; fine: (F, C, ...) at 1/4, for its end.
    upsampling: float (F, 9, 16, H'/4, W'/4), convex over the taps.
    """

    size: tuple[int, int]
    padded: tuple[int, int]
    prior_log: Tensor
    prior_rows: Tensor
    levels: tuple[Tensor, Tensor, Tensor]
    fine: Tensor
    upsampling: Tensor


def pad(x: Tensor, mode: str = "constant") -> Tensor:
    """(..., H, W) -> (..., H', W'), multiples of 32, padded on top and at the right: the bottom stays where it is."""
    height, width = x.shape[-2:]
    if height % PADDED_TO == 0 and width % PADDED_TO == 0:
        return x
    return functional.pad(x, (0, -width % PADDED_TO, -height % PADDED_TO, 0), mode=mode)


class Residual(nn.Module):
    """Two 3 x 3 convolutions round an identity, normalised by groups (per image: no batch statistics)."""

    def __init__(self, groups: Sequence[int], inner: Sequence[int]) -> None:
        """``groups`` and ``inner``: channels of each normalised group outside and between the convolutions."""
        super().__init__()
        self.body = nn.Sequential(
            conv(sum(groups), sum(inner)),
            GroupNorm(inner),
            nn.ReLU(),
            conv(sum(inner), sum(groups)),
            GroupNorm(groups),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.body(x))


class ImageEncoder(nn.Module):
    """RGB and position -> ImageFeatures. A U-Net from 1/2 to 1/32 and back to 1/4."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        width, groups = design.width, design.groups

        def block(inputs: str, name: str, stride: int = 1) -> list[nn.Module]:
            """What makes a layer of another: a convolution, normalised."""
            return [conv(width(inputs), width(name), stride), GroupNorm(groups(name)), nn.ReLU()]

        self.stem = nn.Sequential(conv(5, width("stem"), stride=2), GroupNorm(groups("stem")), nn.ReLU())
        self.down = nn.ModuleList(
            nn.Sequential(*block(a, b, stride=2), Residual(groups(b), groups(b.replace("stage", "inner"))))
            for a, b in pairwise(("stem", "stage4", "stage8", "stage16", "stage32"))
        )
        rising = (("stage32", "stage16", "rise16"), ("rise16", "stage8", "rise8"), ("rise8", "stage4", "rise4"))
        self.lateral = nn.ModuleList(conv(width(below), width(skip), size=1) for below, skip, _ in rising)
        self.up = nn.ModuleList(nn.Sequential(*block(skip, risen)) for _, skip, risen in rising)
        self.prior = nn.Conv2d(width("rise4"), 1, 3, padding=1)
        self.to_depth = nn.ModuleList(
            nn.Conv2d(width(a), width(b), 1) for a, b in (("rise4", "enter"), ("rise8", "down8"), ("rise16", "depth16"))
        )
        self.to_fine = nn.Conv2d(width("rise4"), width("enter"), 1)
        self.to_weights = nn.Sequential(*block("rise4", "weights"))
        self.weights = nn.Conv2d(width("weights"), TAPS * SCALE**2, 1)

    def forward(self, image: Tensor, position: Tensor | None = None) -> ImageFeatures:
        """``image`` (F, 3, H, W) RGB in 0..1. ``position`` (F, 2, H, W) where a crop was cut from elsewhere than the
        bottom centre (training); None works it out from the size."""
        height, width = image.shape[-2:]
        if position is None:
            position = position_channels(height, width, (width - 1) / 2, height - 1, image)
        image = pad(image, "replicate").contiguous(memory_format=torch.channels_last)
        position = pad(position.expand(image.shape[0], -1, -1, -1), "replicate")
        x4_to_x32 = []
        x = self.stem(torch.cat([(image - 0.45) / 0.25, position], 1))  # (F, c2, H/2, W/2)
        for stage in self.down:
            x = stage(x)
            x4_to_x32.append(x)
        features = []
        for lateral, up, skip in zip(self.lateral, self.up, x4_to_x32[-2::-1], strict=True):
            x = up(upsample(lateral(x)) + skip)
            features.append(x)
        x16, x8, x4 = features
        prior = (MEAN_LOG_DEPTH + self.prior(x4).float()).clamp(*LOG_DEPTH_RANGE)  # (F, 1, H/4, W/4)
        weights = self.weights(self.to_weights(x4)).float().unflatten(1, (TAPS, SCALE**2))
        rows = functional.interpolate(
            prior, size=(image.shape[-2], prior.shape[-1]), mode="bilinear", align_corners=False
        )
        return ImageFeatures(
            size=(height, width),
            padded=(image.shape[-2], image.shape[-1]),
            prior_log=prior,
            prior_rows=rows[:, 0],
            levels=(self.to_depth[0](x4), self.to_depth[1](x8), self.to_depth[2](x16)),
            fine=self.to_fine(x4),
            upsampling=softmax(weights, self.training).contiguous(),
        )
