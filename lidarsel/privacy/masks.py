"""Which weights take part in private training: a share fixed beforehand, or drawn anew at every step.

Nothing here sees private data: a mask follows from chance, from weights that are public or private already, or from
importance that was measured on public frames. So it costs no privacy, and is the same for neighbouring data sets.

Masks are bool (n,) over all weights of a network, one parameter tensor after the other.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor


def flat(tensors: Iterable[Tensor]) -> Tensor:
    """Several tensors as one, on the CPU, each in the order of its indices however it lies in memory."""
    return torch.cat([tensor.detach().reshape(-1).cpu() for tensor in tensors])


def fixed_mask(share: float, score: Tensor) -> Tensor:
    """The share of the weights with the highest scores, one at least; of equal scores the first."""
    chosen = torch.zeros(len(score), dtype=torch.bool)
    chosen[torch.argsort(score, descending=True, stable=True)[: _number(share, len(score))]] = True
    return chosen


def step_mask(fixed: Tensor, drop: float, score: Tensor) -> Tensor:
    """What of a fixed mask takes part in one step: all of it but the share ``drop`` with the lowest scores."""
    if drop == 0:
        return fixed
    places = torch.nonzero(fixed)[:, 0]
    chosen = torch.zeros_like(fixed)
    chosen[places[fixed_mask(1 - drop, score[places])]] = True
    return chosen


def random_score(count: int, *seed: int) -> Tensor:
    """Float64 (count,): scores by chance. Chance may follow a seed here, as a mask is no secret."""
    return torch.from_numpy(np.random.default_rng(seed).random(count))


def _number(share: float, count: int) -> int:
    return max(1, round(share * count))
