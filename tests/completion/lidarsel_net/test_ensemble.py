"""Several networks as one: the mixture by sampling, the same answer in any batch and at pixels, and one file."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lidarsel.completion.base import CompletesAtPixels, CompletionNetwork, TellsMemory
from lidarsel.completion.lidarsel_net.checkpoint import load_members, load_weights, save_ensemble, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.ensemble import FrozenEnsemble
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet, spreading
from lidarsel.completion.registry import load_network
from lidarsel.completion.spreading import with_spread
from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.errors import BadInputError, UsageError
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.workflow.shrinking import shrink
from tests.completion.lidarsel_net.networks import made_up_inputs, random_network
from tests.support.commands import ROOT

DESIGN = Design(image_channels=(8, 16, 16, 24, 16), depth_channels=(8, 12, 16))


def networks() -> list[LidarselNet]:
    return [spreading(random_network(DESIGN, seed), "nll", seed).eval() for seed in range(3)]


def ensemble() -> FrozenEnsemble:
    return FrozenEnsemble([FrozenLidarselNet(network, "cpu") for network in networks()])


def inputs() -> tuple[Tensor, Tensor]:
    return made_up_inputs((40, 72))


def test_depth_and_spread_are_those_of_the_mixture() -> None:
    """Log depths drawn from each member's Laplace distribution in turn."""
    together = ensemble()
    assert isinstance(together, CompletionNetwork)
    assert isinstance(together, CompletesAtPixels)
    assert isinstance(together, TellsMemory)
    assert with_spread(together) is together
    image, sparse = inputs()
    depth_m, spread_m = together.complete_with_spread(together.encode(image), sparse)
    told = [member.complete_with_spread(member.encode(image), sparse) for member in together.members]
    rng = np.random.default_rng(0)
    for place in np.random.default_rng(1).integers(0, depth_m.numel(), 6):
        middles = [float(each.flatten()[place].double().log()) for each, _ in told]
        scales = [float((spread / each).flatten()[place]) / 2**0.5 for each, spread in told]
        mixture = zip(middles, scales, strict=True)
        draws = np.concatenate([rng.laplace(middle, scale, 300_000) for middle, scale in mixture])
        assert float(depth_m.flatten()[place].log()) == pytest.approx(draws.mean(), abs=0.01)
        assert float((spread_m / depth_m).flatten()[place]) == pytest.approx(draws.std(), rel=0.01)
    torch.testing.assert_close(depth_m[sparse > 0], sparse[sparse > 0], rtol=0, atol=0)


def test_an_answer_is_the_same_in_any_batch_and_at_pixels() -> None:
    together = ensemble()
    image, sparse = inputs()
    features = together.encode(image)
    depth_m, spread_m = together.complete_with_spread(features, sparse)
    assert torch.equal(together.complete(features, sparse), depth_m)
    alone_m, alone_spread_m = together.complete_with_spread(features, sparse[1:])
    assert torch.equal(alone_m, depth_m[1:])
    assert torch.equal(alone_spread_m, spread_m[1:])
    measured = torch.nonzero((sparse > 0).any(0).flatten())[:, 0]
    asked = torch.arange(0, 40 * 72, 7)
    found = together.complete_at(together.plan(features, measured, asked), sparse.flatten(1)[:, measured])
    torch.testing.assert_close(found, depth_m.flatten(1)[:, asked], rtol=1e-4, atol=1e-4)
    assert together.bytes_for((40, 72)) == 3 * together.members[0].bytes_for((40, 72))


def test_one_file_holds_them_all(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_ensemble(networks(), path, {"about": "this"})
    again = load_network("lidarsel", path)
    assert isinstance(again, FrozenEnsemble)
    assert again.sha256 == ensemble().sha256
    assert again.name == "lidarsel, 3 networks"
    image, sparse = inputs()
    assert torch.equal(again.complete(again.encode(image), sparse), ensemble().complete(again.encode(image), sparse))
    with pytest.raises(BadInputError, match=r"w\.safetensors: holds an ensemble of 3 networks.*of one network"):
        load_weights(path)
    save_network(networks()[0], path, {})
    assert len(load_members(path)) == 1


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda tensors, _: tensors.pop("member2.depth_branch.leave.bias"), "misses weight member2.depth_branch.leave"),
        (lambda _, metadata: metadata.update(members="4"), "misses weight member4."),
        (lambda _, metadata: metadata.update(members="1"), "has an unknown weight|misses weight"),
        (lambda _, metadata: metadata.update(members="1000000"), "members|<= 32"),
        (lambda _, metadata: metadata.update(members="two"), "is no use"),
    ],
)
def test_a_damaged_file_is_refused_by_name(
    damage: Callable[[dict[str, Tensor], dict[str, str]], object], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "w.safetensors"
    save_ensemble(networks(), path, {})
    tensors, metadata = read_safetensors(path)
    damage(tensors, metadata)
    write_safetensors(tensors, path, metadata)
    with pytest.raises(BadInputError, match=told):
        load_members(path)


def test_the_file_says_what_it_holds(tmp_path: Path) -> None:
    save_ensemble(networks(), tmp_path / "w.safetensors", {"about": "this"})
    metadata = read_safetensors(tmp_path / "w.safetensors")[1]
    assert metadata["members"] == "3"
    assert metadata["about"] == "this"
    assert json.loads(metadata["design"])["spread"] == "nll"


def test_what_is_of_one_network_names_the_file_of_an_ensemble(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    save_ensemble(networks(), weights, {})
    with pytest.raises(UsageError, match=r"w\.safetensors: an ensemble cannot be cut; give the weights of one"):
        shrink(ROOT / "datasets" / "sample", ShrinkSettings(weights=str(weights)), tmp_path / "s.safetensors", "tests")
