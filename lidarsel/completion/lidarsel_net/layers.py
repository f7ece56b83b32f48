"""The small layers that the two halves of lidarsel's network share."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3, bias: bool = False) -> nn.Conv2d:
    """A convolution that keeps the size of what it is given, but for its stride.

    Args:
        inputs, outputs: channels.
        stride: rows and columns from one result to the next.
        size: rows and columns of its window, odd.
        bias: whether it adds one.
    """
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=bias)


class GroupNorm(nn.Module):
    """Group normalisation (Wu and He, 2018) whose result, out of training, does not depend on the number of threads.

    PyTorch's own shares a group's sum among threads, so that its last bits follow their number. Here the sums run
    along rows and then along columns, and threads share rows only. Training keeps PyTorch's, which is faster.

    Args:
        groups: channels of each group; a network that was cut has groups of several sizes.
    """

    def __init__(self, groups: Sequence[int]) -> None:
        super().__init__()
        self.groups = tuple(groups)
        self.eps = 1e-5
        self.weight = nn.Parameter(torch.ones(sum(groups)))
        self.bias = nn.Parameter(torch.zeros(sum(groups)))

    def forward(self, x: Tensor) -> Tensor:
        """(F, C, H, W) -> the same shape."""
        alike = len(set(self.groups)) == 1
        if self.training and alike:
            return functional.group_norm(x, len(self.groups), self.weight, self.bias, self.eps)
        images, channels, height, width = x.shape
        sizes = torch.tensor(self.groups, device=x.device)
        group = torch.tensor([n for n, size in enumerate(self.groups) for _ in range(size)], device=x.device)

        def group_mean(values: Tensor) -> Tensor:
            of_channels = values.sum(3).sum(2)
            if alike:
                sums = of_channels.view(images, len(self.groups), -1).sum(2)
            else:
                sums = torch.stack([group.sum(1) for group in torch.split(of_channels, list(self.groups), 1)], 1)
            mean = sums / (sizes * height * width)
            return mean.index_select(1, group).view(images, channels, 1, 1)

        centred = x - group_mean(x)
        scale = torch.rsqrt(group_mean(centred.square()) + self.eps) * self.weight.view(1, -1, 1, 1)
        return torch.addcmul(self.bias.view(1, -1, 1, 1), centred, scale)


class FewOutputs(nn.Conv2d):
    """A 1 x 1 convolution to a few channels whose result, out of training, does not depend on the number of threads.

    oneDNN shares the inputs of a narrow 1 x 1 convolution among threads, and so its last bits follow their number
    (measured: 5 and 8 outputs, 1 and 2 threads); with sixteen outputs, the last ones dropped, it does not.
    """

    WIDE = 16

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, outputs, H, W)."""
        return self.with_weight(self.weight, x)

    def with_weight(self, weight: Tensor, x: Tensor) -> Tensor:
        """The same by a weight (outputs, C, 1, 1) that stands for the layer's own, as one of some of its inputs."""
        if self.training or self.bias is None:
            return functional.conv2d(x, weight, self.bias)
        more = -self.out_channels % self.WIDE
        weight = functional.pad(weight, (0, 0, 0, 0, 0, 0, 0, more))
        return functional.conv2d(x, weight, functional.pad(self.bias, (0, more)))[:, : self.out_channels]


def softmax(x: Tensor, training: bool) -> Tensor:
    """(B, C, H, W) or (B, C, N, H, W) -> shares of the channels, which sum to 1.

    PyTorch's own, which training keeps, rounds otherwise with three threads than with one (measured).
    """
    if training:
        return x.softmax(1)
    weights = (x - x.amax(1, keepdim=True)).exp_()
    return weights.div_(weights.sum(1, keepdim=True))


def upsample(x: Tensor, scale: int = 2) -> Tensor:
    """(B, C, H, W) -> (B, C, scale * H, scale * W), bilinear.

    PyTorch's own rounds by the number of threads up to three channels (measured), which only a cut network has: it is
    given a fourth.
    """
    more = 4 - x.shape[1]
    if more > 0:
        x = functional.pad(x, (0, 0, 0, 0, 0, more)).contiguous(memory_format=torch.channels_last)
    fine = functional.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
    return fine[:, :-more] if more > 0 else fine
