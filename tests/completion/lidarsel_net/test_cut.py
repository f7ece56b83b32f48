"""A cut network against the whole one with the same channels at zero, by hooks that know nothing of cutting."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lidarsel.completion.coupling import Kept
from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network, weights_sha256
from lidarsel.completion.lidarsel_net.cut import cut_network
from lidarsel.completion.lidarsel_net.design import Design, is_normalised
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.layers import upsample
from lidarsel.completion.lidarsel_net.network import LidarselNet
from tests.completion.lidarsel_net.networks import random_network, silence

DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))
NAMES = DESIGN.width_names()


def network(seed: int = 0) -> LidarselNet:
    return random_network(DESIGN, seed)


def inputs(seed: int = 0) -> tuple[Tensor, Tensor]:
    """An image and sparse depth, a tenth of it measured."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, 64, 96, generator=generator)
    depth_m = 2 + 50 * torch.rand(2, 1, 64, 96, generator=generator)
    return image, torch.where(torch.rand(depth_m.shape, generator=generator) < 0.1, depth_m, 0.0)


@torch.inference_mode()
def answer(of: LidarselNet) -> Tensor:
    image, sparse_depth_m = inputs()
    return of.predict_log(of.encode(image), sparse_depth_m)


def masked(whole: LidarselNet, kept: Kept) -> Tensor:
    """The whole network's answer without channels, which it has again afterwards."""
    hooks = silence(whole, kept)
    try:
        return answer(whole)
    finally:
        for hook in hooks:
            hook.remove()


def some_kept(generator: np.random.Generator, name: str, whole_groups: bool) -> NDArray[np.bool_]:
    """At least one channel of a layer, or one normalised group."""
    groups = DESIGN.groups(name)
    units = len(groups) if whole_groups and is_normalised(name) else sum(groups)
    stay = generator.random(units) < 0.5
    stay[generator.integers(units)] = True
    return np.repeat(stay, groups) if whole_groups and is_normalised(name) else stay


@pytest.mark.parametrize("whole_groups", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_cut_layer_answers_as_a_masked_one(name: str, whole_groups: bool) -> None:
    generator = np.random.default_rng(NAMES.index(name))
    whole = network()
    kept = {name: some_kept(generator, name, whole_groups)}
    expected, found = masked(whole, kept), answer(cut_network(whole, kept))
    assert float((answer(whole) - expected).abs().max()) > 1e-4  # the channels have a say
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 if not is_normalised(name) else 5e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), whole_groups=st.booleans())
def test_layers_cut_together_answer_as_masked_ones(seed: int, whole_groups: bool) -> None:
    generator = np.random.default_rng(seed)
    chosen = [name for name in NAMES if generator.random() < 0.6] or ["stem"]
    kept = {name: some_kept(generator, name, whole_groups) for name in chosen}
    torch.testing.assert_close(answer(cut_network(network(), kept)), masked(network(), kept), rtol=0, atol=1e-5)


def test_groups_that_go_whole_leave_plain_normalisation() -> None:
    """With the removed channels' weights at zero nothing else changes but rounding: PyTorch's group norm is alike."""
    whole = network()
    stay = np.ones(24, np.bool_)
    stay[3:9] = False
    kept = {"inner16": stay}
    cut = cut_network(whole, kept)
    assert cut.design.groups("inner16") == (3,) * 6
    body = "image_encoder.down.2.3.body"
    zero = {name: tensor.clone() for name, tensor in whole.state_dict().items()}
    for name in (f"{body}.0.weight", f"{body}.1.weight", f"{body}.1.bias"):
        zero[name][3:9] = 0
    silent = network()
    silent.load_state_dict(zero)
    torch.testing.assert_close(answer(cut), answer(silent), rtol=0, atol=5e-6)


def test_what_is_cut_twice_is_cut_once() -> None:
    whole = network()
    first = {"depth16": np.arange(16) % 4 > 0, "inner8": np.arange(16) > 2}
    second = {"depth16": np.arange(12) % 3 > 0, "stem": np.arange(8) > 1}
    stay = np.flatnonzero(first["depth16"])[second["depth16"]]
    both = {"depth16": np.isin(np.arange(16), stay), "inner8": first["inner8"], "stem": second["stem"]}
    twice, once = cut_network(cut_network(whole, first), second), cut_network(whole, both)
    assert twice.design == once.design
    assert all(torch.equal(a, b) for a, b in zip(twice.state_dict().values(), once.state_dict().values(), strict=True))


