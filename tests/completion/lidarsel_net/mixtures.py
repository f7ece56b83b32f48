"""Networks with experts, none of which is the router's favourite, and what to ask them."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.layers import FewOutputs
from lidarsel.completion.lidarsel_net.mixture import Mixture, Router, Routing
from lidarsel.completion.lidarsel_net.network import LidarselNet
from tests.completion.lidarsel_net.networks import random_network

PLAIN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))
DESIGN = replace(PLAIN, experts=3, granularity=2)
MANY = replace(PLAIN, experts=5)
"""So many for each active one that cells are gathered."""
SIZE = (64, 96)


def router(of: LidarselNet) -> FewOutputs:
    """What gives the logits."""
    (found,) = (module for module in of.modules() if isinstance(module, Router))
    return found.judge


def mixtures(of: LidarselNet) -> list[Mixture]:
    return [module for module in of.modules() if isinstance(module, Mixture)]


def bias_of(layer: nn.Conv2d) -> Tensor:
    return layer.get_parameter("bias").data


def network(seed: int = 0, design: Design = DESIGN) -> LidarselNet:
    """Its router has no favourite: over the cells of an image every expert is as likely as another."""
    made = random_network(design, seed)
    judge, logits = router(made), routing_of(made).logits
    judge.weight.data /= logits.std()
    bias_of(judge).sub_(logits.mean((0, 2, 3))).div_(logits.std())
    return made


def inputs(seed: int = 0, coalitions: int = 2) -> tuple[Tensor, Tensor]:
    """An image and sparse depth, a tenth of it measured."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, *SIZE, generator=generator)
    depth_m = 2 + 50 * torch.rand(coalitions, 1, *SIZE, generator=generator)
    return image, torch.where(torch.rand(depth_m.shape, generator=generator) < 0.1, depth_m, 0.0)


@torch.inference_mode()
def answer(of: LidarselNet) -> Tensor:
    image, sparse_depth_m = inputs()
    return of.predict_log(of.encode(image), sparse_depth_m)


def routing_of(of: LidarselNet) -> Routing:
    image, sparse_depth_m = inputs()
    seen: list[Routing] = []
    with torch.no_grad():
        of.predict_log(of.encode(image), sparse_depth_m, seen.append)
    (routing,) = seen
    return routing
