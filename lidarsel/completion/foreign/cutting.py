"""A user's own network with fewer channels: a copy of its module with smaller weights."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from lidarsel.completion.coupling import (
    Coupling,
    Kept,
    LayerPlace,
    axes_of,
    cut_or_unread,
    require_fit,
    unread,
    weights_of,
    with_one_left,
    with_weights,
)


def cut_module(module: nn.Module, couplings: Sequence[Coupling], kept: Kept) -> nn.Module:
    """A copy of the channels that stay, with weights of its own.

    A layer of which nothing stays has one channel, which nothing reads. Raises ValueError as ``cut_or_unread``, and
    whatever copying the module raises.
    """
    made = with_weights(module, cut_or_unread(_with_channels(module, couplings), couplings, kept))
    split = {name for name, places in axes_of(couplings).items() if any(place.splits for place in places)}
    for name, layer in made.named_modules(remove_duplicate=False):
        _tell_widths(layer, f"{name}.weight" in split)
    return made


def masked_module(module: nn.Module, couplings: Sequence[Coupling], kept: Kept) -> nn.Module:
    """A copy of the whole in which nothing reads the channels that do not stay: what a cut one is to answer."""
    require_fit(couplings, kept)
    return with_weights(module, unread(_with_channels(module, couplings), couplings, kept))


def cut_couplings(couplings: Sequence[Coupling], kept: Kept) -> tuple[Coupling, ...]:
    """Those of the cut network. Layers of one channel are left out, as it must stay."""
    axes, kept = axes_of(couplings), with_one_left(kept)

    def moved(weight: str, place: LayerPlace) -> LayerPlace:
        gone = 0
        for other in axes[weight]:
            if other.axis == place.axis and other.start < place.start and other.layer in kept:
                entries = other.start + np.flatnonzero(np.repeat(~kept[other.layer], other.inputs))
                gone += int((entries < place.start).sum())
        return place._replace(start=place.start - gone)

    left = []
    for coupling in couplings:
        width = int(kept[coupling.name].sum()) if coupling.name in kept else coupling.width
        places = tuple((weight, moved(weight, place)) for weight, place in coupling.places)
        if width > 1:
            left.append(Coupling(coupling.name, (1,) * width, places=places))
    return tuple(left)


def _with_channels(module: nn.Module, couplings: Sequence[Coupling]) -> dict[str, Tensor]:
    """The weights that have any layer's channels."""
    axes = axes_of(couplings)
    return {name: tensor for name, tensor in weights_of(module).items() if name in axes}


def _tell_widths(layer: nn.Module, split: bool) -> None:
    """A layer's own numbers of channels, which some of PyTorch's look at. split: whether each channel is a group."""
    weight = getattr(layer, "weight", None)
    if isinstance(layer, _ConvNd) and isinstance(weight, Tensor):
        if layer.transposed:
            layer.groups = weight.shape[0] if split else layer.groups
            layer.in_channels, layer.out_channels = weight.shape[0], weight.shape[1] * layer.groups
        else:
            layer.groups = weight.shape[0] * layer.groups // layer.out_channels if split else layer.groups
            layer.in_channels, layer.out_channels = weight.shape[1] * layer.groups, weight.shape[0]
    elif isinstance(layer, nn.Linear):
        layer.out_features, layer.in_features = layer.weight.shape
    elif isinstance(layer, _NormBase):
        own = next((x for x in (layer.weight, layer.running_mean) if x is not None), None)
        layer.num_features = layer.num_features if own is None else len(own)
