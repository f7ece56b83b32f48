"""A deep ensemble: several whole networks, whose answers are one answer, and whose differences are part of its spread.

    log depth = mean of the members' log depths
    variance of log depth = mean of the members' 2 b^2 + variance of their log depths between them

the mean and variance of the mixture of the members' Laplace distributions, each of which has a second output
(Lakshminarayanan, Pritzel and Blundell: "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles",
2017, with Gaussians). The mean is of log depths in metres the geometric one.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.identity import sha256_of
from lidarsel.completion.lidarsel_net.at_pixels import PixelPlan
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.image_encoder import ImageFeatures
from lidarsel.completion.lidarsel_net.whole import WholeAnswer
from lidarsel.completion.spreading import DEPTH, SPREAD
from lidarsel.errors import UsageError


class FrozenEnsemble:
    """A ``CompletionNetwork`` that also ``CompletesAtPixels``, ``TellsMemory`` and ``TellsSpread``, of networks that
    do so themselves: what it costs is what they cost together.

    Args:
        members: two at least, on one device.
    """

    uses_image = True
    uses_intrinsics = False

    def __init__(self, members: Sequence[FrozenLidarselNet]) -> None:
        self.members = tuple(members)
        self.name = f"lidarsel, {len(self.members)} networks"

    @cached_property
    def sha256(self) -> str:
        """As the protocol says."""
        return sha256_of(["ensemble", *(member.sha256 for member in self.members)], {})

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> tuple[ImageFeatures, ...]:
        """As the protocol says."""
        return tuple(member.encode(image, intrinsics) for member in self.members)

    @torch.inference_mode()
    def complete(self, features: Sequence[ImageFeatures], sparse_depth_m: Tensor) -> Tensor:
        """As the protocol says."""
        pairs = zip(self.members, features, strict=True)
        return _mean_depth([member.complete(of_image, sparse_depth_m) for member, of_image in pairs])

    def plan(
        self, features: Sequence[ImageFeatures], measured_pixel: Tensor, asked_pixel: Tensor
    ) -> tuple[PixelPlan, ...]:
        """As the protocol says."""
        pairs = zip(self.members, features, strict=True)
        return tuple(member.plan(of_image, measured_pixel, asked_pixel) for member, of_image in pairs)

    @torch.inference_mode()
    def complete_at(self, plan: Sequence[PixelPlan], measured_m: Tensor) -> Tensor:
        """As the protocol says."""
        pairs = zip(self.members, plan, strict=True)
        return _mean_depth([member.complete_at(of_member, measured_m) for member, of_member in pairs])

    @property
    def tells_spread(self) -> bool:
        """As ``TellsSpread`` says."""
        return all(member.tells_spread for member in self.members)

    @torch.inference_mode()
    def complete_with_spread(self, features: Sequence[ImageFeatures], sparse_depth_m: Tensor) -> tuple[Tensor, Tensor]:
        """As ``TellsSpread`` says."""
        pairs = zip(self.members, features, strict=True)
        return _together([member.complete_with_spread(of_image, sparse_depth_m) for member, of_image in pairs])

    def in_one_piece(self) -> nn.Module:
        """As it answers here, for an export."""
        return _WholeEnsemble([member.in_one_piece() for member in self.members], self.tells_spread)

    def bytes_for(self, size: tuple[int, int]) -> int:
        """As ``TellsMemory`` says."""
        return sum(member.bytes_for(size) for member in self.members)


class _WholeEnsemble(nn.Module):
    """Several networks whose answers are one.

    Args:
        members: in one piece each.
        tells_spread: whether they all tell one.
    """

    def __init__(self, members: Sequence[nn.Module], tells_spread: bool) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.tells_spread = tells_spread

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> WholeAnswer:
        """As of a member."""
        answers = [member(image, sparse_depth_m) for member in self.members]
        if not self.tells_spread:
            return _mean_depth(answers)
        depth_m, spread_m = _together([(answer[DEPTH], answer[SPREAD]) for answer in answers])
        return {DEPTH: depth_m, SPREAD: spread_m}


def require_one(network: CompletionNetwork, weights: str | Path | None) -> None:
    """Raises UsageError for an ensemble, which cannot be cut. weights: its file."""
    if isinstance(network, FrozenEnsemble):
        raise UsageError(f"--weights {weights}: an ensemble cannot be cut; give the weights of one network")


def _together(told: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Depth and spread in metres of the mixture of networks that told theirs, all of one shape."""
    depth_m = _mean_depth([each for each, _ in told])
    own = torch.stack([(spread_m / each).square() for each, spread_m in told]).mean(0)
    between = torch.stack([(each / depth_m).log().square() for each, _ in told]).mean(0)
    return depth_m, depth_m * (own + between).sqrt()


def _mean_depth(depths_m: Sequence[Tensor]) -> Tensor:
    """The geometric mean; where all are one, that to the bit, as measured pixels keep their measurement."""
    first = depths_m[0]
    return first * torch.stack([(each / first).log() for each in depths_m]).mean(0).exp()
