"""Modified Bessel functions of the first kind in logarithms, of any order that weights have, with derivatives."""

import math
from typing import Any

import torch
from scipy.special import ive
from torch import Tensor

_EXPANDED_FROM = 40.0
"""Orders from here on take the expansion, whose error there is below 1e-11; SciPy's own underflows for large ones."""


def log_bessel_i(order: float, x: Tensor) -> Tensor:
    """ln I_order(x), differentiable in x.

    Args:
        order: >= 0.
        x: float64, > 0.
    """
    found: Tensor = _LogBesselI.apply(order, x)  # type: ignore[no-untyped-call]
    return found


def bessel_ratio(order: float, x: Tensor) -> Tensor:
    """I_order(x) / I_(order - 1)(x), from 0 to 1, differentiable in x.

    Args:
        order: >= 1.
        x: float64, > 0.
    """
    found: Tensor = _Ratio.apply(order, x)  # type: ignore[no-untyped-call]
    return found


class _LogBesselI(torch.autograd.Function):
    """Its derivative is I_(order + 1) / I_order + order / x (DLMF 10.29.2)."""

    @staticmethod
    def forward(ctx: Any, order: float, x: Tensor) -> Tensor:
        ctx.order = order
        ctx.save_for_backward(x)
        return _log(order, x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        (x,) = ctx.saved_tensors
        return None, grads[0] * (_quotient(ctx.order + 1, x) + ctx.order / x)


class _Ratio(torch.autograd.Function):
    """Of a ratio A its derivative is 1 - A^2 - (2 order - 1) A / x."""

    @staticmethod
    def forward(ctx: Any, order: float, x: Tensor) -> Tensor:
        ratio = _quotient(order, x)
        ctx.order = order
        ctx.save_for_backward(x, ratio)
        return ratio

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        x, ratio = ctx.saved_tensors
        return None, grads[0] * (1 - ratio.square() - (2 * ctx.order - 1) * ratio / x)


def _quotient(order: float, x: Tensor) -> Tensor:
    return torch.exp(_log(order, x) - _log(order - 1, x))


def _log(order: float, x: Tensor) -> Tensor:
    if order < _EXPANDED_FROM:
        scaled = torch.as_tensor(ive(order, x.detach().cpu().numpy()), device=x.device)
        return scaled.log() + x
    return _expanded(order, x)


def _expanded(order: float, x: Tensor) -> Tensor:
    """The uniform expansion for large orders, DLMF 10.41.3 with the polynomials of 10.41.10."""
    z = x / order
    root = torch.sqrt(1 + z.square())
    p = 1 / root
    p2 = p.square()
    series = 1 + p * (3 - 5 * p2) / (24 * order)
    series = series + p2 * (81 - 462 * p2 + 385 * p2**2) / (1152 * order**2)
    series = series + p**3 * (30375 - 369603 * p2 + 765765 * p2**2 - 425425 * p2**3) / (414720 * order**3)
    fourth = 4465125 - 94121676 * p2 + 349922430 * p2**2 - 446185740 * p2**3 + 185910725 * p2**4
    series = series + p2**2 * fourth / (39813120 * order**4)
    exponent = order * (root + torch.log(z / (1 + root)))
    return exponent - 0.5 * math.log(2 * math.pi * order) - 0.5 * torch.log(root) + torch.log(series)
