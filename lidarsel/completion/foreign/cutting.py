"""A user's own network with fewer channels: a copy of its module with smaller weights."""

import copy
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from lidarsel.completion.coupling import Coupling, Kept, LayerPlace, axes_of, cut_tensors, require_fit


def cut_module(module: nn.Module, couplings: Sequence[Coupling], kept: Kept) -> nn.Module:
    """A copy of the channels that stay, with weights of its own.

    A layer of which nothing stays has one channel, which nothing reads. Raises ValueError as ``cut_tensors``, and
    whatever copying the module raises.
    """
    some = {name: stay if stay.any() else np.arange(len(stay)) == 0 for name, stay in kept.items()}
    empty = {name: np.zeros(int(some[name].sum()), np.bool_) for name, stay in kept.items() if not stay.any()}
    axes = axes_of(couplings)
    tensors = cut_tensors(weights_of(module), couplings, some)
    if empty:
        tensors = _unread(tensors, axes_of(_moved(couplings, some)), empty)
    made = _with_tensors(module, {name: tensor for name, tensor in tensors.items() if name in axes})
    split = {name for name, places in axes.items() if any(place.splits for place in places)}
    for name, layer in made.named_modules(remove_duplicate=False):
        _tell_widths(layer, f"{name}.weight" in split)
    return made


def masked_module(module: nn.Module, couplings: Sequence[Coupling], kept: Kept) -> nn.Module:
    """A copy of the whole in which nothing reads the channels that do not stay: what a cut one is to answer."""
    require_fit(couplings, kept)
    axes = axes_of(couplings)
    tensors = _unread(weights_of(module), axes, kept)
    return _with_tensors(module, {name: tensor for name, tensor in tensors.items() if name in axes})


def cut_couplings(couplings: Sequence[Coupling], kept: Kept) -> tuple[Coupling, ...]:
    """Those of the cut network. Layers of one channel are left out, as it must stay."""
    return tuple(coupling for coupling in _moved(couplings, kept) if coupling.width > 1)


def _moved(couplings: Sequence[Coupling], kept: Kept) -> tuple[Coupling, ...]:
    """Where the layers of the cut network stand."""
    axes = axes_of(couplings)

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
        left.append(Coupling(coupling.name, (1,) * width, places=places))
    return tuple(left)


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """Every weight and buffer under every name that it has."""
    named = (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
    return {name: tensor.detach() for name, tensor in named}


def _unread(tensors: Mapping[str, Tensor], axes: Mapping[str, Sequence[LayerPlace]], kept: Kept) -> dict[str, Tensor]:
    """Weights that take nothing from the channels that do not stay."""
    found = dict(tensors)
    for name in tensors.keys() & axes.keys():
        for place in axes[name]:
            if place.reads and place.layer in kept:
                gone: NDArray[np.int64] = place.start + np.flatnonzero(np.repeat(~kept[place.layer], place.inputs))
                index = torch.from_numpy(gone).to(found[name].device)
                found[name] = found[name].index_fill(place.axis, index, 0)
    return found


def _with_tensors(module: nn.Module, tensors: Mapping[str, Tensor]) -> nn.Module:
    """A copy of a module with other weights; what shares a weight in the one shares it in the other."""
    memo: dict[int, object] = {}
    named = (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
    for name, old in named:
        if name in tensors or id(old) not in memo:
            new = tensors.get(name, old.detach()).clone()
            memo[id(old)] = nn.Parameter(new, old.requires_grad) if isinstance(old, nn.Parameter) else new
    return copy.deepcopy(module, memo)


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
