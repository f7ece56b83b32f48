"""scripts/average_weights.py as its user gives it."""

import subprocess
import sys
from pathlib import Path

import torch

from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from tests.support.commands import ROOT

TINY = Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16))


def averaged(folder: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "scripts" / "average_weights.py"), *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_the_mean_is_a_network_that_says_of_what_it_is(tmp_path: Path) -> None:
    networks = [LidarselNet(TINY, seed) for seed in (0, 1)]
    for seed, network in enumerate(networks):
        save_network(network, tmp_path / f"{seed}.safetensors", {"start": "same"})
    assert averaged(tmp_path, "mean.safetensors", "0.safetensors", "1.safetensors").returncode == 0
    mean = load_weights(tmp_path / "mean.safetensors").state_dict()
    for name, weight in mean.items():
        torch.testing.assert_close(weight, (networks[0].state_dict()[name] + networks[1].state_dict()[name]) / 2)


def test_networks_of_another_start_are_refused(tmp_path: Path) -> None:
    for seed in (0, 1):
        save_network(LidarselNet(TINY, seed), tmp_path / f"{seed}.safetensors", {"start": str(seed)})
    done = averaged(tmp_path, "mean.safetensors", "0.safetensors", "1.safetensors")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "1.safetensors" in done.stderr
    assert not (tmp_path / "mean.safetensors").exists()
