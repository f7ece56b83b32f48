"""Ma et al.'s sparse-to-dense network, for users who have its weights, and to compare with.

F. Ma, G. Venturelli Cavalheiro and S. Karaman, "Self-Supervised Sparse-to-Dense: Self-Supervised Depth Completion from
LiDAR and Monocular Camera", ICRA 2019, figure 2 and section IV. Written anew after the paper; layers are called and
shaped as in the authors' public checkpoints, so that those load:

    lidarsel run DATA --budget 32 --network lidarsel.completion.sparse_to_dense:resnet34 --weights model_best.pth.tar

Checkpoints of their option ``gd`` (grey image and depth) belong to the factories that end in ``_grey``.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}  # He et al., "Deep Residual Learning", 2016, table 1
OUTPUT_SCALE_M = 100.0
LEAST_DEPTH_M = 0.9  # the sensor's own blind zone; the authors clamp to it outside of training
IMAGE_SCALE = 255.0  # their loader gives the network 8-bit values as they are
GREY = (0.299, 0.587, 0.114)  # ITU-R 601, as their loader makes grey of RGB


def resnet18() -> nn.Module:
    """RGB and depth, 18 layers."""
    return SparseToDense(18)


def resnet34() -> nn.Module:
    """RGB and depth, 34 layers."""
    return SparseToDense(34)


def resnet18_grey() -> nn.Module:
    """Grey image and depth, 18 layers."""
    return SparseToDense(18, grey=True)


def resnet34_grey() -> nn.Module:
    """Grey image and depth, 34 layers."""
    return SparseToDense(34, grey=True)


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions round a shortcut: a block of ResNet-18 and -34, with torchvision's names."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(out)) + self.downsample(x))


class SparseToDense(nn.Module):
    """Early fusion of image and depth, a ResNet down to 1/16, transposed convolutions back up with skips.

    Weights are random, from a fixed seed: without a file it completes nothing sensible.
    """

    size_multiple = 16

    def __init__(self, layers: int, grey: bool = False) -> None:
        super().__init__()
        self.grey = grey
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            self.conv1_d = _down(1, 32 if grey else 16)
            self.conv1_img = _down(1, 32) if grey else _down(3, 48)
            two, three, four, five = BLOCKS[layers]
            self.conv2 = _stage(64, 64, two, 1)  # (B, 64, H, W)
            self.conv3 = _stage(64, 128, three, 2)  # H/2
            self.conv4 = _stage(128, 256, four, 2)  # H/4
            self.conv5 = _stage(256, 512, five, 2)  # H/8
            self.conv6 = _down(512, 512, stride=2)  # H/16
            self.convt5 = _up(512, 256)
            self.convt4 = _up(256 + 512, 128)
            self.convt3 = _up(128 + 256, 64)
            self.convt2 = _up(64 + 128, 64)
            self.convt1 = _up(64 + 64, 64, stride=1)
            self.convtf = nn.Sequential(nn.Conv2d(64 + 64, 1, 1))
            for module in self.modules():
                if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                    nn.init.normal_(module.weight, 0, 0.02)
                    if module.bias is not None:
                        nn.init.zeros_(module.bias)

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        """``image`` (B, 3, H, W) RGB in 0..1, ``sparse_depth_m`` (B, 1, H, W), 0 = no value -> (B, 1, H, W) metres."""
        image = image * IMAGE_SCALE
        if self.grey:
            image = (image * image.new_tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)
        x1 = torch.cat([self.conv1_d(sparse_depth_m), self.conv1_img(image)], 1)
        x2 = self.conv2(x1)
        x3 = self.conv3(x2)
        x4 = self.conv4(x3)
        x5 = self.conv5(x4)
        y = torch.cat([self.convt5(self.conv6(x5)), x5], 1)
        y = torch.cat([self.convt4(y), x4], 1)
        y = torch.cat([self.convt3(y), x3], 1)
        y = torch.cat([self.convt2(y), x2], 1)
        y = torch.cat([self.convt1(y), x1], 1)
        depth_m: Tensor = OUTPUT_SCALE_M * self.convtf(y)
        return depth_m.clamp(min=LEAST_DEPTH_M)


def _down(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def _up(inputs: int, outputs: int, stride: int = 2) -> nn.Sequential:
    convolution = nn.ConvTranspose2d(inputs, outputs, 3, stride, 1, output_padding=stride - 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def _stage(inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    first = BasicBlock(inputs, outputs, stride)
    return nn.Sequential(first, *(BasicBlock(outputs, outputs, 1) for _ in range(blocks - 1)))
