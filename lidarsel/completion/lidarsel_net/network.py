"""lidarsel's network: nearly all the work in the image, once a frame; a light depth branch for every coalition.

    image  ->  ImageEncoder (U-Net)  ->  prior log depth, features at 1/4, 1/8, 1/16, upsampling weights
    lines  ->  to_columns            ->  log depth above, below, interpolated (1/4 resolution, exact on planes)
    both   ->  DepthBranch           ->  a convex choice among those hypotheses, times exp(a bounded residual)
           ->  upsample_convex       ->  full resolution
           ->  agree_with_measurements  ->  where a depth was measured, the measurement itself
           ->  SpreadHead       ->  of a network that has one: how far log depth may be off

The depth branch has no normalisation layers and each coalition goes through it alone, so that its result depends on
nothing else in the batch.
"""

import copy
import math
from dataclasses import replace

import torch
from torch import Tensor, nn

from lidarsel.choices import SpreadKind
from lidarsel.completion.lidarsel_net.columns import to_columns
from lidarsel.completion.lidarsel_net.depth_branch import DepthBranch
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.image_encoder import ImageEncoder, ImageFeatures, pad
from lidarsel.completion.lidarsel_net.laplace import make_room, take_doubt
from lidarsel.completion.lidarsel_net.last_answer import Doubt
from lidarsel.completion.lidarsel_net.measurements import agree_with_measurements, touched_by_measurements
from lidarsel.completion.lidarsel_net.mixture import Mixture, Router, Watch
from lidarsel.completion.lidarsel_net.posterior import DRAWN, make_drawn, settle
from lidarsel.completion.lidarsel_net.upsampling import bilinear_logits, upsample_convex

SQRT2 = math.sqrt(2)  # standard deviation of a Laplace distribution over its scale


def upsample_log_prior(features: ImageFeatures) -> Tensor:
    """(F, 1, H, W): the image-only log depth at full resolution."""
    fine = upsample_convex(features.prior_log, features.upsampling)
    return crop_padding(fine, features)


def crop_padding(padded: Tensor, features: ImageFeatures) -> Tensor:
    """(..., H', W') -> (..., H, W): the padding on top and at the right taken off."""
    height, width = features.size
    return padded[..., features.padded[0] - height :, :width]


class LidarselNet(nn.Module):
    """The whole network, as it is trained; ``FrozenLidarselNet`` is what the game uses."""

    def __init__(self, design: Design, seed: int = 0) -> None:
        super().__init__()
        self.design = design
        with torch.random.fork_rng(devices=[]):  # layers draw from the global generator; it is left as it was
            torch.default_generator.manual_seed(seed)
            self.image_encoder = ImageEncoder(design)
            self.depth_branch = DepthBranch(design)
            self._initialise()
        if design.spread is not None and design.spread in DRAWN:
            make_drawn(self.depth_branch, design.spread)

    def _initialise(self) -> None:
        """Start from plain interpolation and bilinear upsampling, the image prior a constant."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        leave, weights = self.depth_branch.leave, self.image_encoder.weights
        with torch.no_grad():
            for module in self.modules():
                if isinstance(module, (Mixture, Router)):
                    module.initialise()
            spread = self.depth_branch.spread
            last = () if spread is None else (spread.leave,)
            for head in (leave, weights, self.image_encoder.prior, *last):
                head.weight.mul_(0.05)
            leave.get_parameter("bias")[0] = 2.0  # the interpolated hypothesis
            weights.get_parameter("bias").copy_(bilinear_logits())

    def encode(self, image: Tensor, position: Tensor | None = None) -> ImageFeatures:
        """``image`` (F, 3, H, W) RGB in 0..1, ``position`` as in ImageEncoder -> features for its coalitions."""
        features: ImageFeatures = self.image_encoder(image, position)
        return features

    def predict_log(self, features: ImageFeatures, sparse_depth_m: Tensor, watch: Watch | None = None) -> Tensor:
        """(B, 1, H, W) metres, 0 = no value -> (B, 1, H, W) log depth, before measurements are written back.

        ``watch`` is told how a mixture's cells were routed.
        """
        columns = to_columns(pad(sparse_depth_m))
        coarse = self.depth_branch(columns, features, watch=watch)
        fine = upsample_convex(coarse.contiguous(), features.upsampling)
        return crop_padding(fine, features)

    def predict_with_spread(
        self,
        features: ImageFeatures,
        sparse_depth_m: Tensor,
        doubt: Doubt | None = None,
        watch: Watch | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Of a network that has a spread: what ``predict_log`` gives; what ``forward`` gives at the mean weights,
        without gradients; and (B, 1, H, W), ln of the scale of a Laplace distribution of log depth round the latter.

        Args:
            features, sparse_depth_m, watch: as of ``predict_log``.
            doubt: of the last weights, whose variance is part of the spread.
        """
        head = self.depth_branch.spread
        assert head is not None

        def fine(coarse: Tensor, upsampling: Tensor) -> Tensor:
            return crop_padding(upsample_convex(coarse.contiguous(), upsampling), features)

        coarse = self.depth_branch.with_spread(to_columns(pad(sparse_depth_m)), features, doubt, watch)
        log_depth = fine(coarse[0], features.upsampling)
        settled, log_scale = (fine(one, features.upsampling.detach()) for one in coarse[1:])
        touched = touched_by_measurements(settled, sparse_depth_m)
        log_scale = head.at_measurements(log_scale, sparse_depth_m > 0, touched)
        return log_depth, agree_with_measurements(settled, sparse_depth_m), log_scale

    def depth_and_spread(
        self, features: ImageFeatures, sparse_depth_m: Tensor, doubt: Doubt | None
    ) -> tuple[Tensor, Tensor]:
        """Likewise: what ``forward`` gives at the mean weights and its standard deviation, (B, 1, H, W) metres each."""
        _, depth_m, log_scale = self.predict_with_spread(features, sparse_depth_m, doubt)
        return depth_m, depth_m * (SQRT2 * log_scale.exp())

    def forward(self, features: ImageFeatures, sparse_depth_m: Tensor) -> Tensor:
        """(B, 1, H, W) metres, 0 = no value -> (B, 1, H, W) metres; measured pixels keep their measurement."""
        return agree_with_measurements(self.predict_log(features, sparse_depth_m), sparse_depth_m)


def spreading(network: LidarselNet, kind: SpreadKind, seed: int) -> LidarselNet:
    """A network with a spread of a kind, untrained, and the weights of one that has none, or one of numbers only.

    Args:
        network: left as it is.
        kind: of the spread.
        seed: of what is new.
    """
    made = LidarselNet(replace(network.design, spread="nll"), seed)
    made.load_state_dict(network.state_dict(), strict=False)
    if kind in DRAWN:
        make_drawn(made.depth_branch, kind)
    elif kind == "laplace":
        make_room(made.depth_branch)
    made.design = replace(made.design, spread=kind)
    return made


def settled(network: LidarselNet) -> tuple[LidarselNet, Doubt | None]:
    """A network of numbers for weights, the means of those of a network, and what the latter doubts of its last ones;
    itself, and None, where they are numbers already."""
    kind = network.design.spread
    if kind not in (*DRAWN, "laplace"):
        return network, None
    made = copy.deepcopy(network)
    doubt: Doubt = settle(made.depth_branch) if kind in DRAWN else take_doubt(made.depth_branch)
    made.design = replace(made.design, spread="nll")
    return made, doubt
