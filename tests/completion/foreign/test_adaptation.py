"""Networks shaped as published projects shape them: what options say of inputs, outputs and depths."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from lidarsel.completion.foreign.adaptation import Adaptation, parse_inputs
from lidarsel.completion.foreign.network import ForeignNetwork
from lidarsel.completion.registry import load_network
from lidarsel.errors import BadInputError, LidarselError, UsageError
from lidarsel.settings import RunSettings
from tests.support.commands import assert_refused, lidarsel, succeeded

NETS = """
import torch
from torch import nn
from torch.nn import functional

def fill(d):
    return torch.where(d > 0, d, 15.0)

class DictIn(nn.Module):
    def forward(self, sample):
        assert sample["cam"]["K"].shape[1:] == (3, 3)
        return {"pred": fill(sample["dep"]) + sample["rgb"].mean(1, keepdim=True), "guidance": torch.ones(1)}

class Names(nn.Module):
    def forward(self, rgb, d, valid, K=None):
        return fill(d) + rgb.mean(1, keepdim=True) + valid

class FourChannels(nn.Module):
    def forward(self, x):
        return fill(x[:, 3:4]) + x[:, :3].mean(1, keepdim=True)

class Scales(nn.Module):
    def forward(self, sparse_depth_m):
        whole = fill(sparse_depth_m)
        return [functional.avg_pool2d(whole, 4), (whole, functional.avg_pool2d(whole, 2))]

class Two(nn.Module):
    def forward(self, sparse_depth_m):
        return {"depth": fill(sparse_depth_m), "confidence": torch.ones_like(sparse_depth_m)}

class Lower(nn.Module):
    def forward(self, sparse_depth_m):
        return fill(sparse_depth_m) - 5

class Median(nn.Module):
    def forward(self, sparse_depth_m):
        measured = sparse_depth_m[sparse_depth_m > 0]
        return fill(sparse_depth_m / measured.mean()) * measured.mean()

class Raises(nn.Module):
    def forward(self, sparse_depth_m):
        return fill(sparse_depth_m) + sparse_depth_m[sparse_depth_m > 0].min() * 0

class Inverse(nn.Module):
    def forward(self, sparse_depth_m):
        return 1 / fill(sparse_depth_m)

class NormalisedNet(nn.Module):
    def forward(self, sparse_depth_m):
        return fill(sparse_depth_m) / 85
