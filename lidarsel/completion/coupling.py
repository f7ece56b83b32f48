"""Which weights of a network belong to a channel: all that go when the channel goes.

A network is described once, as a list of ``Coupling``; what is cut, masked or counted follows from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lidarsel.completion.module_copy import copy_of_module
from lidarsel.spelling import none_of

ModuleT = TypeVar("ModuleT", bound=nn.Module)
Kept = Mapping[str, NDArray[np.bool_]]
"""Which channels stay: bool (channels,) by the name of a layer. A layer that is not named stays whole."""


class LayerPlace(NamedTuple):
    """Where a weight has a layer's channels.

    Attributes:
        axis: of the weight.
        layer: the layer's name.
        inputs: entries along the axis for each channel, one after the other.
        start: the first entry that is the layer's; before and after it others may have theirs.
        reads: whether the weight takes the channels, or is of what makes them.
        splits: whether each channel is a group of the convolution whose weight it is, so that a group goes with it.
        asked: of a layer of experts, how many of them meet each place of the map; None is all channels.
    """

    axis: int
    layer: str
    inputs: int = 1
    start: int = 0
    reads: bool = False
    splits: bool = False
    asked: int | None = None


@dataclass(frozen=True)
class Coupling:
    """The channels of a layer wherever they stand.

    Args:
        name: of the layer.
        groups: the number of channels that are normalised together, group by group; 1 for each channel of a layer
            without such normalisation.
        makers: names of the modules that give the channels, each output channel one (convolutions, linear layers).
        norms: names of the modules with a weight for each channel (normalisation).
        readers: names of the modules that take the channels, and how many of their inputs each channel is: 1, or of a
            linear layer behind a flattened map the map's pixels. The layer is all that they take.
        places: of weights that modules' names do not tell, as where a layer is one of several that a convolution takes:
            the weight's name and where it has the layer, as often as it has it.
    """

    name: str
    groups: tuple[int, ...]
    makers: tuple[str, ...] = ()
    norms: tuple[str, ...] = ()
    readers: tuple[tuple[str, int], ...] = ()
    places: tuple[tuple[str, LayerPlace], ...] = ()

    @property
    def width(self) -> int:
        """How many channels there are."""
        return sum(self.groups)


def widths_of(couplings: Iterable[Coupling]) -> dict[str, int]:
    """How many channels each layer has, by its name."""
    return {coupling.name: coupling.width for coupling in couplings}


def axes_of(couplings: Iterable[Coupling]) -> dict[str, list[LayerPlace]]:
    """By the name of a weight: every place where it has a layer's channels.

    A weight may be named that a module lacks, such as the bias of a convolution without one.
    """
    found: dict[str, list[LayerPlace]] = {}
    for coupling in couplings:
        made, read = LayerPlace(0, coupling.name), LayerPlace(1, coupling.name, reads=True)
        for module in coupling.makers:
            found.setdefault(f"{module}.weight", []).append(made)
            found.setdefault(f"{module}.bias", []).append(made)
        for module in coupling.norms:
            for weight in ("weight", "bias", "running_mean", "running_var"):
                found.setdefault(f"{module}.{weight}", []).append(made)
        for module, inputs in coupling.readers:
            found.setdefault(f"{module}.weight", []).append(read._replace(inputs=inputs))
        for weight, place in coupling.places:
            found.setdefault(weight, []).append(place)
    return found


def cut_tensors(tensors: Mapping[str, Tensor], couplings: Sequence[Coupling], kept: Kept) -> dict[str, Tensor]:
    """A network's weights without the channels that are not kept, by name.

    Raises:
        ValueError: nothing of a layer is kept, or ``kept`` does not fit the couplings.
    """
    require_fit(couplings, kept)
    axes = axes_of(couplings)
    return {name: _cut(tensor, axes.get(name, ()), kept) for name, tensor in tensors.items()}


def _cut(tensor: Tensor, places: Iterable[LayerPlace], kept: Kept) -> Tensor:
    stays: dict[int, NDArray[np.bool_]] = {}
    for place in places:
        if place.layer in kept:
            stay = np.repeat(kept[place.layer], place.inputs)
            along = stays.setdefault(place.axis, np.ones(tensor.shape[place.axis], np.bool_))
            along[place.start : place.start + len(stay)] = stay
    for axis, along in stays.items():
        tensor = tensor.index_select(axis, torch.from_numpy(np.flatnonzero(along)).to(tensor.device))
    return tensor


def cut_or_unread(tensors: Mapping[str, Tensor], couplings: Sequence[Coupling], kept: Kept) -> dict[str, Tensor]:
    """``cut_tensors``, where a layer of which nothing stays has one channel, which nothing reads.

    Raises ValueError where ``kept`` does not fit the couplings.
    """
    some = with_one_left(kept)
    require_fit(couplings, some)
    empty = {layer: stay for layer, stay in kept.items() if not stay.any()}
    return cut_tensors(unread(tensors, couplings, empty), couplings, some)


def with_one_left(kept: Kept) -> Kept:
    """The same, where a layer of which nothing stays keeps its first channel."""
    return {layer: stay if stay.any() else np.arange(len(stay)) == 0 for layer, stay in kept.items()}


def unread(tensors: Mapping[str, Tensor], couplings: Iterable[Coupling], kept: Kept) -> dict[str, Tensor]:
    """Weights of the whole that take nothing from the channels that do not stay."""
    found = dict(tensors)
    axes = axes_of(couplings)
    for name in tensors.keys() & axes.keys():
        for place in axes[name]:
            if place.reads and place.layer in kept:
                gone: NDArray[np.int64] = place.start + np.flatnonzero(np.repeat(~kept[place.layer], place.inputs))
                index = torch.from_numpy(gone).to(found[name].device)
                found[name] = found[name].index_fill(place.axis, index, 0)
    return found


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """Every weight and buffer under every name that it has."""
    return {name: tensor.detach() for name, tensor in named_tensors(module)}


def with_weights(module: ModuleT, tensors: Mapping[str, Tensor]) -> ModuleT:
    """A copy of a module with copies of other weights; what shares a weight in the one shares it in the other.

    To make a new one would draw weights to throw them away, and take six times as long: games cut a network for every
    coalition.
    """
    memo: dict[int, object] = {}
    for name, old in named_tensors(module):
        if name in tensors or id(old) not in memo:
            new = tensors.get(name, old.detach()).clone()
            memo[id(old)] = nn.Parameter(new, old.requires_grad) if isinstance(old, nn.Parameter) else new
    copied: ModuleT = copy_of_module(module, memo)
    return copied


def named_tensors(module: nn.Module) -> tuple[tuple[str, Tensor], ...]:
    """Every weight and buffer itself, as often as it has a name."""
    return (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))


def require_fit(couplings: Sequence[Coupling], kept: Kept) -> None:
    """Raise ValueError where ``kept`` names another layer, another number of channels, or empties a layer."""
    widths = widths_of(couplings)
    for layer, stay in kept.items():
        if layer not in widths:
            raise ValueError(f"layer {none_of(layer, widths)}")
        if stay.shape != (widths[layer],):
            raise ValueError(f"layer {layer} has {widths[layer]} channels, not {stay.shape}")
        if not stay.any():
            raise ValueError(f"layer {layer} would have no channel left")


def kept_groups(coupling: Coupling, stay: NDArray[np.bool_]) -> tuple[int, ...]:
    """What is left of each normalised group, those that went whole left out. stay: bool (channels,)."""
    edges = np.cumsum((0, *coupling.groups[:-1]))
    left = np.add.reduceat(stay.astype(np.int64), edges)
    return tuple(int(count) for count in left if count)
