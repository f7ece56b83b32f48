"""Mixtures as designs: one expert is the plain network, and experts and channels round them are cut for real."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network
from lidarsel.completion.lidarsel_net.cut import cut_network, cut_or_silence
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.mixture import Routing
from lidarsel.completion.lidarsel_net.network import LidarselNet
from tests.completion.lidarsel_net.mixtures import DESIGN, PLAIN, answer, bias_of, inputs, mixtures, network, router
from tests.completion.lidarsel_net.networks import silence


def _never(_: Routing) -> None:
    pytest.fail("a network of one expert routes nothing")


def test_one_expert_is_the_plain_network() -> None:
    plain, one = LidarselNet(PLAIN), LidarselNet(replace(PLAIN, experts=1, granularity=1))
    assert one.design.to_dict() == plain.design.to_dict()
    assert set(one.design.to_dict()) == {"image_channels", "depth_channels", "residual_limit"}
    assert not [name for name in one.state_dict() if "router" in name or "narrow" in name]
    assert torch.equal(answer(one.eval()), answer(plain.eval()))
    assert torch.equal(answer(one), one.predict_log(one.encode(inputs()[0]), inputs()[1], _never))


def test_a_mixture_is_kept_in_a_file(tmp_path: Path) -> None:
    whole = cut_network(network(), {"experts": np.arange(6) != 2})
    save_network(whole, tmp_path / "m.safetensors", {})
    read = load_weights(tmp_path / "m.safetensors").eval()
    assert read.design == whole.design
    assert torch.equal(answer(read), answer(whole.eval()))


@pytest.mark.parametrize("kept", [[True, False, True, True, False, True], [False] * 4 + [True, False], [True] * 6])
def test_experts_that_go_are_asked_by_no_cell(kept: list[bool]) -> None:
    """Against the whole network whose router can never choose them; the others are asked in their place."""
    stay = np.array(kept)
    cut = cut_network(network(), {"experts": stay})
    whole = network()
    bias_of(router(whole))[torch.from_numpy(~stay)] = -torch.inf
    if stay.sum() == 1:  # whose second choice is one that went: it counts for nothing
        for layer in mixtures(whole):
            layer.widen.weight.data[:, np.repeat(~stay, 6)] = 0
    torch.testing.assert_close(answer(cut), answer(whole), rtol=0, atol=2e-6)
    assert cut.design.width("experts") == stay.sum()
    assert repr(cut) == repr(LidarselNet(cut.design))


@pytest.mark.parametrize("name", ["enter", "down8", "depth8", "depth16", "fuse8"])
def test_channels_round_the_experts_are_cut_as_masked_ones(name: str) -> None:
    """Computed as in training, where hooks see every convolution."""
    whole = network()
    whole.depth_branch.train()
    kept = {name: np.arange(DESIGN.width(name)) % 3 > 0}
    cut = cut_network(whole, kept)
    hooks = silence(whole, kept)
    expected = answer(whole)
    for hook in hooks:
        hook.remove()
    assert not torch.equal(answer(whole), expected)
    torch.testing.assert_close(answer(cut), expected, rtol=0, atol=2e-6)
    assert repr(cut) == repr(LidarselNet(cut.design))


def test_without_any_expert_what_they_say_is_nothing() -> None:
    silent = network()
    for layer in mixtures(silent):
        layer.widen.weight.data.zero_()
    none = cut_or_silence(network(), {"experts": np.zeros(6, np.bool_)})
    torch.testing.assert_close(answer(none), answer(silent), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("experts", "granularity", "told"),
    [
        (0, 1, "experts: 0 is not at least 1"),
        (2, 0, "granularity: 0 is not at least 1"),
        (1, 2, "granularity: 2 divides experts, and there is one"),
        (33, 2, "experts: 33 of granularity 2 are more than 64"),
        (4, 5, "granularity: 5 does not divide the 48 channels"),
    ],
)
def test_experts_that_cannot_be_are_refused(experts: int, granularity: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Design(experts=experts, granularity=granularity)


def test_experts_take_memory() -> None:
    """The maps of all of them: six narrow ones of six channels, of four bytes a 64th of the pixels, three times."""
    plain, mixed = (FrozenLidarselNet(LidarselNet(design), "cpu") for design in (PLAIN, DESIGN))
    assert mixed.bytes_for((64, 128)) - plain.bytes_for((64, 128)) == pytest.approx(3 * 36 * 4 * 8 * 16, abs=64 * 128)
