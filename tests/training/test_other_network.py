"""The training loop with a network of three numbers: it learns, goes on after a kill, and no loop knows whose it is."""

import ast
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lidarsel.completion.base import LogDepths, TrainableNetwork
from lidarsel.completion.identity import sha256_of
from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.training import train as loop
from tests.support.streets import SETTINGS, Streets

HELD_OUT = Streets(2, first=1000)
STEPS = msgspec.structs.replace(SETTINGS, design=None)


class Slope(nn.Module):
    """Log depth as a linear function of the row above the bottom, drawn towards the mean of what was measured."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = nn.Parameter(torch.tensor([1.0, 0.0, 0.0]))

    def forward(self, row: Tensor, sparse_depth_m: Tensor) -> Tensor:
        known = (sparse_depth_m > 0).float()
        mean = (sparse_depth_m.clamp(min=1).log() * known).sum((2, 3), keepdim=True) / known.sum(
            (2, 3), keepdim=True
        ).clamp(min=1)
        return self.numbers[0] + self.numbers[1] * row + self.numbers[2] * mean


class FrozenSlope:
    name, uses_image, uses_intrinsics = "slope", True, False

    def __init__(self, module: Slope) -> None:
        self.module = module
        self.sha256 = sha256_of("slope", module.state_dict())

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> Tensor:
        assert image is not None
        height = image.shape[2]
        return ((height - 1 - torch.arange(height)) / 352).view(1, 1, -1, 1).expand(1, 1, -1, image.shape[3])

    @torch.inference_mode()
    def complete(self, features: Tensor, sparse_depth_m: Tensor) -> Tensor:
        depth: Tensor = self.module(features, sparse_depth_m).exp()
        return depth.expand_as(sparse_depth_m)


class TrainableSlope:
    start = "scratch"

    def __init__(self) -> None:
        self.module = Slope()

    def log_depths(self, image: Tensor, position: Tensor, sparse_depth_m: Tensor) -> LogDepths:
        rows = position[:, :1].repeat_interleave(len(sparse_depth_m) // len(image), 0)
        return LogDepths(self.module(rows, sparse_depth_m))

    def freeze(self, weights: Mapping[str, Tensor], device: str) -> FrozenSlope:
        module = Slope()
        module.load_state_dict(weights)
        return FrozenSlope(module)

    def save(self, weights: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str]) -> None:
        write_safetensors({name: tensor.clone() for name, tensor in weights.items()}, path, dict(metadata))


def test_it_learns(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(STEPS, steps=60, learning_rate=0.05, validate_every=60)
    losses: list[float] = []
    network: TrainableNetwork = TrainableSlope()
    out = tmp_path / "slope.safetensors"
    loop.train(Streets(), HELD_OUT, settings, out, network, lambda done, total, loss: losses.append(loss))
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
    assert read_safetensors(out)[0].keys() == {"numbers"}


def kill_at(step: int) -> Callable[[int, int, float], None]:
    def progress(done: int, total: int, loss: float) -> None:
        if done == step:
            raise KeyboardInterrupt

    return progress


def test_a_killed_run_ends_as_a_whole_one(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    loop.train(Streets(), HELD_OUT, STEPS, whole, TrainableSlope())
    with pytest.raises(KeyboardInterrupt):
        loop.train(Streets(), HELD_OUT, STEPS, killed, TrainableSlope(), kill_at(5))
    steps: list[int] = []
    loop.train(Streets(), HELD_OUT, STEPS, killed, TrainableSlope(), lambda done, *_: steps.append(done))
    assert steps == [5, 6]
    assert killed.read_bytes() == whole.read_bytes()


def imports_of(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_only_settings_and_recipe_know_the_design_of_lidarsels_network() -> None:
    files = Path(loop.__file__).parent.glob("*.py")
    knowing = {path.stem for path in files if any("lidarsel_net" in name for name in imports_of(path))}
    assert knowing == {"settings", "recipe"}
