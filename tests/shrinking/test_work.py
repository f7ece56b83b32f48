"""MACs and weights against PyTorch's own counter and the cut network's own tensors."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.shrinking.work import Work

DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))
SIZE = (64, 96)


def counted(network: FrozenLidarselNet) -> tuple[float, float]:
    """MACs of encoder and coalition by PyTorch: a MAC is two operations."""
    with FlopCounterMode(display=False) as encoder:
        features = network.encode(torch.rand(1, 3, *SIZE))
    with FlopCounterMode(display=False) as coalition:
        network.complete(features, torch.full((1, 1, *SIZE), 5.0))
    return encoder.get_total_flops() / 2, coalition.get_total_flops() / 2


def router_padding(network: FrozenLidarselNet) -> float:
    """MACs of the router's outputs that FewOutputs adds to make them sixteen."""
    design = network.network.design
    return (16 - design.width("experts")) * (design.width("down8") + 4) * SIZE[0] * SIZE[1] / 64


def n_weights(network: FrozenLidarselNet) -> tuple[int, int]:
    parts = (network.network.image_encoder, network.network.depth_branch)
    encoder, coalition = (sum(weight.numel() for weight in part.parameters()) for part in parts)
    return encoder, coalition


@pytest.mark.parametrize("seed", range(4))
def test_what_a_cut_leaves_is_known_before_it_is_made(seed: int) -> None:
    generator = np.random.default_rng(seed)
    whole = FrozenLidarselNet(LidarselNet(DESIGN), "cpu")
    work = Work(whole, SIZE)
    kept = {}
    for name in DESIGN.width_names():
        stay = generator.random(DESIGN.width(name)) < generator.choice([0.4, 1.0])
        stay[0] = True
        kept[name] = stay
    cut = whole.cut(kept)
    widths = {name: int(stay.sum()) for name, stay in kept.items()}
    macs, weights = work.macs(widths), work.parameters(widths)
    encoder, coalition = counted(cut)
    assert macs.encoder == pytest.approx(encoder, rel=1e-9)
    # FewOutputs pads its five outputs to sixteen (layers.py), which PyTorch counts and no machine need do.
    padding = 11 * widths["fuse4"] * SIZE[0] * SIZE[1] / 16
    assert macs.coalition == pytest.approx(coalition - padding, rel=1e-9)
    assert (weights.encoder, weights.coalition) == pytest.approx(n_weights(cut), rel=1e-9)


def test_the_whole_network_is_what_is_not_cut() -> None:
    whole = FrozenLidarselNet(LidarselNet(DESIGN), "cpu")
    work = Work(whole, SIZE)
    assert work.macs({}) == work.macs(work.whole)
    assert work.macs({}).total == work.macs({}).encoder + work.macs({}).coalition


@pytest.mark.parametrize(("experts", "granularity", "left"), [(8, 1, 8), (8, 1, 5), (8, 2, 16), (8, 2, 13)])
def test_of_experts_those_count_that_a_cell_asks_for(experts: int, granularity: int, left: int) -> None:
    """So many that cells are gathered for them: fewer of them hold fewer weights, and compute as much."""
    whole = FrozenLidarselNet(LidarselNet(replace(DESIGN, experts=experts, granularity=granularity)), "cpu")
    cut = whole.cut({"experts": np.arange(experts * granularity) < left, "depth8": np.arange(12) > 2})
    widths = {"experts": left, "depth8": 9}
    work = Work(whole, SIZE)
    encoder, coalition = counted(cut)
    padding = 11 * DESIGN.width("fuse4") * SIZE[0] * SIZE[1] / 16 + router_padding(cut)
    macs = work.macs(widths)
    assert macs.encoder == pytest.approx(encoder, rel=1e-9)
    assert macs.coalition == pytest.approx(coalition - padding, rel=1e-9)
    weights = work.parameters(widths)
    assert (weights.encoder, weights.coalition) == pytest.approx(n_weights(cut), rel=1e-9)


def test_fewer_experts_than_are_active_compute_less() -> None:
    """Of eight, two active, the last one that is left computes every place by itself."""
    work = Work(FrozenLidarselNet(LidarselNet(replace(DESIGN, experts=4, granularity=2)), "cpu"), SIZE)
    one = Work(
        FrozenLidarselNet(LidarselNet(replace(DESIGN, experts=4, granularity=2)), "cpu").cut(
            {"experts": np.arange(8) < 1}
        ),
        SIZE,
    )
    assert work.macs({"experts": 1}) == one.macs({})
    assert work.macs({"experts": 1}).coalition < work.macs({"experts": 2}).coalition
