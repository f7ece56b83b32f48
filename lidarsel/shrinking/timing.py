"""How long networks take, beside each other: in turns, so that what else the machine does falls on all of them."""

import time
from collections.abc import Sequence
from statistics import median

import torch

from lidarsel.completion.base import CompletionNetwork
from lidarsel.shrinking.work import Amount

TURNS = 7


def milliseconds(networks: Sequence[CompletionNetwork], size: tuple[int, int], turns: int = TURNS) -> list[Amount]:
    """Of encoding an image of (H, W) and of one coalition of it, on the networks' device: the median over turns.

    Every fifth row of the lower two thirds has a depth, roughly as a lidar of many lines leaves them. A first turn is
    not counted, in which libraries choose their kernels.
    """
    generator = torch.Generator().manual_seed(0)
    image = torch.rand((1, 3, *size), generator=generator)
    sparse = torch.zeros((1, 1, *size))
    sparse[..., size[0] // 3 :: 5, :] = 10.0
    intrinsics = torch.eye(3)[None]
    taken: list[list[tuple[float, float]]] = [[] for _ in networks]
    for turn in range(turns + 1):
        for network, times in zip(networks, taken, strict=True):
            started = _now()
            features = network.encode(image, intrinsics if network.uses_intrinsics else None)
            encoded = _now()
            network.complete(features, sparse)
            if turn:
                times.append((encoded - started, _now() - encoded))
    return [Amount(1000 * median(e for e, _ in times), 1000 * median(c for _, c in times)) for times in taken]


def _now() -> float:
    """Seconds, once a GPU has done what it was asked."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
