"""Coalitions through a network in passes of one fixed size.

Convolution libraries choose their algorithm, and so the order of their sums, by the size of a batch: with one size a
coalition's figures are the same to the bit whatever it is asked together with.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def in_passes(run: Callable[[Tensor], Tensor], sparse_depth_m: Tensor, size: int) -> Tensor:
    """Complete (B, 1, H, W) depths by ``run``, which takes ``size`` of them; empty coalitions fill up the last pass."""
    completed = torch.empty_like(sparse_depth_m)
    for start in range(0, len(sparse_depth_m), size):
        part = sparse_depth_m[start : start + size]
        filled = functional.pad(part, (0, 0, 0, 0, 0, 0, 0, size - len(part))) if len(part) < size else part
        completed[start : start + size] = run(filled)[: len(part)]
    return completed
