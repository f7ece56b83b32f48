"""Importance of units by the size of the weights that make their channels: no data is needed."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.completion.coupling import axes_of, weights_of, widths_of
from lidarsel.importance.channels.subject import Subject


def magnitude(subject: Subject, power: int) -> NDArray[np.float64]:
    """Float64 (units,): the norm of the weights that make each, over the mean of its layer.

    Weights are those of every maker of the layer, biases and normalisations left out: vectors count where no other
    weight makes the layer. Layers differ in the number and size of their weights, so that only what is relative to a
    layer's mean can be compared between them. In a layer all of whose weights are 0, every unit has 0.

    Args:
        subject: whose task is not asked.
        power: 1 for the L1, 2 for the L2 norm.
    """
    weights = weights_of(subject.module)
    widths = widths_of(subject.couplings)
    made: dict[str, list[Tensor]] = {}
    vectors: dict[str, list[Tensor]] = {}
    for name, at in axes_of(subject.couplings).items():
        for place in at:
            if name in weights and not place.reads:
                rows = weights[name].double().abs().pow(power).movedim(place.axis, 0)[..., None].flatten(1).sum(1).cpu()
                width = widths[place.layer]
                mine = rows[place.start : place.start + width * place.inputs]
                kind = made if weights[name].ndim > 1 else vectors
                kind.setdefault(place.layer, []).append(mine.view(width, place.inputs).sum(1))
    found = np.zeros(len(subject.units))
    for layer, places in subject.places.items():
        sums = torch.stack(made.get(layer) or vectors[layer]).sum(0)
        norms = np.array([float(sums[list(subject.units[place].channels)].sum()) for place in places]) ** (1 / power)
        found[places] = norms / (norms.mean() or 1.0)
    return found
