"""What a network computes: multiply-accumulate operations (MACs) and weights, whole and of what a cut leaves of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from lidarsel.completion.base import CompletionNetwork, CutsChannels, WorksInPart
from lidarsel.completion.coupling import LayerPlace, axes_of

Widths = Mapping[str, int]
"""How many channels of a layer stay, by its name; of a layer that is not named, all."""


@dataclass(frozen=True)
class Amount:
    """Of something a network has or does, in its two parts.

    Attributes:
        encoder: once a frame.
        coalition: for every coalition of lines.
    """

    encoder: float
    coalition: float

    @property
    def total(self) -> float:
        """Of a frame with one coalition, as a car computes."""
        return self.encoder + self.coalition

    def of_image(self, coalitions: int) -> float:
        """Of a frame with so many coalitions."""
        return self.encoder + coalitions * self.coalition


@dataclass(frozen=True)
class _Weight:
    """A parameter: its numbers, the MACs of its module at the whole width, and along each axis with channels of layers
    the axis' length and where it has them."""

    count: int
    macs: float
    axes: tuple[tuple[int, tuple[LayerPlace, ...]], ...]
    in_encoder: bool

    def share(self, left: Callable[[LayerPlace], float], whole: Widths) -> float:
        """Of its numbers that stay where of a place ``left`` of its channels stay, 0 to 1. whole: channels by layer."""
        return prod(
            1 - sum(place.inputs * whole[place.layer] * (1 - left(place)) for place in places) / length
            for length, places in self.axes
        )


class Work:
    """What a network costs at any widths, looked at once while it runs whole.

    MACs of a convolution or linear layer are in proportion to its inputs and to its outputs, so that they follow from
    the widths of the layers on both sides. Of experts those count that each place asks for.

    Args:
        network: a completion network that ``CutsChannels``.
        size: (H, W) of its images.

    Attributes:
        whole: channels of each layer, by its name.
        experts: names of layers whose channels are experts: without some of them others are asked, and weights are all
            that is saved, until there are fewer than each place asks for.
    """

    def __init__(self, network: CompletionNetwork, size: tuple[int, int]) -> None:
        assert isinstance(network, CutsChannels)
        self.whole = {coupling.name: coupling.width for coupling in network.couplings}
        with torch.inference_mode():
            image = torch.rand((1, 3, *size)) if network.uses_image else None
            intrinsics = torch.eye(3)[None] if network.uses_intrinsics else None
            with _counted(network.module) as of_encoder:
                features = network.encode(image, intrinsics)
            with _counted(network.module) as of_coalition:
                network.complete(features, torch.full((1, 1, *size), 10.0))
        axes = axes_of(network.couplings)
        self.experts = {place.layer for places in axes.values() for place in places if place.asked is not None}
        self._weights = []
        for name, weight in network.module.named_parameters():
            module, _, kind = name.rpartition(".")
            places = axes.get(name, ())
            along = {place.axis: [each for each in places if each.axis == place.axis] for place in places}
            lengths = tuple((weight.shape[axis], tuple(of_axis)) for axis, of_axis in along.items())
            macs = of_encoder.get(module, 0.0) + of_coalition.get(module, 0.0) if kind == "weight" else 0.0
            in_encoder = module in of_encoder or module not in of_coalition
            self._weights.append(_Weight(weight.numel(), macs, lengths, in_encoder))

    def macs(self, widths: Widths) -> Amount:
        """MACs of the network with so many channels left."""

        def met(place: LayerPlace) -> float:
            left = self._left(place, widths)
            if place.asked is None:
                return left
            return min(1.0, left * self.whole[place.layer] / place.asked)

        return self._sum(met, lambda weight: weight.macs)

    def parameters(self, widths: Widths) -> Amount:
        """Its number of weights."""
        return self._sum(lambda place: self._left(place, widths), lambda weight: weight.count)

    def _left(self, place: LayerPlace, widths: Widths) -> float:
        return widths.get(place.layer, self.whole[place.layer]) / self.whole[place.layer]

    def _sum(self, left: Callable[[LayerPlace], float], what: Callable[[_Weight], float]) -> Amount:
        encoder = coalition = 0.0
        for weight in self._weights:
            share = weight.share(left, self.whole)
            if weight.in_encoder:
                encoder += what(weight) * share
            else:
                coalition += what(weight) * share
        return Amount(encoder, coalition)


@contextmanager
def _counted(module: nn.Module) -> Iterator[dict[str, float]]:
    """MACs by the name of each module with weights of its own that runs within the block: one image, one coalition."""
    macs: dict[str, float] = {}

    def counting(name: str) -> Callable[..., None]:
        def count(layer: nn.Module, given: tuple[Any, ...], output: Tensor) -> None:
            macs.setdefault(name, 0.0)
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                # Each weight meets every place of the output; of a transposed convolution, of the input.
                maps = given[0] if isinstance(layer, nn.ConvTranspose2d) else output
                macs[name] += layer.weight.numel() * maps.numel() / maps.shape[0] / layer.weight.shape[0]

        return count

    def counting_parts(name: str, layer: WorksInPart) -> Callable[..., None]:
        def count(_layer: nn.Module, _given: tuple[Any, ...], output: Tensor) -> None:
            for part, a_place in layer.macs_a_place().items():
                macs[f"{name}.{part}"] = macs.get(f"{name}.{part}", 0.0) + a_place * output[0, 0].numel()

        return count

    hooks = []
    within: set[str] = set()
    for name, layer in module.named_modules():
        own = next(layer.parameters(recurse=False), None) is not None and name not in within
        count = counting(name) if own else None
        if isinstance(layer, WorksInPart):
            count = counting_parts(name, layer)
            within |= {f"{name}.{part}" for part in layer.macs_a_place()}
        if count is not None:
            hooks.append(module.get_submodule(name).register_forward_hook(count))
    try:
        yield macs
    finally:
        for hook in hooks:
            hook.remove()