def test_nothing_cut_is_the_same_network() -> None:
    whole = network()
    same = cut_network(whole, {name: np.ones(DESIGN.width(name), np.bool_) for name in NAMES})
    assert same.design == whole.design
    assert torch.equal(answer(same), answer(whole))


def test_a_cut_network_trains() -> None:
    cut = cut_network(network(), {"rise4": np.arange(16) % 3 > 0}).train()
    image, sparse_depth_m = inputs()
    cut.predict_log(cut.encode(image), sparse_depth_m).mean().backward()
    assert all(parameter.grad is not None for parameter in cut.parameters())


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({"stem": np.zeros(8, np.bool_)}, "layer stem would have no channel left"),
        ({"stem": np.ones(7, np.bool_)}, "layer stem has 8 channels"),
        ({"steam": np.ones(8, np.bool_)}, "layer 'steam' is none of stem, "),
    ],
)
def test_what_cannot_be_cut_is_told(kept: Kept, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        cut_network(network(), kept)


def test_every_weight_with_channels_is_in_the_table() -> None:
    """A layer of random widths of its own for every name: what the table forgot would not fit."""
    generator = np.random.default_rng(3)
    kept = {name: some_kept(generator, name, False) for name in NAMES}
    cut = cut_network(network(), kept)
    assert all(cut.design.width(name) == stay.sum() for name, stay in kept.items())
    assert answer(cut).isfinite().all()


def test_a_cut_network_is_kept_in_a_file(tmp_path: Path) -> None:
    cut = cut_network(network(), {"rise4": np.arange(16) % 3 > 0, "fuse8": np.arange(12) > 3})
    save_network(cut, tmp_path / "cut.safetensors", {})
    read = load_weights(tmp_path / "cut.safetensors").eval()
    assert read.design == cut.design
    assert torch.equal(answer(read), answer(cut))
    assert weights_sha256(read.design, read.state_dict()) == weights_sha256(cut.design, cut.state_dict())


@pytest.mark.parametrize("name", NAMES)
def test_the_encoder_gives_the_same_unless_its_layers_are_cut(name: str) -> None:
    """Features are compared to the bit; a plan is made of them alone."""
    whole = FrozenLidarselNet(network(), "cpu")
    cut = whole.cut({name: np.arange(DESIGN.width(name)) > 0})
    image, _ = inputs()
    one, other = (vars(of.encode(image)) for of in (whole, cut))

    def same(a: Any, b: Any) -> bool:
        if isinstance(a, tuple) and all(isinstance(part, Tensor) for part in a):
            return len(a) == len(b) and all(map(same, a, b))
        return torch.equal(a, b) if isinstance(a, Tensor) else bool(a == b)

    assert all(same(one[part], other[part]) for part in one) == (name not in whole.encoder_layers)


def test_a_cut_network_is_built_as_one_of_its_design() -> None:
    generator = np.random.default_rng(5)
    cut = cut_network(network(), {name: some_kept(generator, name, False) for name in NAMES})
    made = LidarselNet(cut.design).eval()
    assert repr(cut) == repr(made)
    for one, other in zip(cut.modules(), made.modules(), strict=True):
        assert {k: v for k, v in vars(one).items() if k[0] != "_"} == {
            k: v for k, v in vars(other).items() if k[0] != "_"
        }


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_upsampling_a_cut_network_follows_no_threads(channels: int) -> None:
    x = torch.rand(1, channels, 14, 56, generator=torch.Generator().manual_seed(channels))
    threads, found = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            found.append(upsample(x.contiguous(memory_format=torch.channels_last)))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
    expected = functional.interpolate(x.double(), scale_factor=2, mode="bilinear").float()
    torch.testing.assert_close(found[0], expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_of_which_nothing_stays_is_silent(name: str) -> None:
    kept = {name: np.zeros(DESIGN.width(name), np.bool_)}
    frozen = FrozenLidarselNet(network(), "cpu").cut(kept)
    torch.testing.assert_close(answer(frozen.network), masked(network(), kept), rtol=0, atol=5e-6)


@pytest.mark.parametrize(
    ("widths", "told"),
    [
        ({"steam": (8,)}, "layer 'steam' is none of stem, "),
        ({"fuse8": (4, 4)}, "fuse8 cannot have the widths"),
        ({"stem": ()}, "stem cannot have the widths"),
        ({"stem": (3, 0)}, "stem cannot have the widths"),
    ],
)
def test_widths_that_make_no_network_are_refused(widths: dict[str, tuple[int, ...]], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        Design(widths=widths)
