"""The depth branch's last layers with weights that are drawn: as they are trained, and as they are used.

The encoder's weights and those of the branch's other layers stay numbers. Depths are those of the mean weights; by how
much those of drawn weights differ is what the network does not know of itself. The draws are the network's own, the
same for every frame and coalition: what coalitions differ in is then no noise of drawing, and nothing depends on a
batch.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.last_answer import LastAnswer, LastLayers
from lidarsel.completion.lidarsel_net.layers import FewOutputs, conv
from lidarsel.uncertainty.drawn import DrawnLayer, drawn_layers
from lidarsel.uncertainty.dropout import DroppedConv2d
from lidarsel.uncertainty.radial import RadialConv2d

DRAWS = 8
LAST = ("fuse4", "leave")
DRAWN: Mapping[str, Callable[[nn.Conv2d], DrawnLayer]] = {"radial": RadialConv2d, "dropout": DroppedConv2d}
"""By the kind of spread: what stands in for a convolution, and begins round its weights."""
_OF_SPREADS = ("log_kappa", "log_spread")


def make_drawn(branch: nn.Module, kind: str) -> None:
    """Put distributions in place of the last layers' weights, by a name of ``DRAWN``."""
    for name in LAST:
        layer = branch.get_submodule(name)
        assert isinstance(layer, nn.Conv2d)
        setattr(branch, name, DRAWN[kind](layer))


class DrawnDoubt(nn.Module):
    """As far as the log depths of drawn last layers are from that of the mean weights, squared, in the mean.

    Args:
        drawn: pairs of layers, at least one.
    """

    def __init__(self, drawn: Sequence[LastLayers]) -> None:
        super().__init__()
        self.fuse4, self.leave = (nn.ModuleList(layers) for layers in zip(*drawn, strict=True))

    def variance(self, answer: LastAnswer, by: Callable[[LastLayers], Tensor]) -> Tensor:
        """As ``Doubt`` says."""
        others = [by(pair) for pair in zip(self.fuse4, self.leave, strict=True)]
        return torch.stack([(one - answer.log_depth).square() for one in others]).mean(0)


def settle(branch: nn.Module) -> DrawnDoubt:
    """Put layers of mean weights in place of the distributions; returns what ``DRAWS`` drawn pairs know of them."""
    layers = {name: _drawn_layer(branch, name) for name in LAST}
    with torch.no_grad():
        drawn: list[LastLayers] = []
        for number in range(DRAWS):
            rng = np.random.default_rng(number)
            for layer in layers.values():
                layer.draw(rng)
            fuse4, leave = (_plain(name, layer) for name, layer in layers.items())
            drawn.append((fuse4, leave))
        for name, layer in layers.items():
            layer.settle()
            setattr(branch, name, _plain(name, layer))
    return DrawnDoubt(drawn)


def _drawn_layer(branch: nn.Module, name: str) -> DrawnLayer:
    layer = branch.get_submodule(name)
    assert isinstance(layer, DrawnLayer)
    return layer


def _plain(name: str, layer: DrawnLayer) -> nn.Conv2d:
    """A layer of the weights that a drawn one uses now."""
    weight, bias = layer.weights()
    outputs, inputs = weight.shape[:2]
    plain = FewOutputs(inputs, outputs, 1) if name == "leave" else conv(inputs, outputs, bias=True)
    assert bias is not None
    plain.load_state_dict({"weight": weight.detach().clone(), "bias": bias.detach().clone()})
    return plain.eval().requires_grad_(False)


def is_drawn(module: nn.Module) -> bool:
    """Whether any of its layers is drawn."""
    return next(drawn_layers(module), None) is not None


def spread_names(module: nn.Module) -> Collection[str]:
    """The parameters that posteriors' widths are made of."""
    return [name for name, _ in module.named_parameters() if name.endswith(_OF_SPREADS)]


def channel_radii(branch: nn.Module) -> dict[str, NDArray[np.float64]]:
    """How much a branch with radial posteriors lets each channel of a layer through to the last ones: float64
    (channels,) by the layer's name, the likeliest radius of what reads it, times that of what makes it; {} of others.
    """
    fuse4, leave = (branch.get_submodule(name) for name in LAST)
    if not isinstance(fuse4, RadialConv2d) or not isinstance(leave, RadialConv2d):
        return {}
    before, between = fuse4.weight_posterior, leave.weight_posterior.column_radii.log_mode()
    found = {"enter": before.column_radii.log_mode(), "fuse4": before.row_radii.log_mode() + between}
    return {name: log_radius.detach().double().exp().cpu().numpy() for name, log_radius in found.items()}


def draw_all(module: nn.Module, rng: np.random.Generator) -> None:
    """Draw every layer of a module that is drawn, anew."""
    for layer in drawn_layers(module):
        layer.draw(rng)


@contextmanager
def at_means(module: nn.Module) -> Iterator[None]:
    """Every drawn layer of a module at its mean weights for the length of a block."""
    layers = list(drawn_layers(module))
    drawn = [layer.drawn for layer in layers]
    for layer in layers:
        layer.settle()
    try:
        yield
    finally:
        for layer, weights in zip(layers, drawn, strict=True):
            layer.drawn = weights
