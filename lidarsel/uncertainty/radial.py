"""Linear layers and convolutions whose weights are drawn: radii and directions of rows times those of columns.

    W[o, i] = r_o v_o[i] * c_i w_i[o]        v_o a direction over the inputs, w_i one over the outputs

of a convolution over inputs, or outputs, and the pixels of its window (Oh, Adamczewski and Park, AAAI 2020). Either
factor alone would draw every weight of a row by itself, or of a column; together an output and an input can vanish.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.uncertainty.directions import Directions, GaussianNumbers, directions
from lidarsel.uncertainty.drawn import Convolving, DrawnLayer, Weights
from lidarsel.uncertainty.radii import Radii


class RadialWeight(nn.Module):
    """The posterior of a weight.

    Args:
        weight: float (outputs, inputs, ...), what it is in the mean to begin with; no output of it all zeros.
    """

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        outputs, inputs, window = weight.shape[0], weight.shape[1], weight[0, 0].numel()
        self.shape = tuple(weight.shape)
        rows = weight.detach().reshape(outputs, -1)
        # The columns begin as all ones, so that the rows begin as the weight is.
        ones = torch.ones(inputs, outputs * window)
        self.row_directions, self.column_directions = directions(rows), directions(ones)
        self.row_radii = _radii_for(rows, self.row_directions)
        self.column_radii = _radii_for(ones, self.column_directions)

    def mean(self) -> Tensor:
        """(outputs, inputs, ...): of independent factors the product of their means."""
        rows = self.row_radii.mean()[:, None] * self.row_directions.mean()
        return self._product(rows, self.column_radii.mean()[:, None] * self.column_directions.mean())

    def sample(self, rng: np.random.Generator) -> Tensor:
        """(outputs, inputs, ...), a draw, differentiable."""
        rows = self.row_radii.sample(rng)[:, None] * self.row_directions.sample(rng)
        return self._product(rows, self.column_radii.sample(rng)[:, None] * self.column_directions.sample(rng))

    def kl(self) -> Tensor:
        """From the prior, in nats, a scalar."""
        radii = self.row_radii.kl() + self.column_radii.kl()
        return radii + self.row_directions.kl() + self.column_directions.kl()

    def _product(self, rows: Tensor, columns: Tensor) -> Tensor:
        outputs, inputs = self.shape[:2]
        over_inputs = rows.reshape(outputs, inputs, -1)
        return (over_inputs * columns.reshape(inputs, outputs, -1).transpose(0, 1)).reshape(self.shape)


def _radii_for(vectors: Tensor, side: Directions | GaussianNumbers) -> Radii:
    """Radii with which the means of a side are float (n, d) vectors."""
    return Radii(vectors.norm(dim=1) / side.mean().detach().norm(dim=1))


class RadialLayer(DrawnLayer):
    """What linear layers and convolutions share: a weight and a bias.

    Args:
        weight: float (outputs, inputs, ...), to begin with.
        bias: float (outputs,), likewise; None is none.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight_posterior = RadialWeight(weight)
        self.bias_posterior = None if bias is None else GaussianNumbers(bias.detach()[:, None])

    def mean(self) -> Weights:
        """Of both."""
        bias = None if self.bias_posterior is None else self.bias_posterior.mean()[:, 0]
        return self.weight_posterior.mean(), bias

    def sample(self, rng: np.random.Generator) -> Weights:
        """Of both."""
        bias = None if self.bias_posterior is None else self.bias_posterior.sample(rng)[:, 0]
        return self.weight_posterior.sample(rng), bias

    def kl(self) -> Tensor:
        """From the prior, in nats, a scalar."""
        of_weight = self.weight_posterior.kl()
        return of_weight if self.bias_posterior is None else of_weight + self.bias_posterior.kl()


class RadialLinear(RadialLayer):
    """In place of a linear layer, whose weights it begins with."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__(layer.weight, layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs)."""
        return functional.linear(x, *self.weights())


class RadialConv2d(RadialLayer):
    """In place of a convolution, whose weights it begins with.

    Raises ValueError as ``Convolving.of``.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        convolving = Convolving.of(layer)
        super().__init__(layer.weight, layer.bias)
        self.convolving = convolving

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H', W')."""
        return self.convolving(x, self.weights())
