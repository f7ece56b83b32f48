"""What the rest of lidarsel knows of networks that say how far their depths may be off: in use, and in training."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from torch import Tensor

from lidarsel.completion.base import CompletionNetwork, LogDepths, TrainableNetwork

DEPTH, SPREAD = "depth_m", "spread_m"
"""The outputs of files that lidarsel writes. The second, wherever it stands in what a network returns, says how far the
depth may be off."""


@runtime_checkable
class TellsSpread(Protocol):
    """Of a completion network that can say how far its depths may be off.

    Attributes:
        tells_spread: whether this one does; some networks of a kind do and others do not.
    """

    @property
    def tells_spread(self) -> bool: ...

    def complete_with_spread(self, features: Any, sparse_depth_m: Tensor) -> tuple[Tensor, Tensor]:
        """``complete``'s depths, and of every pixel the standard deviation of the truth round it.

        Args:
            features, sparse_depth_m: as of ``complete``.

        Returns:
            Float32 (B, 1, H, W) metres each, > 0 everywhere; a coalition's, whatever else is in the batch.
        """
        ...


def with_spread(network: CompletionNetwork) -> TellsSpread | None:
    """The network where it says how far its depths may be off, else None."""
    return network if isinstance(network, TellsSpread) and network.tells_spread else None


class SpreadAnswers(NamedTuple):
    """What a network in training answers, shapes as in ``LogDepths``.

    Attributes:
        depths: as ``TrainableNetwork.log_depths`` gives them.
        used_log_depth: (F * K, 1, H, W), what of them is used, without gradients.
        log_scale: (F * K, 1, H, W), ln of the scale of a Laplace distribution of the true log depth round it.
    """

    depths: LogDepths
    used_log_depth: Tensor
    log_scale: Tensor


@runtime_checkable
class LearnsSpread(Protocol):
    """Of a ``TrainableNetwork`` that also learns how far its depths may be off.

    Attributes:
        learns_spread: whether this one does.
        spread_weights: names of the parameters of ``module`` that the spread alone is made of.
    """

    @property
    def learns_spread(self) -> bool: ...

    @property
    def spread_weights(self) -> Collection[str]: ...

    def answers(self, image: Tensor, position: Tensor, sparse_depth_m: Tensor) -> SpreadAnswers:
        """``log_depths``, and the spread beside them."""
        ...


def learning_spread(network: TrainableNetwork) -> LearnsSpread | None:
    """The network where it learns how far its depths may be off, else None."""
    return network if isinstance(network, LearnsSpread) and network.learns_spread else None


@runtime_checkable
class DrawsWeights(Protocol):
    """Of a ``TrainableNetwork`` some of whose weights are distributions, which are drawn from while it learns.

    Attributes:
        draws_weights: whether this one's are.
    """

    @property
    def draws_weights(self) -> bool: ...

    def draw(self, rng: np.random.Generator) -> None:
        """Draw the weights that answers are made with until the next draw."""
        ...

    def divergence(self) -> Tensor:
        """Of the distributions from what they were before any data, in nats, a scalar, differentiable."""
        ...


def drawing_weights(network: TrainableNetwork) -> DrawsWeights | None:
    """The network where its weights are drawn, else None."""
    return network if isinstance(network, DrawsWeights) and network.draws_weights else None


TruthBatch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Of F frames: image, position and sparse depth as of ``TrainableNetwork.log_depths``; the true depth in metres, float
(F, 1, H, W), 0 = no value; and where the lidar's lines can tell it, bool (F, 1, H, W)."""


@runtime_checkable
class FitsAfterwards(Protocol):
    """Of a ``TrainableNetwork`` that learns more of what it was trained on once its weights are there.

    Attributes:
        fits_afterwards: whether this one does.
    """

    @property
    def fits_afterwards(self) -> bool: ...

    def fit_afterwards(
        self, weights: Mapping[str, Tensor], batches: Iterable[TruthBatch], n_frames: int, unswept: float
    ) -> None:
        """Learn it: ``freeze`` and ``save`` have it from now on.

        Args:
            weights: values of the module's parameters, by name: those that will be saved.
            batches: of frames it was trained on.
            n_frames: that it was trained on, for which those of the batches stand.
            unswept: what a place counts where the lidar does not sweep, beside 1 where it does.
        """
        ...


def fitting_afterwards(network: TrainableNetwork) -> FitsAfterwards | None:
    """The network where it learns more afterwards, else None."""
    return network if isinstance(network, FitsAfterwards) and network.fits_afterwards else None
