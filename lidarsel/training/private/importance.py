"""How much each weight matters on public frames."""

from collections.abc import Mapping

import msgspec
import torch
from torch import Tensor

from lidarsel.privacy.masks import flat
from lidarsel.training.batches import FrameSource, make_batch
from lidarsel.training.objective import Objective
from lidarsel.training.settings import TrainSettings


def importance(
    objective: Objective, weights: Mapping[str, Tensor], public: FrameSource, settings: TrainSettings
) -> Tensor:
    """Float, flat: |weight * d loss / d weight|, the mean over one image of each public frame: how the loss would
    change without the weight, to first order (Molchanov et al., ICLR 2017)."""
    one_image = msgspec.structs.replace(settings, images_per_step=1)
    found = torch.zeros(sum(weight.numel() for weight in weights.values()))
    for step in range(len(public)):
        batch = make_batch(public, one_image, step)
        loss = objective(*(part.to(settings.device) for part in batch))
        gradients = torch.autograd.grad(loss, list(weights.values()))
        found += (flat(weights.values()) * flat(gradients)).abs()
    return found / len(public)
