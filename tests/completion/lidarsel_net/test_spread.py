"""lidarsel's network with a second output: its depths stay, and a coalition's spread is the same in any batch."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet, spreading
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.spreading import with_spread
from tests.completion.lidarsel_net.networks import random_network, silence

DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))


def network() -> LidarselNet:
    """Every weight of the head at random as well."""
    made = spreading(random_network(DESIGN), "nll", 3).eval()
    head = made.depth_branch.spread
    assert head is not None
    generator = torch.Generator().manual_seed(1)
    for parameter in head.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 3
    return made


def inputs() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    depth_m = 2 + 50 * torch.rand(3, 1, 50, 90, generator=generator)
    return torch.rand(1, 3, 50, 90, generator=generator), torch.where(
        torch.rand(depth_m.shape, generator=generator) < 0.02, depth_m, 0.0
    )


def test_depths_stay_and_a_spread_is_the_coalitions_own() -> None:
    plain, frozen = FrozenLidarselNet(random_network(DESIGN), "cpu"), FrozenLidarselNet(network(), "cpu")
    assert with_spread(plain) is None
    assert with_spread(frozen) is frozen
    image, sparse = inputs()
    features = frozen.encode(image)
    depth_m, spread_m = frozen.complete_with_spread(features, sparse)
    assert torch.equal(depth_m, plain.complete(plain.encode(image), sparse))
    assert spread_m.shape == depth_m.shape
    assert bool((spread_m > 0).all())
    one = frozen.complete_with_spread(features, sparse[1:2])[1]
    assert torch.equal(spread_m[1:2], one)
    frozen.coalitions_a_pass = 2
    together = frozen.complete_with_spread(features, sparse)[1]
    torch.testing.assert_close(together, spread_m, rtol=1e-4, atol=1e-5)


def test_measured_pixels_and_those_near_them_have_shares_of_their_own() -> None:
    made = network()
    head = made.depth_branch.spread
    assert head is not None
    image, sparse = inputs()
    found = []
    for near in ((0.0, 0.0), (-0.5, 0.0), (0.0, -0.25)):
        head.near.data = torch.tensor(near)
        depth_m, spread_m = FrozenLidarselNet(made, "cpu").complete_with_spread(made.encode(image), sparse)
        found.append((spread_m / depth_m).log())
    inside = (found[0] > -6) & (found[0] < 1)  # not at the limits of a scale
    measured = (sparse > 0) & inside
    assert measured.any()
    torch.testing.assert_close((found[1] - found[0])[measured], torch.full((int(measured.sum()),), -0.5))
    assert torch.equal(found[1][sparse == 0], found[0][sparse == 0])
    moved = (found[2] - found[0]).where(inside, 0)
    assert torch.equal(moved[sparse > 0], torch.zeros(int((sparse > 0).sum())))
    assert float(moved.min()) == pytest.approx(-0.25, abs=1e-4)
    far = torch.nn.functional.max_pool2d(sparse, 5, 1, 2) == 0
    assert torch.equal(found[2][far], found[0][far])


def test_the_spreads_gradient_ends_at_the_head() -> None:
    training = TrainableLidarselNet(None, 0, network())
    image, sparse = inputs()
    answers = training.answers(image, torch.zeros(1, 2, 50, 90), sparse)
    answers.log_scale.sum().backward()
    touched = {name.split(".")[1] for name, weight in training.module.named_parameters() if weight.grad is not None}
    assert touched == {"spread"}
    log_depth, log_prior, _ = training.log_depths(image, torch.zeros(1, 2, 50, 90), sparse)
    assert torch.equal(log_depth, answers.depths.log_depth)
    assert log_prior is not None
    assert answers.depths.log_prior is not None
    assert torch.equal(log_prior, answers.depths.log_prior)


def test_weights_say_what_they_give(tmp_path: Path) -> None:
    made, path = network(), tmp_path / "w.safetensors"
    save_network(made, path, {})
    again = load_weights(path)
    assert again.design.spread == "nll"
    first, second = (FrozenLidarselNet(each, "cpu") for each in (made, again))
    assert first.sha256 == second.sha256
    image, sparse = inputs()
    assert torch.equal(
        first.complete_with_spread(first.encode(image), sparse)[1],
        second.complete_with_spread(second.encode(image), sparse)[1],
    )
    assert "spread" not in Design().to_dict(), "weights without a spread are what they were"


def test_a_cut_network_keeps_its_spread() -> None:
    whole = network()
    kept = {"fuse4": np.arange(8) % 3 > 0}
    cut = FrozenLidarselNet(whole, "cpu").cut(kept)
    image, sparse = inputs()
    spread_m = cut.complete_with_spread(cut.encode(image), sparse)[1]
    hooks = silence(whole, kept)
    expected = FrozenLidarselNet(whole, "cpu").complete_with_spread(whole.encode(image), sparse)[1]
    for hook in hooks:
        hook.remove()
    torch.testing.assert_close(spread_m, expected, rtol=1e-4, atol=1e-5)
