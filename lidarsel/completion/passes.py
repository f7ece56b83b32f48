"""Coalitions through a network in passes of one fixed size.

Convolution libraries choose their algorithm, and so the order of their sums, by the size of a batch: with one size a
coalition's figures are the same to the bit whatever it is asked together with.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def in_passes(run: Callable[[Tensor], Tensor], depth_m: Tensor, size: int, one: tuple[int, ...]) -> Tensor:
    """Complete depths by ``run``, which takes ``size`` coalitions; the last one, again, fills up the last pass.

    Not an empty one: a network that cannot answer without any line would fail at what nobody asked.

    Args:
        run: (size, ...) -> (size, *one).
        depth_m: (B, ...), what a coalition measured, 0 = nothing.
        size: of a pass.
        one: the shape of a coalition's answer.

    Returns:
        (B, *one).
    """
    completed = depth_m.new_empty((len(depth_m), *one))
    for start in range(0, len(depth_m), size):
        part = depth_m[start : start + size]
        filled = torch.cat([part, part[-1:].expand(size - len(part), *part.shape[1:])]) if len(part) < size else part
        completed[start : start + size] = run(filled)[: len(part)]
    return completed