"""
HEIGHT, WIDTH = 32, 64


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "nets_of_others.py").write_text(NETS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("nets_of_others", None)


def network(name: str, inputs: str = "", **more: Any) -> ForeignNetwork:
    adaptation = Adaptation(inputs=parse_inputs(inputs) if inputs else (), **more)
    found = load_network(f"nets_of_others:{name}", adaptation=adaptation)
    assert isinstance(found, ForeignNetwork)
    return found


def measured(rows: int = 4) -> torch.Tensor:
    """(1, 1, H, W), some rows of depths from 5 to 60 m."""
    depth_m = torch.zeros(1, 1, HEIGHT, WIDTH)
    depth_m[..., : 3 * rows : 3, :] = torch.linspace(5, 60, WIDTH)
    return depth_m


IMAGE = torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))


def complete(found: ForeignNetwork, sparse_m: torch.Tensor) -> torch.Tensor:
    return found.complete(found.encode(IMAGE, torch.eye(3)[None]), sparse_m)


@pytest.mark.parametrize(
    ("name", "inputs", "mask"),
    [
        ("DictIn", "sample.rgb=image,sample.dep=sparse_depth_m,sample.cam.K=intrinsics", 0),
        ("Names", "rgb=image,d=sparse_depth_m,valid=mask", 1),
        ("FourChannels", "x=image+sparse_depth_m", 0),
    ],
)
def test_arguments_are_given_by_any_name(nets: Path, name: str, inputs: str, mask: int) -> None:
    sparse = measured()
    wanted = torch.where(sparse > 0, sparse, 15.0) + IMAGE.mean(1, keepdim=True) + mask * (sparse > 0)
    found = network(name, inputs)
    torch.testing.assert_close(complete(found, sparse), wanted)
    assert found.uses_image
    assert any("--network-inputs" in note for note in found.notes)


@pytest.mark.parametrize(("name", "output", "place"), [("Scales", None, "1.0"), ("Two", "depth", "depth")])
def test_which_output_is_taken_is_said(nets: Path, name: str, output: str | None, place: str) -> None:
    found = network(name, output=output)
    sparse = measured()
    assert torch.equal(complete(found, sparse), torch.where(sparse > 0, sparse, 15.0))
    assert any(f"returns, {place} is taken" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "output", "said"),
    [
        ("Two", None, "2 tensors of the frame's size, depth, confidence; say which .*--network-output"),
        ("Two", "pred", "nothing called 'pred', but depth .*confidence"),
        ("Scales", "2", "nothing called '2'"),
    ],
)
def test_an_output_that_nobody_can_tell_is_refused_at_once(
    nets: Path, name: str, output: str | None, said: str
) -> None:
    with pytest.raises(BadInputError, match=said):
        network(name, output=output)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("rgb", "no ARGUMENT=INPUT"),
        ("rgb=photo", "'photo' is none of image, sparse_depth_m, mask, intrinsics"),
        ("K=image+intrinsics", "intrinsics have no channels"),
        ("a=image,a=mask", "gives a twice"),
        ("a=image,a.b=mask", "gives a twice"),
    ],
)
def test_inputs_that_there_are_not(inputs: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"--network-inputs.*{said}"):
        parse_inputs(inputs)


def test_arguments_that_there_are_not(nets: Path) -> None:
    with pytest.raises(UsageError, match="takes no photo; it takes rgb, d, valid, K"):
        network("Names", "photo=image")
    with pytest.raises(UsageError, match="takes rgb, valid, which nobody gives it"):
        network("Names", "d=sparse_depth_m")
    with pytest.raises(UsageError, match="takes no sparse_depth_m"):
        network("FourChannels", "x=image")


def test_depths_below_the_least_are_raised_where_that_is_asked_for(nets: Path) -> None:
    sparse = measured()
    sparse[sparse > 0] = sparse[sparse > 0].clamp(max=4)
    with pytest.raises(BadInputError, match=r"from -1 to 10 m: --network-min-depth-m 0.1 raises"):
        complete(network("Lower"), sparse)
    found = network("Lower", min_depth_m=0.5)
    assert torch.equal(complete(found, sparse), torch.where(sparse > 0, 0.5, 10.0))
    assert "raised to 0.5 m" in found.notes[-1]
    with pytest.raises(BadInputError, match="100% of them below"):
        complete(found, torch.full_like(sparse, 3.0))
    with pytest.raises(UsageError, match="is no depth"):
        Adaptation(min_depth_m=-1.0)


@pytest.mark.parametrize(("name", "said"), [("Inverse", "inverse depth"), ("NormalisedNet", "normalised")])
def test_what_is_no_depth_in_metres_is_told(nets: Path, name: str, said: str) -> None:
    with pytest.raises(BadInputError, match=f"{name}: .*{said}.*docs/own_network.md"):
        complete(network(name), measured(10))


def test_all_that_changes_depths_is_part_of_the_identity(nets: Path) -> None:
    ways = [
        network("Scales"),
        network("Scales", output="1.0"),
        network("Scales", min_depth_m=0.1),
        network("Scales", min_depth_m=0.2),
        network("Names", "rgb=image,d=sparse_depth_m,valid=mask"),
        network("Names", "rgb=image,d=sparse_depth_m,valid=sparse_depth_m"),
    ]
    assert len({way.sha256 for way in ways}) == len(ways)


def test_lidarsel_s_own_networks_take_no_adaptation() -> None:
    with pytest.raises(UsageError, match=r"output 0.*leave --network-inputs"):
        load_network("nearest", adaptation=Adaptation(output="0"))


def test_onnx_inputs_and_outputs_by_their_names(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMax", ["input.1", "axis"], ["depth"]),
            helper.make_node("ReduceMin", ["input.1", "axis"], ["least"]),
        ],
        "rgbd",
        [value("input.1", kind, [1, 4, 384, 1280])],
        [value(name, kind, [1, 1, 384, 1280]) for name in ("depth", "least")],
        [onnx.numpy_helper.from_array(torch.tensor([1]).numpy(), "axis")],
    )
    path = tmp_path / "rgbd.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    with pytest.raises(BadInputError, match=r"has an input 'input.1'; say what each input is by --network-inputs"):
        load_network(str(path))
    adaptation = Adaptation(inputs=parse_inputs("input.1=image+sparse_depth_m"), output="depth")
    found = load_network(str(path), adaptation=adaptation)
    sparse = torch.full((1, 1, 352, 1216), 7.0)
    image = torch.rand(1, 3, 352, 1216)
    assert torch.equal(found.complete(found.encode(image), sparse), sparse)


@pytest.mark.slow
def test_an_error_says_for_how_many_lines_and_a_constant_answers_instead(nets: Path, drives: Path) -> None:
    fast = ("--evaluations", 150, "--max-frames", 2, "--part", "all")
    common = ("shapley", drives, *fast, "-o", "values.json", "--network")
    for name in ("nets_of_others:Median", "nets_of_others:Raises"):
        assert_refused(lidarsel(*common, name, cwd=nets), "with 0 of 64 lines kept", "--empty-coalition constant")
        succeeded(lidarsel(*common, name, "--empty-coalition", "constant", cwd=nets))


def test_bad_networks_are_told_before_the_data_are_opened(nets: Path) -> None:
    (nets / "data").mkdir()  # that it holds nothing would be told by opening it
    for given, said in (
        (("nowhere:build",), "no module nowhere"),
        (("nets_of_others:absent",), "no function absent"),
        (("nets_of_others:Names",), "--network-inputs"),
        (("nets_of_others:Names", "--network-inputs", "rgb"), "no ARGUMENT=INPUT"),
        (("nets_of_others:Two",), "--network-output"),
        (("nets_of_others:Lower", "--network-min-depth-m", "0"), "no depth"),
        (("nets_of_others:Lower", "--weights", "none.pth"), "none.pth"),
    ):
        assert_refused(lidarsel("run", "data", "-k", 4, "--network", *given, cwd=nets), said)


def test_settings_give_the_same_network_again(nets: Path) -> None:
    settings = RunSettings(network="nets_of_others:Two", network_output="depth", network_min_depth_m=0.1)
    assert settings.load_network("cpu").sha256 == network("Two", output="depth", min_depth_m=0.1).sha256
    with pytest.raises(LidarselError):
        RunSettings(network="nets_of_others:Two").load_network("cpu")
