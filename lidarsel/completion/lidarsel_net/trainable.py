"""How lidarsel's network is trained: a ``TrainableNetwork``."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
from torch import Tensor

from lidarsel.completion.base import LogDepths
from lidarsel.completion.lidarsel_net.checkpoint import save_network, weights_sha256
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.fitting import fit_root
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.laplace import set_root
from lidarsel.completion.lidarsel_net.mixture import Routing
from lidarsel.completion.lidarsel_net.network import LidarselNet, upsample_log_prior
from lidarsel.completion.lidarsel_net.posterior import DRAWN, draw_all, spread_names
from lidarsel.completion.spreading import SpreadAnswers, TruthBatch
from lidarsel.errors import UsageError
from lidarsel.uncertainty.drawn import total_kl


class TrainableLidarselNet:
    """A new network, or a copy of one to go on from.

    Args:
        design: of the network; None takes the start's, or the default.
        seed: of a new network's weights.
        start: the network to go on from; None starts a new one.

    Raises:
        UsageError: for another design than the start's.
    """

    def __init__(self, design: Design | None, seed: int, start: LidarselNet | None = None) -> None:
        design = design or (start.design if start else Design())
        if start is not None and design != start.design:
            raise UsageError(
                "the design asked for is not that of the weights to start from; leave it out, or give --start scratch"
            )
        self.module = LidarselNet(design, seed)
        self.start = "scratch" if design.spread is None else f"scratch, with a spread by {design.spread}"
        if start is not None:
            self.module.load_state_dict(start.state_dict())
            self.start = weights_sha256(start.design, start.state_dict())

    def log_depths(self, image: Tensor, position: Tensor, sparse_depth_m: Tensor) -> LogDepths:
        """As the protocol says."""
        features = self.module.encode(image, position)
        routings: list[Routing] = []
        log_depth = self.module.predict_log(features, sparse_depth_m, routings.append)
        own_loss = routings[0].loss() if routings else None
        return LogDepths(log_depth, upsample_log_prior(features), own_loss)

    @property
    def learns_spread(self) -> bool:
        """As ``LearnsSpread`` says."""
        return self.module.design.spread is not None

    @property
    def spread_weights(self) -> Collection[str]:
        """As ``LearnsSpread`` says."""
        own = [name for name, _ in self.module.named_parameters() if name.startswith("depth_branch.spread.")]
        return [*own, *spread_names(self.module)]

    @property
    def draws_weights(self) -> bool:
        """As ``DrawsWeights`` says."""
        return self.module.design.spread in DRAWN

    def draw(self, rng: np.random.Generator) -> None:
        """As ``DrawsWeights`` says."""
        draw_all(self.module, rng)

    def divergence(self) -> Tensor:
        """As ``DrawsWeights`` says."""
        return total_kl(self.module)

    def answers(self, image: Tensor, position: Tensor, sparse_depth_m: Tensor) -> SpreadAnswers:
        """As ``LearnsSpread`` says."""
        features = self.module.encode(image, position)
        routings: list[Routing] = []
        predicted = self.module.predict_with_spread(features, sparse_depth_m, watch=routings.append)
        log_depth, depth_m, log_scale = predicted
        own_loss = routings[0].loss() if routings else None
        depths = LogDepths(log_depth, upsample_log_prior(features), own_loss)
        return SpreadAnswers(depths, depth_m.log(), log_scale)

    @property
    def fits_afterwards(self) -> bool:
        """As ``FitsAfterwards`` says."""
        return self.module.design.spread == "laplace"

    def fit_afterwards(
        self, weights: Mapping[str, Tensor], batches: Iterable[TruthBatch], n_frames: int, unswept: float
    ) -> None:
        """As ``FitsAfterwards`` says."""
        set_root(self.module.depth_branch, fit_root(self._with(weights).eval(), batches, n_frames, unswept))

    def freeze(self, weights: Mapping[str, Tensor], device: str) -> FrozenLidarselNet:
        """As the protocol says."""
        return FrozenLidarselNet(self._with(weights), device)

    def save(self, weights: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str]) -> None:
        """As the protocol says."""
        save_network(self._with(weights), path, metadata)

    def _with(self, weights: Mapping[str, Tensor]) -> LidarselNet:
        """A copy on the CPU with these weights, and what was fitted afterwards."""
        network = LidarselNet(self.module.design)
        network.load_state_dict({**dict(self.module.named_buffers()), **weights})
        return network
