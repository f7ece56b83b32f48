"""The size of lidarsel's network, and the small layers its two halves share."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

MEAN_LOG_DEPTH = 2.7  # about 15 m; centres log depth for the convolutions
LOG_DEPTH_RANGE = (-1.0, 5.3)  # 0.4 m to 200 m


@dataclass(frozen=True)
class Design:
    """Hyper-parameters of the network, kept in its weights file.

    image_channels: at 1/2, 1/4, 1/8, 1/16 and 1/32. depth_channels: at 1/4, 1/8, 1/16.
    residual_limit: the most the depth branch may move log depth away from its hypotheses.
    """

    image_channels: tuple[int, int, int, int, int] = (24, 40, 64, 96, 112)
    depth_channels: tuple[int, int, int] = (32, 48, 64)
    residual_limit: float = 1.0

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3, bias: bool = False) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=bias)


class GroupNorm(nn.GroupNorm):
    """Group normalisation (Wu and He, 2018) whose result, out of training, does not depend on the number of threads.

    PyTorch's own shares a group's sum among threads, so that its last bits follow their number. Here the sums run
    along rows and then along columns, and threads share rows only. Training keeps PyTorch's, which is faster.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(F, C, H, W) -> the same shape."""
        if self.training:
            return super().forward(x)
        images, channels, height, width = x.shape
        size = channels // self.num_groups * height * width

        def group_mean(values: Tensor) -> Tensor:
            sums = values.sum(3).sum(2).view(images, self.num_groups, -1).sum(2)
            return (sums / size).repeat_interleave(channels // self.num_groups, 1).view(images, channels, 1, 1)

        centred = x - group_mean(x)
        scale = torch.rsqrt(group_mean(centred.square()) + self.eps) * self.weight.view(1, -1, 1, 1)
        return torch.addcmul(self.bias.view(1, -1, 1, 1), centred, scale)


def norm(channels: int) -> GroupNorm:
    return GroupNorm(8, channels)


def upsample(x: Tensor, scale: int = 2) -> Tensor:
    return functional.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
