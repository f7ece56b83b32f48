"""lidarsel's network in one piece, from an image and lines to depths: what is traced and exported."""

from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.last_answer import Doubt
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.spreading import DEPTH, SPREAD

WholeAnswer = Tensor | dict[str, Tensor]
"""Depth, (B, 1, H, W) metres; of a network that tells its spread both, by ``DEPTH`` and ``SPREAD``."""


class WholeNetwork(nn.Module):
    """Encoder, depth branch and, where there is one, spread of one network.

    Args:
        network: of numbers for weights.
        doubt: of its last weights, which is part of its spread.
    """

    def __init__(self, network: LidarselNet, doubt: Doubt | None) -> None:
        super().__init__()
        self.network, self.doubt = network, doubt

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> WholeAnswer:
        """``image`` (B, 3, H, W) RGB in 0..1, ``sparse_depth_m`` (B, 1, H, W), 0 = no value."""
        features = self.network.encode(image)
        if self.network.design.spread is None:
            depth_m: Tensor = self.network(features, sparse_depth_m)
            return depth_m
        depth_m, spread_m = self.network.depth_and_spread(features, sparse_depth_m, self.doubt)
        return {DEPTH: depth_m, SPREAD: spread_m}
