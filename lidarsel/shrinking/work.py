"""What a network computes: multiply-accumulate operations (MACs) and weights, whole and of what a cut leaves of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from lidarsel.completion.base import CompletionNetwork, CutsChannels
from lidarsel.completion.coupling import axes_of

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
    the axis' length and how many of its entries are each layer's."""

    count: int
    macs: float
    axes: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
    in_encoder: bool

    def share(self, left: Callable[[str], float]) -> float:
        """Of its numbers that stay where of a layer ``left`` (name) of its channels stay, 0 to 1."""
        return prod(
            1 - sum(entries * (1 - left(layer)) for layer, entries in parts) / length for length, parts in self.axes
        )


class Work:
    """What a network costs at any widths, looked at once while it runs whole.

    MACs of a convolution or linear layer are in proportion to its inputs and to its outputs, so that they follow from
    the widths of the layers on both sides.

    Args:
        network: a completion network that ``CutsChannels``.
        size: (H, W) of its images.
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
        self._weights = []
        for name, weight in network.module.named_parameters():
            module, _, kind = name.rpartition(".")
            places = axes.get(name, ())
            along = {place.axis: [each for each in places if each.axis == place.axis] for place in places}
            lengths = tuple(
                (
                    weight.shape[axis],
                    tuple((place.layer, place.inputs * self.whole[place.layer]) for place in of_axis),
                )
                for axis, of_axis in along.items()
            )
            macs = of_encoder.get(module, 0.0) + of_coalition.get(module, 0.0) if kind == "weight" else 0.0
            in_encoder = module in of_encoder or module not in of_coalition
            self._weights.append(_Weight(weight.numel(), macs, lengths, in_encoder))

    def macs(self, widths: Widths) -> Amount:
        """MACs of the network with so many channels left."""
        return self._sum(widths, lambda weight: weight.macs)

    def parameters(self, widths: Widths) -> Amount:
        """Its number of weights."""
        return self._sum(widths, lambda weight: weight.count)

    def _sum(self, widths: Widths, what: Callable[[_Weight], float]) -> Amount:
        def left(layer: str) -> float:
            return widths.get(layer, self.whole[layer]) / self.whole[layer]

        encoder = coalition = 0.0
        for weight in self._weights:
            share = weight.share(left)
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

    hooks = [
        layer.register_forward_hook(counting(name))
        for name, layer in module.named_modules()
        if next(layer.parameters(recurse=False), None) is not None
    ]
    try:
        yield macs
    finally:
        for hook in hooks:
            hook.remove()
