"""The one way by which private data reach the weights: a sum of clipped gradients, with noise."""

from collections.abc import Iterable

import torch
from torch import Tensor

from lidarsel.privacy.secret_draws import draw_gaussian


def clipped(gradient: Tensor, clip_norm: float) -> Tensor:
    """Float (n,) -> float64 (n,) of the same direction and a norm of at most ``clip_norm``.

    A gradient that is no number counts as zero: an error about it would tell of one unit.
    """
    exact = gradient.double()
    norm = float(torch.linalg.vector_norm(exact))
    if not norm < float("inf"):
        return torch.zeros_like(exact)
    return exact * (clip_norm / max(norm, clip_norm))


def noisy_sum(gradients: Iterable[Tensor], size: int, clip_norm: float, noise_multiplier: float) -> Tensor:
    """Sum of the clipped gradients plus noise of a standard deviation of ``noise_multiplier * clip_norm`` (Abadi et
    al.: "Deep learning with differential privacy", CCS 2016).

    Args:
        gradients: (size,) of one unit each, of any number of units, none included.
        size: how many weights take part.
        clip_norm: the most that one unit can move the sum, in Euclidean norm.
        noise_multiplier: 0 is no noise, and no privacy.

    Returns:
        Float64 (size,), on the CPU.
    """
    total = torch.zeros(size, dtype=torch.float64)
    for gradient in gradients:
        total += clipped(gradient.cpu(), clip_norm)
    if noise_multiplier > 0:
        total += noise_multiplier * clip_norm * torch.from_numpy(draw_gaussian(size))
    return total
