"""lidarsel's network: nearly all the work in the image, once a frame; a light depth branch for every coalition.

    image  ->  ImageEncoder (U-Net)  ->  prior log depth, features at 1/4, 1/8, 1/16, upsampling weights
    lines  ->  to_columns            ->  log depth above, below, interpolated (1/4 resolution, exact on planes)
    both   ->  DepthBranch           ->  a convex choice among those hypotheses, times exp(a bounded residual)
           ->  upsample_convex       ->  full resolution
           ->  agree_with_measurements  ->  where a depth was measured, the measurement itself

The depth branch has no normalisation layers and each coalition goes through it alone, so that its result depends on
nothing else in the batch.
"""

import torch
from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.columns import to_columns
from lidarsel.completion.lidarsel_net.depth_branch import DepthBranch
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.image_encoder import ImageEncoder, ImageFeatures, pad
from lidarsel.completion.lidarsel_net.measurements import agree_with_measurements
from lidarsel.completion.lidarsel_net.mixture import Mixture, Router, Watch
from lidarsel.completion.lidarsel_net.upsampling import bilinear_logits, upsample_convex


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
            for head in (leave, weights, self.image_encoder.prior):
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

    def forward(self, features: ImageFeatures, sparse_depth_m: Tensor) -> Tensor:
        """(B, 1, H, W) metres, 0 = no value -> (B, 1, H, W) metres; measured pixels keep their measurement."""
        return agree_with_measurements(self.predict_log(features, sparse_depth_m), sparse_depth_m)
