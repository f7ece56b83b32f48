"""Weights and networks in files: loaded, and run once on a small frame; and what a training leaves beside them."""

from functools import partial
from pathlib import Path

import torch
from torch import nn

from lidarsel.completion.foreign.onnx import load_onnx
from lidarsel.completion.foreign.pt2 import load_pt2
from lidarsel.completion.foreign.weights import fit_weights
from lidarsel.completion.lidarsel_net.checkpoint import load_members, save_ensemble, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.training.curve import write_curve
from lidarsel.training.log import TrainingLog
from lidarsel.training.resume import ResumeFile
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import Best, RunState
from tests.fuzz.choices import Choices
from tests.fuzz.target import Target

DESIGN = Design(image_channels=(8, 8, 8, 8, 8), depth_channels=(8, 8, 8))
SETTINGS = TrainSettings(design=DESIGN, steps=4)
SIZE = (16, 32)


class Blur(nn.Module):
    """Has a weight, a buffer, a convolution and shapes."""

    kernel: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("kernel", torch.ones(1, 1, 3, 3) / 9)

    def forward(self, sparse_depth_m: torch.Tensor) -> torch.Tensor:
        return nn.functional.conv2d(sparse_depth_m, self.kernel, padding=1) * self.gain + 0.5


def sensible(depth_m: torch.Tensor) -> None:
    assert depth_m.shape == (2, 1, *SIZE)
    assert bool((depth_m.isfinite() & (depth_m > 0)).all())


def given() -> torch.Tensor:
    return torch.rand(2, 1, *SIZE, generator=torch.Generator().manual_seed(0)) * 50


def use_exported(suffix: str, folder: Path, _choices: Choices) -> None:
    network = {"onnx": load_onnx, "pt2": load_pt2}[suffix](folder / f"net.{suffix}", "cpu")
    image = torch.zeros(1, 3, *SIZE)
    sensible(network.complete(network.encode(image, torch.eye(3)[None]), given()))


def use_weights(folder: Path, _choices: Choices) -> None:
    for network in load_members(folder / "weights.safetensors"):
        with torch.inference_mode():
            features = network.eval().encode(torch.zeros(1, 3, 32, 64))
            network(features, torch.zeros(1, 1, 32, 64))


def use_foreign(name: str, folder: Path, _choices: Choices) -> None:
    module = Blur()
    fit_weights(module, folder / name)
    assert all(bool(x.isfinite().all()) for x in module.state_dict().values())


def use_checkpoint(folder: Path, _choices: Choices) -> None:
    state = RunState(SETTINGS, TrainableLidarselNet(DESIGN, SETTINGS.seed))
    ResumeFile(folder / "resume.safetensors", SETTINGS, "data").restore(state)
    assert state.step >= 0
    assert all(bool(x.isfinite().all()) for x in (*state.weights.values(), *state.average.values()))


def use_log(folder: Path, _choices: Choices) -> None:
    """As a training that goes on."""
    log = TrainingLog(folder / "w.log.jsonl")
    log.cut(2)
    log.loss(3, [1.0], 1e-3)
    write_curve(log, folder / "curve.html", 2)
    assert (folder / "curve.html").read_text().endswith("</html>\n")


def make_log(folder: Path) -> None:
    log = TrainingLog(folder / "w.log.jsonl")
    log.cut(0)
    for step in (1, 2, 3):
        log.loss(step, [3.0 / step], 1e-3)
        log.validation(step, {"0": 9000.0 / step, "4": 3000.0, "all": 2000.5})


def make_weights(folder: Path) -> None:
    save_network(LidarselNet(DESIGN), folder / "weights.safetensors", {"data": "none"})


def make_checkpoint(folder: Path) -> None:
    state = RunState(SETTINGS, TrainableLidarselNet(DESIGN, SETTINGS.seed))
    torch.stack([weight.square().sum() for weight in state.weights.values()]).sum().backward()
    state.optimiser.step()
    state.step, state.losses = 1, [1.5]
    state.best = Best(1, {"all": 2000.5}, {name: weight.clone() for name, weight in state.average.items()})
    ResumeFile(folder / "resume.safetensors", SETTINGS, "data").write(state)


def make_pt2(folder: Path) -> None:
    torch.export.save(torch.export.export(Blur().eval(), (), {"sparse_depth_m": given()[:1]}), folder / "net.pt2")


def make_onnx(folder: Path) -> None:
    """The same network, written by hand: torch.onnx.export takes seconds."""
    from onnx import TensorProto, helper

    shape = [1, 1, *SIZE]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["sparse_depth_m", "kernel"], ["blurred"], pads=[1, 1, 1, 1]),
            helper.make_node("Mul", ["blurred", "gain"], ["scaled"]),
            helper.make_node("Add", ["scaled", "least"], ["depth_m"]),
        ],
        "blur",
        [helper.make_tensor_value_info("sparse_depth_m", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("depth_m", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor("kernel", TensorProto.FLOAT, [1, 1, 3, 3], [1 / 9] * 9),
            helper.make_tensor("gain", TensorProto.FLOAT, [], [2.0]),
            helper.make_tensor("least", TensorProto.FLOAT, [], [0.5]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    (folder / "net.onnx").write_bytes(model.SerializeToString())


def make_ensemble(folder: Path) -> None:
    save_ensemble([LidarselNet(DESIGN, seed) for seed in (0, 1)], folder / "weights.safetensors", {})


TARGETS = (
    Target("weights.safetensors", make_weights, use_weights),
    Target("ensemble.safetensors", make_ensemble, use_weights),
    Target("resume.safetensors", make_checkpoint, use_checkpoint),
    Target("log.jsonl", make_log, use_log),
    Target("net.onnx", make_onnx, partial(use_exported, "onnx")),
    Target("net.pt2", make_pt2, partial(use_exported, "pt2")),
    Target("net.pth", lambda f: torch.save(Blur().state_dict(), f / "net.pth"), partial(use_foreign, "net.pth")),
)
