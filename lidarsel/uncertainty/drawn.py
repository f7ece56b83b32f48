"""Layers whose weights are drawn: what distributions of weights have in common, whatever they are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

Weights = tuple[Tensor, Tensor | None]
"""Of a layer: (outputs, inputs, ...) and its bias (outputs,), if it has one."""


class DrawnLayer(nn.Module, ABC):
    """A layer with a distribution in place of its weights, whose means it uses until it is told to draw."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: Weights | None = None

    @abstractmethod
    def mean(self) -> Weights:
        """The means, differentiable."""

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Weights:
        """A draw, differentiable."""

    @abstractmethod
    def kl(self) -> Tensor:
        """From what was there before any data, in nats, a scalar."""

    def draw(self, rng: np.random.Generator) -> None:
        """Draw the weights that are used until the next draw."""
        self.drawn = self.sample(rng)

    def settle(self) -> None:
        """Use the means from now on."""
        self.drawn = None

    def weights(self) -> Weights:
        """Weight and bias that are used now."""
        return self.mean() if self.drawn is None else self.drawn


@dataclass(frozen=True)
class Convolving:
    """How a convolution goes about it, whatever its weights are.

    stride, padding, dilation: as PyTorch has them.
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    @classmethod
    def of(cls, layer: nn.Conv2d) -> "Convolving":
        """As a layer does. Raises ValueError where its channels are in groups, its padding goes by name, or it pads
        with other than zeros."""
        if layer.groups != 1 or isinstance(layer.padding, str) or layer.padding_mode != "zeros":
            raise ValueError("only convolutions of all channels with a padding of zeros can be drawn")
        return cls(layer.stride, layer.padding, layer.dilation)

    def __call__(self, x: Tensor, weights: Weights) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H', W')."""
        weight, bias = weights
        return functional.conv2d(x, weight, bias, self.stride, self.padding, self.dilation)


def drawn_layers(module: nn.Module) -> Iterator[DrawnLayer]:
    """Every layer of a module that is drawn, in the order of the module."""
    return (layer for layer in module.modules() if isinstance(layer, DrawnLayer))


def total_kl(module: nn.Module) -> Tensor:
    """Of all its layers that are drawn, in nats, a scalar; there must be one."""
    return torch.stack([layer.kl() for layer in drawn_layers(module)]).sum()
