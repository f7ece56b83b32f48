"""Weights for a user's network: every kind of file comes to the same, and what does not fit is named."""

import argparse
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lidarsel.completion.registry import load_network
from lidarsel.errors import BadInputError
from tests.completion.foreign.own_module import weights_in


@pytest.mark.parametrize("ending", [".safetensors", ".pth", ".pt", ".pth.tar"])
def test_weights_of_every_kind_come_to_the_same_network(folder: Path, ending: str) -> None:
    weights = weights_in("mine:build")
    weights["gain"] += 3
    path = folder / f"weights{ending}"
    if ending == ".safetensors":
        save_file(weights, path)
    elif ending == ".pt":
        torch.save(weights, path)
    else:  # as training scripts do, nn.DataParallel and all
        entry = "model" if ending == ".pth.tar" else "state_dict"
        torch.save({entry: {f"module.{name}": x for name, x in weights.items()}, "epoch": 3}, path)
    network = load_network("mine:build", path)
    assert float(weights_in("mine:build", path)["gain"]) == 5
    without, again = load_network("mine:build"), load_network("mine:build", path)
    assert network.sha256 == again.sha256 != without.sha256


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, ("open('run', 'w')",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.pop("gain"), "misses weight gain"),
        (lambda w: w.update(extra=torch.zeros(1)), "has an unknown weight extra"),
        (lambda w: w.update(gain=torch.zeros(2)), r"weight gain is torch.float32 \(2,\), not torch.float32 \(\)"),
        (lambda w: w.update(gain=torch.tensor(1.0).half()), "weight gain is torch.float16"),
        (lambda w: w.update(gain=torch.tensor(torch.nan)), "weight gain holds NaN"),
        (lambda w: w.update(gain=5), "has no state dict"),
        (lambda w: w.update(gain=Evil()), "holds Python objects .*exec"),
    ],
)
def test_weights_that_do_not_fit_are_named(folder: Path, change: Callable[[dict[str, Any]], object], said: str) -> None:
    weights = weights_in("mine:build")
    change(weights)
    torch.save(weights, folder / "bad.pth")
    with pytest.raises(BadInputError, match=rf"bad.pth: .*{said}") as refused:
        load_network("mine:build", folder / "bad.pth")
    assert "weights_only" not in str(refused.value)
    assert not (folder / "run").exists()


@pytest.mark.parametrize("name", ["none.pth", "torn.pth", "text.pt", "weights.npz"])
def test_files_that_are_no_weights(folder: Path, name: str) -> None:
    torch.save(weights_in("mine:build"), folder / "whole.pth")
    (folder / "torn.pth").write_bytes((folder / "whole.pth").read_bytes()[:900])
    (folder / "text.pt").write_text("hello")
    (folder / "weights.npz").write_bytes(b"x")
    with pytest.raises(BadInputError, match=name):
        load_network("mine:build", folder / name)


def test_weights_saved_before_batches_were_counted(folder: Path) -> None:
    weights = weights_in("mine:build")
    del weights["norm.num_batches_tracked"]
    torch.save(weights, folder / "old.pth")
    assert load_network("mine:build", folder / "old.pth").sha256 == load_network("mine:build").sha256


@pytest.mark.parametrize("new_format", [True, False])
def test_a_checkpoint_of_ma_et_al_loads(tmp_path: Path, new_format: bool) -> None:
    from lidarsel.completion.sparse_to_dense import resnet18

    network = resnet18()
    metrics = types.ModuleType("metrics")  # the training script's own module, unknown where the file is read
    exec("class Result:\n    rmse = 0", metrics.__dict__)
    best = vars(metrics)["Result"]()
    best.rmse = 814.7
    sys.modules["metrics"] = metrics
    try:
        checkpoint = {
            "epoch": 11,
            "model": {name: x + 0.5 if x.is_floating_point() else x for name, x in network.state_dict().items()},
            "best_result": best,
            "optimizer": torch.optim.Adam(network.parameters()).state_dict(),
            "args": argparse.Namespace(layers=18, input="rgbd", lr=1e-5, result=["results"]),
        }
        torch.save(checkpoint, tmp_path / "model_best.pth.tar", _use_new_zipfile_serialization=new_format)
    finally:
        del sys.modules["metrics"]
    got = weights_in("lidarsel.completion.sparse_to_dense:resnet18", tmp_path / "model_best.pth.tar")
    assert torch.equal(got["conv4.1.conv2.weight"], network.state_dict()["conv4.1.conv2.weight"] + 0.5)
