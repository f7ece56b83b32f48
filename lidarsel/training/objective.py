"""The loss of a batch as one module, which is what several processes share the gradients of."""

import kornia
import torch
from torch import Tensor, nn

from lidarsel.completion.base import TrainableNetwork
from lidarsel.completion.spreading import drawing_weights, learning_spread
from lidarsel.training.loss import depth_loss, split_loss
from lidarsel.training.settings import TrainSettings
from lidarsel.training.spread_loss import spread_loss

TEACHER_WEIGHT = 1.0
"""Of the distance to a teacher's depth, beside that to the ground truth."""


class Objective(nn.Module):
    """Network and loss. Convolutions run in the precision of the settings; depths and losses in float32.

    Args:
        network: what is trained.
        settings: of its training.
        teacher: a network whose depths are to be met as well, at every pixel; None is none. It is not trained.

    Attributes:
        divergence_share: of the divergence of weights that are drawn, in the loss of the next batch.
    """

    def __init__(
        self, network: TrainableNetwork, settings: TrainSettings, teacher: TrainableNetwork | None = None
    ) -> None:
        super().__init__()
        self.module = network.module  # registered: its parameters are this module's
        self.network, self.settings, self.teacher = network, settings, teacher
        self.divergence_share = 0.0

    def forward(
        self, image: Tensor, position: Tensor, sparse_depth_m: Tensor, truth_m: Tensor, swept: Tensor
    ) -> Tensor:
        """The mean over the samples of a batch, a scalar.

        Args:
            image, position, sparse_depth_m, truth_m, swept: as ``Batch`` has them.
        """
        s = self.settings
        with torch.autocast(image.device.type, torch.bfloat16, enabled=s.precision == "bfloat16"):
            spreading = learning_spread(self.network)
            answers = None if spreading is None else spreading.answers(image, position, sparse_depth_m)
            depths = answers.depths if answers else self.network.log_depths(image, position, sparse_depth_m)
            log_depth, log_prior, own_loss = depths
        log_depth = log_depth.float()
        subsets = len(log_depth) // len(truth_m)
        truth_of_each, swept_of_each = (of.repeat_interleave(subsets, 0) for of in (truth_m, swept))
        loss = split_loss(log_depth, truth_of_each, swept_of_each)
        if answers is not None:
            loss = loss + spread_loss(
                answers.used_log_depth.float(), answers.log_scale.float(), truth_of_each, swept_of_each
            )
        drawing = drawing_weights(self.network)
        if drawing is not None:
            loss = loss + self.divergence_share * drawing.divergence()
        if log_prior is not None:
            loss = loss + s.prior_weight * split_loss(log_prior.float(), truth_m, swept)
        if self.teacher is not None:
            with torch.no_grad():
                told = self.teacher.log_depths(image, position, sparse_depth_m)
            loss = loss + TEACHER_WEIGHT * depth_loss(log_depth, told.log_depth.float().exp())
        if own_loss is not None:
            loss = loss + own_loss
        if s.smoothness > 0:
            loss = loss + s.smoothness * smoothness(log_depth, image.repeat_interleave(subsets, 0))
        return loss


def smoothness(log_depth: Tensor, image: Tensor) -> Tensor:
    """(B, 1, H, W) and (B, 3, H, W) -> kornia's edge-aware smoothness, a scalar.

    Of inverse depth over its mean, which makes it the same near and far (Godard et al. 2019, equation 3).
    """
    inverse = torch.exp(-log_depth)
    inverse = inverse / inverse.mean((2, 3), keepdim=True)
    loss: Tensor = kornia.losses.inverse_depth_smoothness_loss(inverse, image)
    return loss
