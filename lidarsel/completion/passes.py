"""Coalitions through a network in passes of one fixed size.

Convolution libraries choose their algorithm, and so the order of their sums, by the size of a batch: with one size a
coalition's figures are the same to the bit whatever it is asked together with.
"""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional


def in_passes(run: Callable[[Tensor], Tensor], depth_m: Tensor, size: int, one: tuple[int, ...]) -> Tensor:
    """Complete depths by ``run``, which takes ``size`` coalitions; empty ones fill up the last pass.

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
        filled = functional.pad(part, (0, 0) * (part.ndim - 1) + (0, size - len(part))) if len(part) < size else part
        completed[start : start + size] = run(filled)[: len(part)]
    return completed
