"""What the depth branch's last layers make of what they are given, and who doubts it: log depth, and its variance.

    log depth = sum of softmax(z_1..4) h + limit * tanh(z_5),    z the last layer's outputs, h the hypotheses

clipped to the range of depths.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.design import LOG_DEPTH_RANGE
from lidarsel.completion.lidarsel_net.layers import softmax

HYPOTHESES = 4
OUTPUTS = HYPOTHESES + 1
"""Of the last layer: a weight for each hypothesis, and a residual."""

LastLayers = tuple[nn.Module, nn.Module]
"""In place of ``fuse4`` and ``leave``."""


class LastAnswer(NamedTuple):
    """What the last layers took and gave, at quarter resolution.

    before: float (B, C, h + 1, w) or (B, C, h, w), what ``fuse4`` took.
    features: float (B, D, h, w), what it gave and ``leave`` took.
    out: float (B, 5, h, w), what ``leave`` gave.
    hypotheses: float (B, 4, h, w), log depths.
    log_depth: float (B, 1, h, w).
    """

    before: Tensor
    features: Tensor
    out: Tensor
    hypotheses: Tensor
    log_depth: Tensor


class Doubt(Protocol):
    """What a network does not know of its last weights."""

    def variance(self, answer: LastAnswer, by: Callable[[LastLayers], Tensor]) -> Tensor:
        """Of the answer's log depth, float (B, 1, h, w), >= 0.

        Args:
            answer: of the weights that are used.
            by: log depth by other last layers, of what these took.
        """
        ...

    def to(self, device: torch.device) -> "Doubt":
        """The same on a device."""
        ...


def log_depth_of(out: Tensor, hypotheses: Tensor, residual_limit: float, training: bool) -> Tensor:
    """(B, 5, h, w) and (B, 4, h, w) -> (B, 1, h, w)."""
    choice = softmax(out[:, :HYPOTHESES], training)
    residual = residual_limit * torch.tanh(out[:, HYPOTHESES:])
    log_depth: Tensor = (choice * hypotheses).sum(1, keepdim=True) + residual
    return log_depth.clamp(*LOG_DEPTH_RANGE)


def slopes(answer: LastAnswer, residual_limit: float) -> Tensor:
    """Derivatives of log depth by the last layer's outputs, (B, 5, h, w); 0 where depth is clipped."""
    choice = softmax(answer.out[:, :HYPOTHESES], training=False)
    mean = (choice * answer.hypotheses).sum(1, keepdim=True)
    of_choice = choice * (answer.hypotheses - mean)
    of_residual = residual_limit * (1 - torch.tanh(answer.out[:, HYPOTHESES:]).square())
    least, most = LOG_DEPTH_RANGE
    free = (answer.log_depth > least) & (answer.log_depth < most)
    return torch.cat([of_choice, of_residual], 1) * free


def widened(log_scale: Tensor, variance: Tensor) -> Tensor:
    """ln of a Laplace scale b with a variance more in it: that of a distribution of the variance 2 b^2 + more.

    log_scale, variance: float (B, 1, h, w).
    """
    return (torch.exp(2 * log_scale) + variance / 2).log() / 2
