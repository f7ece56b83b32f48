"""Images as vectors whose mean by class is all that a private generator learns from.

Every image's vector has a length of 1, so that the means of two data sets that differ in one image are at most 2 / n
apart, all classes together: the image leaves one mean and comes into another, each with a weight of 1 / n.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

PIXELS = 784
CLASSES = 10
MIDDLE, CONTRAST = 0.3, 3.0
"""Of what the kernel's network is shown, (image - MIDDLE) CONTRAST: half of its units are on, so that dark places tell
as much as bright ones. A round guess, near the mean and the spread that are published of Fashion-MNIST."""


class ClassEmbedding(Protocol):
    """What images look like to it, by class."""

    def sums(self, images: Tensor) -> Tensor:
        """(n, 784) in 0..1, all of one class -> (d,): the sum of their vectors, each of length 1; with gradients."""
        ...


def class_means(embedding: ClassEmbedding, images: Tensor, labels: Tensor) -> Tensor:
    """Means over all images of the vectors of each class alone.

    Args:
        images: float (n, 784) in 0..1.
        labels: int64 (n,), of ten classes.

    Returns:
        (10, d): a class's row is the sum over its images, over n.
    """
    return torch.stack([embedding.sums(images[labels == one]) for one in range(CLASSES)]) / len(images)


@dataclass(frozen=True)
class TangentKernel:
    """The gradient of an untrained network by its weights: ten outputs, added, behind one hidden layer.

    Of f(x) = sum_k sum_j V_kj max(0, W_j . x), where x is an image about its middle, the gradient is known in closed
    form: max(0, W . x) by each of the ten rows of V, which are kept as one row, sqrt(10) times as long, as that keeps
    all products; and (sum_k V_kj) 1[W_j . x > 0] x by W_j, which is of rank one, so that the sum over images is one
    product of two matrices. After Yang et al.: "Differentially private neural tangent kernels for privacy-preserving
    data generation" (JAIR 2024).

    Args:
        hidden: (K, 784), W.
        outputs: (10, K), V.
    """

    hidden: Tensor
    outputs: Tensor

    @classmethod
    def drawn(cls, width: int, seed: int) -> "TangentKernel":
        """Of ``width`` hidden units, weights by He et al. (2015)."""
        generator = torch.Generator().manual_seed(seed)
        hidden = torch.randn(width, PIXELS, generator=generator) * (2 / PIXELS) ** 0.5
        return cls(hidden, torch.randn(CLASSES, width, generator=generator) * (2 / width) ** 0.5)

    def sums(self, images: Tensor) -> Tensor:
        """As the protocol says."""
        images = (images - MIDDLE) * CONTRAST
        before = images @ self.hidden.T
        behind = before.clamp(min=0) * CLASSES**0.5
        by_unit = (before > 0) * self.outputs.sum(0)
        squares = by_unit.square().sum(1) * images.square().sum(1) + behind.square().sum(1)
        over = squares.clamp(min=1e-12).rsqrt()[:, None]
        return torch.cat([((by_unit * over).T @ images).flatten(), (behind * over).sum(0)])


@dataclass(frozen=True)
class FourierFeatures:
    """Random Fourier features of a Gaussian kernel (Rahimi and Recht 2007), as DP-MERF has them (Harder, Adamczewski
    and Park, AISTATS 2021): cosines and sines, whose squares add up to 1.

    Args:
        frequencies: (D, 784).
    """

    frequencies: Tensor

    @classmethod
    def drawn(cls, count: int, length: float, seed: int) -> "FourierFeatures":
        """``count`` frequencies of a kernel exp(-d^2 / (2 length^2)) of the distance d of two images."""
        generator = torch.Generator().manual_seed(seed)
        return cls(torch.randn(count, PIXELS, generator=generator) / length)

    def sums(self, images: Tensor) -> Tensor:
        """As the protocol says."""
        angles = images @ self.frequencies.T
        summed = torch.cat([angles.cos().sum(0), angles.sin().sum(0)])
        return summed / math.sqrt(len(self.frequencies))
