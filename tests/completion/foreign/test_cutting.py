"""Users' networks really cut: the same answers as with the removed channels at zero."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from lidarsel.completion import sparse_to_dense
from lidarsel.completion.base import CutsChannels
from lidarsel.completion.foreign.adapted import made_up_inputs
from lidarsel.completion.foreign.cuttable import CuttableNetwork
from lidarsel.completion.foreign.cutting import masked_module
from lidarsel.errors import BadInputError
from tests.completion.foreign import own_networks
from tests.completion.foreign.random_networks import INPUTS, RandomNetwork, as_network, masked_answer, some_kept

DRAWN = [made_up_inputs(INPUTS, 2, (32, 48), torch.device("cpu"))[name] for name in INPUTS]


def assert_cut_as_masked(network: CuttableNetwork, kept: dict[str, np.ndarray]) -> CuttableNetwork:
    cut = network.cut(kept)
    expected = masked_answer(network.module, network.couplings, kept, *DRAWN)
    with torch.inference_mode():
        found = copy.deepcopy(cut.module).double()(*(x.double() for x in DRAWN))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)
    return cut


def judge(seed: int) -> None:
    module = RandomNetwork(seed)
    network = as_network(module)
    try:
        couplings = network.couplings
    except BadInputError as error:  # halves of maps side by side with the input may tie every layer to it
        if "no inner layer" in str(error):
            return
        raise
    assert isinstance(network, CutsChannels)  # which looks at its couplings
    assert network.notes == (), module.drawn
    kept = some_kept(couplings, seed)
    cut = assert_cut_as_masked(network, kept)
    assert_cut_as_masked(cut, some_kept(cut.couplings, seed + 1))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000))
@example(seed=10_865)  # every layer is tied to the input
def test_random_networks(seed: int) -> None:
    judge(seed)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_many_random_networks(seed: int) -> None:
    judge(seed)


def test_sparse_to_dense_cut_by_half() -> None:
    """Every layer of Ma et al.'s network; its first is put together of two, and so are those that are added to it."""
    network = as_network(sparse_to_dense.resnet18())
    widths = {coupling.name: coupling.width for coupling in network.couplings}
    one_each = ("conv2.0.conv1", "conv2.1.conv1", "conv3.0.conv1", "conv3.1.conv1", "conv4.0.conv1", "conv4.1.conv1")
    added = {"conv3.0.conv2": 128, "conv4.0.conv2": 256, "conv5.0.conv2": 512}
    rising = {"conv6.0": 512, "convt5.0": 256, "convt4.0": 128, "convt3.0": 64, "convt2.0": 64, "convt1.0": 64}
    inner = dict(zip(one_each, (64, 64, 128, 128, 256, 256), strict=True))
    inner |= {"conv5.0.conv1": 512, "conv5.1.conv1": 512}
    assert widths == {"conv1_d.0": 16, "conv1_img.0": 48} | inner | added | rising
    draw = np.random.default_rng(0)
    kept = {name: draw.permutation(width) < width // 2 for name, width in widths.items()}
    cut = assert_cut_as_masked(network, kept)
    assert {coupling.name: coupling.width for coupling in cut.couplings} == {n: w // 2 for n, w in widths.items()}
    count = [sum(parameter.numel() for parameter in each.module.parameters()) for each in (network, cut)]
    assert count[1] == pytest.approx(count[0] / 4, rel=0.01)
    assert cut.sha256 != network.sha256


@pytest.mark.parametrize(
    ("kind", "widths"),
    [
        (own_networks.Own, {"enter": 8, "inner": 12}),
        (own_networks.GroupedNet, {"enter": 8, "inner": 4, "grouped": 4}),
        (own_networks.SharedNet, {"enter": 8, "inner": 12}),
        (own_networks.OneWeight, {"enter": 8, "inner": 12}),
        (own_networks.Functional, {"enter": 8, "inner": 12, "back": 12}),
        (own_networks.VectorNet, {"enter": 8, "inner": 12, "code": 8}),
    ],
)
def test_networks_of_many_kinds(kind: type[nn.Module], widths: dict[str, int]) -> None:
    network = as_network(kind())
    assert {coupling.name: coupling.width for coupling in network.couplings} == widths
    assert network.notes == ()
    of_couplings = {weight for coupling in network.couplings for weight, _ in coupling.places}
    assert of_couplings <= dict(network.module.named_parameters()).keys()  # which has one name of a shared weight
    draw = np.random.default_rng(1)
    kept = {name: draw.permutation(width) < width // 2 for name, width in widths.items()}
    whole = {name: x.clone() for name, x in network.module.state_dict().items()}
    cut = network.cut(kept)
    assert_same(cut.module, masked_module(network.module, network.couplings, kept))
    assert all(torch.equal(x, whole[name]) for name, x in network.module.state_dict().items())
    with torch.no_grad():
        for parameter in cut.module.parameters():
            parameter.add_(1)
    assert all(torch.equal(x, whole[name]) for name, x in network.module.state_dict().items())


def test_what_is_masked_is_what_hooks_mask() -> None:
    network = as_network(own_networks.Own())
    kept = some_kept(network.couplings, 5)
    with torch.inference_mode():
        found = masked_module(network.module, network.couplings, kept).double()(*(x.double() for x in DRAWN))
    torch.testing.assert_close(found, masked_answer(network.module, network.couplings, kept, *DRAWN))


def test_a_layer_of_which_nothing_stays() -> None:
    network = as_network(own_networks.Own())
    kept = {"inner": np.zeros(12, np.bool_), "enter": np.arange(8) > 3}
    cut = assert_cut_as_masked(network, kept)
    assert [coupling.name for coupling in cut.couplings] == ["enter"]
    with torch.inference_mode():
        assert float(cut.module(*DRAWN).std()) < 1e-5  # what is left is the last bias


def test_beside_a_layer_of_which_nothing_stays() -> None:
    """Its one channel still stands before those of the layer beside it."""
    cut = assert_cut_as_masked(as_network(own_networks.SideBySide()), {"inner": np.zeros(12, np.bool_)})
    assert [coupling.name for coupling in cut.couplings] == ["enter", "side"]
    assert_cut_as_masked(cut, {"side": np.arange(6) == 2})


@pytest.mark.parametrize("kept", [{"inner": np.ones(3, np.bool_)}, {"other": np.ones(12, np.bool_)}])
def test_masks_that_do_not_fit(kept: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="layer"):
        as_network(own_networks.Own()).cut(kept)


def assert_same(one: nn.Module, other: nn.Module) -> None:
    with torch.inference_mode():
        answers = [module.double()(*(x.double() for x in DRAWN)) for module in (one, other)]
    torch.testing.assert_close(*answers, rtol=0, atol=1e-9)
    assert float(answers[0].std()) > 1e-3
