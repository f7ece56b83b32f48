"""The second output: how far log depth may be off, read off what the depth is read off.

Its gradient ends at its inputs, so that the depth is trained as ever: a likelihood of both would let a large spread
excuse a bad depth (Seitzer et al.: "On the Pitfalls of Heteroscedastic Uncertainty Estimation", 2022).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.lidarsel_net.layers import FewOutputs

LEAST_LOG_SCALE, MOST_LOG_SCALE = -7.0, 1.0
"""0.1 % and 270 % of the depth."""
_HIDDEN = 32
_START = -2.5  # 8 % of the depth


class SpreadHead(nn.Module):
    """Features of the last layer and the depth branch's inputs -> the scale of a Laplace distribution of log depth.

    Args:
        features, inputs: channels of each.
    """

    def __init__(self, features: int, inputs: int) -> None:
        super().__init__()
        self.from_features = nn.Conv2d(features, _HIDDEN, 1)
        self.from_inputs = nn.Conv2d(inputs, _HIDDEN, 1)
        self.leave = FewOutputs(_HIDDEN, 1, 1)
        self.near = nn.Parameter(torch.zeros(2))

    def forward(self, features: Tensor, inputs: Tensor) -> Tensor:
        """(B, C, h, w) and (B, D, h, w), without gradients to either -> (B, 1, h, w), ln of the scale."""
        x = functional.relu(self.from_features(features.detach()) + self.from_inputs(inputs.detach()))
        out: Tensor = self.leave(x).float() + _START
        return out.clamp(LEAST_LOG_SCALE, MOST_LOG_SCALE)

    def at_measurements(self, log_scale: Tensor, measured: Tensor, touched: Tensor) -> Tensor:
        """The same at full resolution, where measurements have had their say.

        Args:
            log_scale: float (B, 1, H, W).
            measured, touched: bool (B, 1, H, W), where a depth was measured, and where one near by moved it.
        """
        other = torch.where(touched, self.near[1], 0.0)
        moved = log_scale + torch.where(measured, self.near[0], other)
        return moved.clamp(LEAST_LOG_SCALE, MOST_LOG_SCALE)
