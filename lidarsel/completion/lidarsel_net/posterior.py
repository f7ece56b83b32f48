"""The depth branch's last layers with weights that are drawn: as they are trained, and as they are used.

The encoder's weights and those of the branch's other layers stay numbers. Depths are those of the mean weights; by how
much those of drawn weights differ is what the network does not know of itself. The draws are the network's own, the
same for every frame and coalition: what coalitions differ in is then no noise of drawing, and nothing depends on a
batch.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.layers import FewOutputs, conv
from lidarsel.uncertainty.layers import RadialConv2d, radial_layers

DRAWS = 8
LAST = ("fuse4", "leave")
_OF_SPREADS = ("log_kappa", "log_spread")

LastLayers = tuple[nn.Module, nn.Module]
"""In place of ``fuse4`` and ``leave``."""


def make_radial(branch: nn.Module) -> None:
    """Put posteriors in place of the last layers, which begin round the weights that were there."""
    for name in LAST:
        layer = branch.get_submodule(name)
        assert isinstance(layer, nn.Conv2d)
        setattr(branch, name, RadialConv2d(layer))


def has_posteriors(module: nn.Module) -> bool:
    """Whether any of its layers is drawn."""
    return next(radial_layers(module), None) is not None


def settle(branch: nn.Module) -> list[LastLayers]:
    """Put layers of mean weights in place of the posteriors; returns ``DRAWS`` pairs of drawn ones."""
    posteriors = {name: _posterior(branch, name) for name in LAST}
    with torch.no_grad():
        drawn: list[LastLayers] = []
        for number in range(DRAWS):
            rng = np.random.default_rng(number)
            for layer in posteriors.values():
                layer.draw(rng)
            fuse4, leave = (_plain(name, layer) for name, layer in posteriors.items())
            drawn.append((fuse4, leave))
        for name, layer in posteriors.items():
            layer.settle()
            setattr(branch, name, _plain(name, layer))
    return drawn


def _posterior(branch: nn.Module, name: str) -> RadialConv2d:
    layer = branch.get_submodule(name)
    assert isinstance(layer, RadialConv2d)
    return layer


def _plain(name: str, layer: RadialConv2d) -> nn.Conv2d:
    """A layer of the weights that a posterior uses now."""
    weight, bias = layer.weights()
    outputs, inputs = weight.shape[:2]
    plain = FewOutputs(inputs, outputs, 1) if name == "leave" else conv(inputs, outputs, bias=True)
    assert bias is not None
    plain.load_state_dict({"weight": weight.detach().clone(), "bias": bias.detach().clone()})
    return plain.eval().requires_grad_(False)


def spread_names(module: nn.Module) -> Collection[str]:
    """The parameters that posteriors' widths are made of."""
    return [name for name, _ in module.named_parameters() if name.endswith(_OF_SPREADS)]


def draw_all(module: nn.Module, rng: np.random.Generator) -> None:
    """Draw every posterior of a module anew."""
    for layer in radial_layers(module):
        layer.draw(rng)


@contextmanager
def at_means(module: nn.Module) -> Iterator[None]:
    """Every posterior of a module at its mean weights for the length of a block."""
    layers = list(radial_layers(module))
    drawn = [layer.drawn for layer in layers]
    for layer in layers:
        layer.settle()
    try:
        yield
    finally:
        for layer, weights in zip(layers, drawn, strict=True):
            layer.drawn = weights


def widened(log_scale: Tensor, log_depth: Tensor, drawn: list[Tensor]) -> Tensor:
    """ln of a Laplace scale with the variance of draws in it: 2 b^2 + mean square distance of the drawn log depths.

    Args:
        log_scale, log_depth: float (B, 1, h, w), of the mean weights.
        drawn: the same log depth by each draw, at least one.
    """
    variance = torch.stack([(one - log_depth).square() for one in drawn]).mean(0)
    return (torch.exp(2 * log_scale) + variance / 2).log() / 2
