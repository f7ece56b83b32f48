"""Laplace's approximation of the depth branch's last layer, 165 weights of the shipped network: as it is used.

The answer, log depth, is made linear in the last layer's weights, so that its variance is a closed form and nothing is
drawn. What it takes is a root of the posterior's covariance, which is fitted once the weights are there.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.lidarsel_net.last_answer import OUTPUTS, LastAnswer, LastLayers, slopes

_ROOT = "posterior_root"


def make_room(branch: nn.Module) -> None:
    """Let a depth branch have a root: zeros, as of weights that are known. A buffer, as no gradient moves it."""
    leave = branch.get_submodule("leave")
    assert isinstance(leave, nn.Conv2d)
    size = OUTPUTS * (leave.in_channels + 1)
    branch.register_buffer(_ROOT, torch.zeros(size, size))


def set_root(branch: nn.Module, root: NDArray[np.float64]) -> None:
    """Give a branch that has room for it a root, float64 (P, P)."""
    branch.get_buffer(_ROOT).copy_(torch.from_numpy(root))


def take_doubt(branch: nn.Module) -> "LaplaceDoubt":
    """Take the root from a branch, which is one without a posterior then."""
    root = branch.get_buffer(_ROOT)
    delattr(branch, _ROOT)
    limit = branch.residual_limit
    assert isinstance(limit, float)
    return LaplaceDoubt(root, limit)


class LaplaceDoubt(nn.Module):
    """The variance of log depth under a Gaussian posterior of the last layer's weights.

    Args:
        root: float (P, P), of the covariance, as ``uncertainty.laplace`` has it.
        residual_limit: of the branch.
    """

    root: Tensor

    def __init__(self, root: Tensor, residual_limit: float) -> None:
        super().__init__()
        self.register_buffer("root", root.clone())
        self.residual_limit = residual_limit

    def variance(self, answer: LastAnswer, _by: Callable[[LastLayers], Tensor]) -> Tensor:
        """As ``Doubt`` says."""
        # A convolution, whose sums do not follow the number of threads, as a product of matrices' may.
        found = functional.conv2d(jacobian(answer, self.residual_limit), self.root[:, :, None, None])
        return found.square().sum(1, keepdim=True)


def jacobian(answer: LastAnswer, residual_limit: float) -> Tensor:
    """Of log depth by the last layer's weights, (B, P, h, w), P = 5 D + 5: those of its weight, row by row, and of its
    bias."""
    by_output = slopes(answer, residual_limit)
    by_weight = by_output[:, :, None] * answer.features[:, None]  # (B, 5, D, h, w)
    return torch.cat([by_weight.flatten(1, 2), by_output], 1)


def last_weights(branch: nn.Module) -> NDArray[np.float64]:
    """float64 (P,), in the order of the Jacobian."""
    leave = branch.get_submodule("leave")
    assert isinstance(leave, nn.Conv2d)
    assert leave.bias is not None
    weights: NDArray[np.float64] = torch.cat([leave.weight.flatten(), leave.bias]).detach().double().cpu().numpy()
    return weights
