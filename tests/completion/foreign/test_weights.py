"""Weights for a user's network: every kind of file comes to the same, and what does not fit is named."""

import argparse
import collections
import pathlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from lidarsel.completion.foreign.weights import fit_weights
from lidarsel.completion.registry import load_network
from lidarsel.errors import BadInputError
from lidarsel.settings import RunSettings
from tests.completion.foreign.own_module import weights_in
from tests.support.commands import assert_refused, lidarsel, succeeded


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


def small(fill: float = 0.0) -> nn.Sequential:
    """Two layers, all weights the same."""
    network = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))
    for weight in network.parameters():
        nn.init.constant_(weight, fill)
    return network


SAVED = small(0.5).state_dict()


class Options(dict[str, Any]):
    """A dictionary that somebody's package makes of its options."""


class Mode:
    """An object of a training script."""

    def __init__(self) -> None:
        self.name = "fast"


def before(text: str) -> dict[str, torch.Tensor]:
    return {text + name: x for name, x in SAVED.items()}


@pytest.mark.parametrize("pickled_anew", [True, False])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("net.pt", {"net": SAVED, "args": argparse.Namespace(lr=1e-3)}),
        ("model_state_dict.pth", {"epoch": 3, "model_state_dict": SAVED, "loss": 0.1}),
        ("module.pth", {"net": before("module."), "optimizer": {}}),
        ("lightning.ckpt", {"state_dict": before("model."), "pytorch-lightning_version": "2.4.0", "callbacks": {}}),
        ("lightning_net.ckpt", {"state_dict": {**before("net."), "loss_scale": torch.ones(1)}, "hyper_parameters": {}}),
        ("twice.pth", {"network": before("module.model.")}),
        ("compiled.pth", before("_orig_mod.")),
        ("within.tar", {"checkpoint": {"generator": SAVED, "discriminator": {"0.weight": torch.ones(2)}}}),
        ("bare.bin", collections.OrderedDict(SAVED)),
        ("scalars.pth", {"state_dict": SAVED, "rmse": np.float64(814.7), "epochs": np.int64(3), "all": np.ones(3)}),
        ("paths.pth", {"model": SAVED, "args": argparse.Namespace(out=pathlib.PurePosixPath("runs/1"))}),
        (
            "objects.pth",
            {"model": SAVED, "mode": Mode(), "options": Options(lr=1), "logs": collections.defaultdict(list)},
        ),
    ],
)
def test_a_checkpoint_is_read_as_training_scripts_save_it(
    tmp_path: Path, name: str, content: object, pickled_anew: bool
) -> None:
    torch.save(content, tmp_path / name, _use_new_zipfile_serialization=pickled_anew)
    network = small()
    fit_weights(network, tmp_path / name)
    assert all(torch.equal(x, SAVED[name]) for name, x in network.state_dict().items())


@pytest.mark.parametrize("saved", [small(0.5), nn.DataParallel(small(0.5)), {"epoch": 1, "model": small(0.5)}])
def test_a_network_that_was_saved_whole_gives_its_weights(tmp_path: Path, saved: object) -> None:
    torch.save(saved, tmp_path / "whole.pt")
    network = small()
    fit_weights(network, tmp_path / "whole.pt")
    assert all(torch.equal(x, SAVED[name]) for name, x in network.state_dict().items())


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float64])
def test_another_precision_is_converted_and_said(tmp_path: Path, precision: torch.dtype) -> None:
    path, network = tmp_path / "w.pth", small()
    torch.save({"net": {name: x.to(precision) for name, x in SAVED.items()}}, path)
    (note,) = fit_weights(network, path)
    assert str(precision).removeprefix("torch.") in note
    assert {x.dtype for x in network.state_dict().values()} == {torch.float32}
    assert float(network.state_dict()["0.weight"].mean()) == 0.5


def test_a_head_beside_the_network_is_left_out_and_said(tmp_path: Path) -> None:
    path, network = tmp_path / "w.pth", small()
    torch.save({"state_dict": {**SAVED, "confidence.weight": torch.ones(3), "confidence.bias": torch.ones(1)}}, path)
    (note,) = fit_weights(network, path)
    assert "confidence.weight, confidence.bias" in note
    assert "left out" in note


