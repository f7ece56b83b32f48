"""Networks in which every channel has a say, and what makes channels silent without cutting them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.hooks import RemovableHandle

from lidarsel.completion.coupling import Coupling, Kept
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.layers import GroupNorm
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.widths import couplings_of


def random_network(design: Design, seed: int = 0) -> LidarselNet:
    """Weights, biases and normalisations at random, none at its neutral start."""
    made = LidarselNet(design, seed)
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in made.named_parameters():
        if parameter.ndim == 1:
            parameter.data = torch.rand(parameter.shape, generator=generator) + 0.25
        if name.startswith(("depth_branch.leave", "image_encoder.weights", "image_encoder.prior")):
            parameter.data *= 5
    return made.eval()


def silence(network: LidarselNet, kept: Kept) -> list[RemovableHandle]:
    """Hooks by which the other channels are at zero wherever they are made, and out of every mean of a group."""
    modules = dict(network.named_modules())
    hooks = []
    for coupling in couplings_of(network.design):
        if coupling.name not in kept:
            continue
        stay = torch.from_numpy(kept[coupling.name])
        for name in coupling.makers:
            hooks.append(modules[name].register_forward_hook(_zeroed(stay)))
        for name in coupling.norms:
            hooks.append(modules[name].register_forward_hook(_normalised(coupling, stay)))
    return hooks


def _zeroed(stay: Tensor) -> Callable[..., Tensor]:
    return lambda _module, _inputs, output: output * stay.view(1, -1, 1, 1)


def _normalised(coupling: Coupling, stay: Tensor) -> Callable[..., Tensor]:
    """PyTorch's own normalisation of what stays of each group."""

    def hook(module: nn.Module, given: tuple[Tensor], output: Tensor) -> Tensor:
        assert isinstance(module, GroupNorm)
        result = torch.zeros_like(output)
        start = 0
        for size in coupling.groups:
            here = start + torch.nonzero(stay[start : start + size])[:, 0]
            start += size
            if len(here):
                part = functional.group_norm(given[0][:, here], 1, module.weight[here], module.bias[here], module.eps)
                result[:, here] = part
        return result

    return hook


def made_up_inputs(size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """An image, and two coalitions' sparse depth in metres with 3 % of the pixels measured."""
    generator = torch.Generator().manual_seed(0)
    depth_m = 2 + 50 * torch.rand(2, 1, *size, generator=generator)
    hit = torch.rand(depth_m.shape, generator=generator) < 0.03
    return torch.rand(1, 3, *size, generator=generator), torch.where(hit, depth_m, 0.0)
