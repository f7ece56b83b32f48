"""Importance of units by how the loss would change without them, to first order (Molchanov et al., ICLR 2017)."""

import numpy as np
import torch
from numpy.typing import NDArray

from lidarsel.importance.channels.scaling import ScaledNetwork
from lidarsel.importance.channels.subject import Subject


def taylor(subject: Subject) -> NDArray[np.float64]:
    """Float64 (units,): |d loss / d scale| at scale 1, the mean over batches, in the unit of the loss.

    The derivative by a unit's scale is the sum of gradient times activation over all that the unit's channels are; its
    sign says whether the loss would rise or fall, its size how much the unit matters. Layers compare as they are.

    Raises:
        UsageError: there is no data.
        LidarselError: the network's loss is not finite.
    """
    task, network = subject.used_for, ScaledNetwork(subject)
    scales = {
        layer: torch.ones(len(places), dtype=torch.float64, requires_grad=True)
        for layer, places in subject.places.items()
    }
    found = np.zeros(len(subject.units))
    for batch in task.batches:
        with torch.enable_grad():
            loss = task.finite_loss(network(scales, batch), batch)
        gradients = torch.autograd.grad(loss, list(scales.values()))
        for places, gradient in zip(subject.places.values(), gradients, strict=True):
            found[places] += gradient.abs().numpy()
    return found / len(task.batches)