def test_weights_of_the_network_that_a_factory_wraps(tmp_path: Path) -> None:
    class Wrapper(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = nn.ModuleDict({"inner": small()})

    torch.save({"net": before("module.")}, tmp_path / "w.pth")
    wrapper = Wrapper()
    fit_weights(wrapper, tmp_path / "w.pth")
    assert {float(x.mean()) for x in wrapper.state_dict().values()} == {0.5}


@pytest.mark.parametrize("name", ["3.weight", "0.scale"])
def test_a_deeper_or_other_design_is_refused(tmp_path: Path, name: str) -> None:
    """The first layers of a ResNet-34 would all fit a ResNet-18, and their answers nothing."""
    torch.save({**SAVED, name: torch.ones(1)}, tmp_path / "w.pth")
    with pytest.raises(BadInputError, match=rf"has an unknown weight {name}.*another design"):
        fit_weights(small(), tmp_path / "w.pth")


def test_of_several_weights_one_is_chosen_by_key(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    averaged = {f"student.{name}": 2 * x for name, x in SAVED.items()}
    torch.save({"net": SAVED, "ema": {"state_dict": {**averaged, **before("teacher.")}}}, path)
    with pytest.raises(BadInputError, match=r"3 times, under 'net', 'ema.state_dict.student'.*--weights-key"):
        fit_weights(small(), path)
    for key, value in (("net", 0.5), ("ema.state_dict.student", 1.0), ("ema.state_dict.teacher", 0.5)):
        network = small()
        fit_weights(network, path, key)
        assert float(network.state_dict()["0.bias"][0]) == value
    with pytest.raises(BadInputError, match=r"no entry 'model', but net, ema; give .*--weights-key"):
        fit_weights(small(), path, "model")


def test_what_is_missing_is_named_with_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    less = {name: x for name, x in before("backbone.").items() if name != "backbone.2.bias"}
    torch.save({"encoder": less, "decoder": {"a.weight": torch.ones(1)}}, path)
    with pytest.raises(BadInputError, match=r"misses weight 2.bias .*encoder, decoder; choose by --weights-key"):
        fit_weights(small(), path)
    torch.save({"epoch": 3, "loss": 0.1}, path)
    with pytest.raises(BadInputError, match="has no state dict"):
        fit_weights(small(), path)


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, ("open('run', 'w')",)


class Shell:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        import os

        return os.system, ("touch run",)


class Process:
    def __reduce__(self) -> tuple[Any, tuple[list[str]]]:
        import subprocess

        return subprocess.Popen, (["touch", "run"],)


class MethodCall:
    """By a name that looks like a plain value's."""

    def __reduce__(self) -> tuple[Any, tuple[Any, str]]:
        return getattr, (pathlib.Path("run"), "touch")


@pytest.mark.parametrize("evil", [Evil(), Shell(), Process(), MethodCall()], ids=lambda evil: type(evil).__name__)
@pytest.mark.parametrize("pickled_anew", [True, False])
def test_nothing_that_a_file_names_is_called(folder: Path, evil: object, pickled_anew: bool) -> None:
    torch.save({"net": weights_in("mine:build"), "args": evil}, "w.pth", _use_new_zipfile_serialization=pickled_anew)
    with pytest.raises(BadInputError, match=r"w\.pth: holds Python objects .*not unpickled"):
        load_network("mine:build", Path("w.pth"))
    assert not (folder / "run").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.pop("gain"), "misses weight gain"),
        (lambda w: w["norm.weight"].fill_(torch.inf), "weight norm.weight holds NaN"),
        (lambda w: w.update(gain=torch.zeros(2)), r"weight gain is torch.float32 \(2,\), not torch.float32 \(\)"),
        (lambda w: w.update(gain=torch.tensor(1)), r"weight gain is torch.int64"),
        (lambda w: w.update(gain=torch.tensor(torch.nan)), "weight gain holds NaN"),
        (lambda w: w.update(gain=5), "misses weight gain"),
        (lambda w: w.update(gain=w["gain"].to("meta")), "weight gain is saved without its numbers"),
        (lambda w: w.update(gain=w["gain"].to_sparse()), "weight gain is saved as torch.sparse_coo"),
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
    assert "\n" not in str(refused.value)
    assert not (folder / "run").exists()


def test_weights_for_a_network_without_any(folder: Path) -> None:
    torch.save(weights_in("mine:build"), folder / "w.pth")
    with pytest.raises(BadInputError, match="the network has none; leave --weights out"):
        load_network("mine:depth_only", folder / "w.pth")


@pytest.mark.parametrize("name", ["none.pth", "torn.pth", "text.pt", "weights.npz"])
def test_files_that_are_no_weights(folder: Path, name: str) -> None:
    torch.save(weights_in("mine:build"), folder / "whole.pth")
    (folder / "torn.pth").write_bytes((folder / "whole.pth").read_bytes()[:900])
    (folder / "text.pt").write_text("hello")
    (folder / "weights.npz").write_bytes(b"x")
    with pytest.raises(BadInputError, match=name):
        load_network("mine:build", folder / name)


def test_a_program_is_refused_as_that_without_advice_to_run_it(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    torch.jit.script(nn.Conv2d(1, 1, 1)).save(str(folder / "program.pt"))
    with pytest.raises(BadInputError, match=r"program.pt: is a TorchScript archive.*torch.jit.load") as refused:
        load_network("mine:build", folder / "program.pt")
    assert "weights_only" not in str(refused.value)
    assert not capfd.readouterr().err


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


def test_the_command_takes_the_key(folder: Path, drives: Path) -> None:
    weights = weights_in("mine:build")
    torch.save({"net": weights, "ema": {**weights, "gain": weights["gain"] * 2}}, folder / "w.pth")
    given = ("shapley", drives, "--network", "mine:build", "--weights", "w.pth", "-o", "values.json")
    assert_refused(lidarsel(*given, cwd=folder), "--weights-key")
    fast = ("--evaluations", 150, "--max-frames", 2)
    succeeded(lidarsel(*given, *fast, "--weights-key", "ema", cwd=folder))
    network = RunSettings(network="mine:build", weights="w.pth", weights_key="ema").load_network("cpu")
    assert network.sha256 in (folder / "values.json").read_text()


def test_a_key_without_weights_is_refused_before_the_data_are_opened(tmp_path: Path) -> None:
    done = lidarsel("shapley", "gone", "--weights-key", "net", "-o", tmp_path / "values.json")
    assert_refused(done, "--weights-key")
