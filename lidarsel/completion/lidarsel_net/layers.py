"""The small layers that the two halves of lidarsel's network share."""

import torch
from torch import Tensor, nn
from torch.nn import functional


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


def softmax(x: Tensor, training: bool) -> Tensor:
    """(B, C, H, W) or (B, C, N, H, W) -> shares of the channels, which sum to 1.

    PyTorch's own, which training keeps, rounds otherwise with three threads than with one (measured).
    """
    if training:
        return x.softmax(1)
    weights = (x - x.amax(1, keepdim=True)).exp_()
    return weights.div_(weights.sum(1, keepdim=True))


def norm(channels: int) -> GroupNorm:
    return GroupNorm(8, channels)


def upsample(x: Tensor, scale: int = 2) -> Tensor:
    return functional.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
