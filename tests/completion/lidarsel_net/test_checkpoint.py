"""Weights files: what is written comes back, and what is not a file of ours is refused by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.lidarsel_net.checkpoint import DESIGN_NAME, load_weights, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.registry import NAMES, SHIPPED_WEIGHTS, load_network
from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.errors import BadInputError, OutputError, UsageError

SMALL = Design(image_channels=(8, 8, 8, 8, 8), depth_channels=(8, 8, 8))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.safetensors"
    save_network(LidarselNet(SMALL, seed=3), path, {"seed": "0"})
    return path


def rewritten(
    path: Path, change_weights: Callable[[dict[str, torch.Tensor]], object] | None = None, **metadata: str
) -> Path:
    weights, old = read_safetensors(path)
    if change_weights:
        change_weights(weights)
    save_file(weights, path, {**old, **metadata})
    return path


def test_weights_and_recipe_come_back(file: Any) -> None:
    expected = LidarselNet(SMALL, seed=3).state_dict()
    got = load_weights(file)
    assert got.design == SMALL
    assert all(torch.equal(got.state_dict()[name], expected[name]) for name in expected)
    assert read_safetensors(file)[1]["seed"] == "0"
    assert list(file.parent.iterdir()) == [file]  # nothing temporary is left


def test_the_identity_is_of_the_weights_and_not_of_the_file(file: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_network(load_weights(file), other, {"seed": "told otherwise"})
    assert load_network(str(file)).sha256 == load_network("lidarsel", other).sha256
    rewritten(other, lambda weights: weights["depth_branch.leave.bias"].add_(1e-3))
    assert load_network(str(file)).sha256 != load_network(str(other)).sha256


def shorten(weights: dict[str, torch.Tensor]) -> None:
    weights["depth_branch.leave.bias"] = weights["depth_branch.leave.bias"][:-1].clone()


def spoil(weights: dict[str, torch.Tensor]) -> None:
    weights["depth_branch.leave.bias"][0] = float("nan")


def lose(weights: dict[str, torch.Tensor]) -> None:
    del weights["depth_branch.leave.bias"]


def add(weights: dict[str, torch.Tensor]) -> None:
    weights["surplus"] = torch.zeros(1)


@pytest.mark.parametrize(
    ("change", "told"), [(shorten, "is"), (spoil, "NaN"), (lose, "misses"), (add, "unknown weight surplus")]
)
def test_other_weights_are_refused_by_name(file: Any, change: Any, told: Any) -> None:
    with pytest.raises(BadInputError, match=told) as caught:
        load_weights(rewritten(file, change))
    assert str(caught.value).startswith(str(file))
    assert "lidarsel train" in caught.value.remedy


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"design_name": "somebody-else-net"}, "another network"),
        ({"design": "not json"}, "description"),
        ({"design": json.dumps({"image_channels": [8], "depth_channels": [8, 8, 8]})}, "description"),
        ({"design": json.dumps({**SMALL.to_dict(), "depth": 9})}, "unknown keys"),
        ({"design": json.dumps({**SMALL.to_dict(), "depth_channels": [8, 8, -8]})}, "description"),
    ],
)
def test_another_design_is_refused_by_name(file: Any, metadata: Any, told: Any) -> None:
    with pytest.raises(BadInputError, match=told):
        load_weights(rewritten(file, **metadata))


def test_a_bare_tensor_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.safetensors"
    save_file({"x": torch.zeros(2)}, path)
    with pytest.raises(BadInputError, match=DESIGN_NAME):
        load_weights(path)


def test_damaged_missing_and_pickled_files_are_refused(file: Any, tmp_path: Path) -> None:
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(file.read_bytes()[:-50])
    pickled = tmp_path / "pickled.safetensors"
    torch.save({"x": torch.zeros(2)}, pickled)
    empty = tmp_path / "empty.safetensors"
    empty.touch()
    for path in (cut, pickled, empty):
        with pytest.raises(BadInputError, match="no readable safetensors"):
            load_weights(path)
    with pytest.raises(BadInputError, match="no such"):
        load_weights(tmp_path / "absent.safetensors")


def test_an_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    with pytest.raises(OutputError, match="cannot be written"):
        save_network(LidarselNet(SMALL), tmp_path / "taken" / "w.safetensors", {})


def test_names(file: Any) -> None:
    with pytest.raises(UsageError, match="lidarsel, classical, nearest"):
        load_network("resnet")
    with pytest.raises(UsageError, match="no weights"):
        load_network("nearest", file)
    with pytest.raises(UsageError, match="two weights files"):
        load_network(str(file), file)
    assert len({load_network(name).sha256 for name in NAMES}) == len(NAMES)


def test_the_shipped_weights_are_small_and_say_how_they_were_made() -> None:
    network = load_network("lidarsel")
    assert isinstance(network, CompletionNetwork)
    assert network.uses_image
    assert SHIPPED_WEIGHTS.stat().st_size <= 5e6
    recipe = read_safetensors(SHIPPED_WEIGHTS)[1]
    assert {"command", "settings", "step", "design"} <= recipe.keys()
    assert all(tensor.dtype == torch.float32 for tensor in load_file(SHIPPED_WEIGHTS).values())
