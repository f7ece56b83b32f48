"""A user's module of networks, good and bad, and the weights of one of them."""

from pathlib import Path

import torch

from lidarsel.completion.foreign.network import ForeignNetwork
from lidarsel.completion.registry import load_network

MODULE = """
import torch
from torch import nn

class Net(nn.Module):
    size_multiple = 8
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(2.0))
        self.norm = nn.BatchNorm2d(1)
    def forward(self, image, sparse_depth_m, intrinsics=None, more=3):
        return torch.where(sparse_depth_m > 0, sparse_depth_m, self.gain * image.mean(1, keepdim=True) + 1)

def build():
    return Net()

def depth_only():
    class Plain(nn.Module):
        def forward(self, sparse_depth_m):
            return sparse_depth_m + 1
    return Plain()

def no_module():
    return 3

def remembers():
    class Remembers(Net):
        def forward(self, sparse_depth_m):
            self.norm.running_mean += 1
            return sparse_depth_m + self.norm.running_mean
    return Remembers()

def raises():
    raise RuntimeError("no such GPU\\nsecond line")

def strange():
    class Strange(nn.Module):
        def forward(self, rgb, sparse_depth_m):
            return rgb
    return Strange()

def imageless():
    class Imageless(nn.Module):
        def forward(self, image):
            return image
    return Imageless()

def half_sized():
    net = Net()
    net.size_multiple = 0.5
    return net

number = 5
"""


def foreign(spec: str, weights: Path | None = None) -> ForeignNetwork:
    network = load_network(spec, weights)
    assert isinstance(network, ForeignNetwork)
    return network


def weights_in(spec: str, weights: Path | None = None) -> dict[str, torch.Tensor]:
    """What its module holds."""
    module = foreign(spec, weights).model.module
    assert module is not None
    return {name: x.clone() for name, x in module.state_dict().items()}
