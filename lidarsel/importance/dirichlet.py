"""The Dirichlet distribution that is learned: one real parameter for each unit, with no bounds to keep to.

    s ~ Dirichlet(alpha),  alpha = softplus(raw + ln(e - 1)) + 0.001

Raw 0 is alpha 1, but for the last thousandth, which keeps alpha above 0 wherever raw goes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor
    from torch.distributions import Dirichlet

_AT_ONE = float(np.log(np.e - 1))
_LEAST = 1e-3


def dirichlet(raw: "Tensor") -> "Dirichlet":
    """Float64 (n,) raw parameters -> the distribution, differentiable by them."""
    import torch
    from torch.distributions import Dirichlet

    return Dirichlet(torch.nn.functional.softplus(raw + _AT_ONE) + _LEAST)


def raw_of(alpha: float) -> float:
    """The raw parameter of an alpha, which is above 0.001."""
    return float(np.log(np.expm1(alpha - _LEAST))) - _AT_ONE


def divergence(learned: "Dirichlet", prior: float) -> "Tensor":
    """KL(learned || Dirichlet(prior, ..., prior)) in nats, a scalar."""
    import torch
    from torch.distributions import Dirichlet, kl_divergence

    return kl_divergence(learned, Dirichlet(torch.full_like(learned.concentration, prior)))


def moments(raw: "Tensor") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Float64 (n,) raw parameters -> float64 (n,), mean of each share, which sum to 1, and its standard deviation."""
    learned = dirichlet(raw.detach())
    return learned.mean.numpy(), learned.variance.sqrt().numpy()


@contextmanager
def global_generator(seed: int) -> Iterator[None]:
    """Seed torch's global generator, which Dirichlet draws from, and put it back as it was."""
    import torch

    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.random.set_rng_state(state)
