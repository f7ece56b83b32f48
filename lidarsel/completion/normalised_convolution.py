"""A depth-only network of 182 weights: confidence goes through the convolutions beside the depth.

A. Eldesokey, M. Felsberg and F. S. Khan, "Propagating Confidences through CNNs for Sparse Data Regression", BMVC 2018:
normalised convolution with weights >= 0 (equation 3) and the confidence that leaves it (equation 6). The paper's
network has three scales, which 64 lines need; this one has seven, so that two lines still fill the image. Untrained it
averages what is near, and is a sensible network as it stands:

    lidarsel run DATA --budget 32 --network lidarsel.completion.normalised_convolution:network
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALES = 7  # 1 to 1/64
SIZE = 5
EMPTY_DEPTH_M = 15.0  # where no point is within reach; about KITTI's median depth
TRUST_IN_COARSE = 0.01  # of a coarser scale beside a finer one, before training
LEAST_CONFIDENCE = 1e-20  # far below what six scales of trust leave of one point


def network() -> nn.Module:
    """The untrained network."""
    return NormalisedConvolutionNet()


class NormalisedConvolution(nn.Module):
    """Depth and confidence, each (B, 1, H, W), to depth and confidence of the same shape.

    depth' = sum(w c depth) / sum(w c), confidence' = sum(w c) / sum(w), sums over the window; w > 0 by softplus.
    """

    def __init__(self) -> None:
        super().__init__()
        distance = torch.arange(SIZE) - SIZE // 2
        bell = torch.exp(-(distance[:, None] ** 2 + distance[None, :] ** 2) / 2.0)
        self.weight = nn.Parameter(torch.log(torch.expm1(bell))[None, None])  # softplus's inverse

    def forward(self, depth_m: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
        weight = functional.softplus(self.weight)
        kernels = torch.cat([weight, weight])
        moments = torch.cat([confidence * depth_m, confidence], 1)
        sums = functional.conv2d(moments, kernels, padding=SIZE // 2, groups=2)
        total, mass = sums[:, :1], sums[:, 1:]
        return total / mass.clamp(min=LEAST_CONFIDENCE), mass / weight.sum()


class NormalisedConvolutionNet(nn.Module):
    """Down by confidence-weighted averages, a normalised convolution at each scale, up by trust in the finer one."""

    size_multiple = 2 ** (SCALES - 1)

    def __init__(self) -> None:
        super().__init__()
        self.scales = nn.ModuleList(NormalisedConvolution() for _ in range(SCALES))
        self.log_trust = nn.Parameter(torch.full((SCALES - 1,), math.log(TRUST_IN_COARSE)))
        self.log_empty_depth = nn.Parameter(torch.tensor(math.log(EMPTY_DEPTH_M)))

    def forward(self, sparse_depth_m: Tensor) -> Tensor:
        """(B, 1, H, W) metres, 0 = no value, H and W multiples of 64 -> (B, 1, H, W) metres, > 0."""
        depth, confidence = sparse_depth_m, (sparse_depth_m > 0).to(sparse_depth_m.dtype)
        pyramid = []
        for number, scale in enumerate(self.scales):
            if number:
                mass = functional.avg_pool2d(confidence, 2)
                depth = functional.avg_pool2d(confidence * depth, 2) / mass.clamp(min=LEAST_CONFIDENCE)
                confidence = mass
            depth, confidence = scale(depth, confidence)
            pyramid.append((depth, confidence))
        for number in reversed(range(SCALES - 1)):
            fine, sure = pyramid[number]
            coarse, doubt = (functional.interpolate(x, scale_factor=2, mode="nearest") for x in (depth, confidence))
            doubt = doubt * self.log_trust[number].exp()
            confidence = sure + doubt
            depth = (sure * fine + doubt * coarse) / confidence.clamp(min=LEAST_CONFIDENCE)
        return torch.where(confidence > LEAST_CONFIDENCE, depth, self.log_empty_depth.exp())
