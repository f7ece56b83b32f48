"""Dropout as a distribution of weights: every input of a layer is there or not, in use as in training.

    W = M diag(z) / (1 - p),    z_i = 0 with a probability of p, else 1

so that the mean of the weights is M (Gal and Ghahramani: "Dropout as a Bayesian Approximation", ICML 2016). An input of
a convolution is a channel, which is dropped at all places together (Tompson et al., 2015): neighbouring places hold the
same, and to drop one of them would drop nothing.
"""

import numpy as np
import torch
from torch import Tensor, nn

from lidarsel.uncertainty.drawn import Convolving, DrawnLayer, Weights

DROPPED = 0.1
"""p."""


class DroppedConv2d(DrawnLayer):
    """In place of a convolution, with its weights, by the same names, as M.

    Raises ValueError as ``Convolving.of``.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        convolving = Convolving.of(layer)
        super().__init__()
        self.convolving = convolving
        self.weight = nn.Parameter(layer.weight.detach().clone())
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().clone())

    def mean(self) -> Weights:
        """M."""
        return self.weight, self.bias

    def sample(self, rng: np.random.Generator) -> Weights:
        """With inputs dropped, and the others enlarged by as much."""
        kept = torch.from_numpy(rng.random(self.weight.shape[1]) >= DROPPED).to(self.weight)
        return self.weight * (kept / (1 - DROPPED))[:, None, None], self.bias

    def kl(self) -> Tensor:
        """0: of a p that is not learned it is a square of the weights, which the optimiser's decay stands for."""
        return self.weight.new_zeros(())

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H', W')."""
        return self.convolving(x, self.weights())
