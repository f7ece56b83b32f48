"""Evidence from units that are scaled: reparameterised draws, through which the loss has a gradient.

    s ~ Dirichlet(alpha), K times             unit i of n is multiplied by mean * n * s_i
    objective = loss + KL(Dirichlet(alpha) || Dirichlet(prior)) / number of data

The loss is of what the units make, averaged over the K draws (Adamczewski and Park: "Dirichlet Pruning", AISTATS 2021;
their mean is 1 / n). About mean 1 a trained network is at its best, so that no scale has a slope, and what is learned
there is which units' noise does least harm; below it, the slopes say which units the weakened network needs most.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lidarsel.importance.dirichlet import dirichlet, divergence

if TYPE_CHECKING:
    from torch import Tensor


def draw_scales(raw: "Tensor", draws: int, mean: float) -> "Tensor":
    """Float64 (n,) raw parameters -> float64 (draws, n) scales, differentiable, with the given mean in each draw."""
    return mean * len(raw) * dirichlet(raw).rsample((draws,))


def objective(loss: "Tensor", raws: Sequence["Tensor"], prior: float, n_data: int) -> "Tensor":
    """What is made small: the mean loss of a datum, and how far each distribution has moved, shared by all data.

    Args:
        loss: scalar, the mean over data.
        raws: float64 (n,), the parameters of each Dirichlet that is learned.
        prior: alpha of the symmetric Dirichlet before any data.
        n_data: the number of data there are, however many are in a batch.
    """
    moved = sum(divergence(dirichlet(raw), prior) for raw in raws)
    return loss + moved / n_data
