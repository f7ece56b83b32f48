"""A user's own network behind the protocol: what it is given, what is refused, and that the docs' example runs."""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.foreign.network import ForeignModel, ForeignNetwork
from lidarsel.completion.registry import load_network
from lidarsel.errors import BadInputError, UsageError
from tests.completion.foreign.own_module import MODULE, weights_in
from tests.support.commands import ROOT, assert_refused, lidarsel, succeeded


def own(
    run: Callable[[Mapping[str, torch.Tensor]], object], inputs: tuple[str, ...] = ("sparse_depth_m",), **more: Any
) -> ForeignNetwork:
    return ForeignNetwork(ForeignModel("mine", "00" * 32, inputs, run, **more), "cpu")


def frame(height: int, width: int, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(height)
    sparse = torch.rand(batch, 1, height, width, generator=generator) * 60 + 1
    return (
        torch.rand(1, 3, height, width, generator=generator),
        sparse * (torch.rand(sparse.shape, generator=generator) < 0.1),
    )


@pytest.mark.parametrize(("height", "width"), [(16, 32), (17, 33), (30, 47)])
def test_the_network_sees_padded_inputs_and_the_caller_the_frame(height: int, width: int) -> None:
    image, sparse = frame(height, width, 3)
    camera = torch.tensor([[[700.0, 0, width / 2], [0, 710, height / 3], [0, 0, 1]]])
    seen = []

    def run(given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        seen.append({name: x.clone() for name, x in given.items()})
        padded = given["sparse_depth_m"].shape[-2]
        row = torch.arange(padded, dtype=torch.float32).view(1, 1, -1, 1)
        above = row - given["intrinsics"][:, 1, 2].view(-1, 1, 1, 1)  # rows below the principal point
        return 1000 + above + given["image"][:, :1] + given["sparse_depth_m"]

    network = own(run, ("image", "sparse_depth_m", "intrinsics"))
    assert isinstance(network, CompletionNetwork)
    depth = network.complete(network.encode(image, camera), sparse)
    row = torch.arange(height, dtype=torch.float32).view(1, 1, -1, 1)
    torch.testing.assert_close(depth, 1000 + (row - height / 3) + image[:, :1] + sparse)
    top = -height % 16
    for each in seen:
        assert each["image"].shape == (1, 3, height + top, width + -width % 16)
        assert not each["sparse_depth_m"][:, :, :top].any()
        assert not each["sparse_depth_m"][..., width:].any()
        torch.testing.assert_close(each["image"][:, :, 0, :width], image[:, :, 0])  # the edge, repeated


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("fixed", [None, 3])
def test_a_coalition_gives_the_same_bytes_in_any_batch(batch: int, fixed: int | None) -> None:
    image, sparse = frame(32, 48, 7)
    layer = torch.nn.Conv2d(4, 1, 5, padding=2)

    def run(given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        assert len(given["sparse_depth_m"]) == (fixed or 1)
        given["image"].mul_(2)  # a network may write to what it is given
        given["sparse_depth_m"].add_(1)
        return layer(torch.cat([given["image"], given["sparse_depth_m"]], 1)).abs() + 0.1

    network = own(run, ("image", "sparse_depth_m"), batch=fixed)
    kept = sparse.clone(), image.clone()
    features = network.encode(image)
    alone = torch.cat([network.complete(features, each[None]) for each in sparse])
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    mixed = torch.cat([network.complete(features, sparse[part]) for part in order.split(batch)])
    assert torch.equal(mixed, alone[order])
    assert torch.equal(sparse, kept[0])
    assert torch.equal(image, kept[1])
    with torch.inference_mode():
        both = torch.cat([2 * image, sparse[3:4] + 1], 1)
        torch.testing.assert_close(alone[3:4], layer(both).abs() + 0.1)


def broken(what: str) -> Callable[[Mapping[str, torch.Tensor]], object]:
    def run(given: Mapping[str, torch.Tensor]) -> Any:
        depth = torch.full_like(given["sparse_depth_m"], 5)
        match what:
            case "zero":
                depth[..., 3, 4] = 0
            case "nan":
                depth[..., 3, 4] = torch.nan
            case "inf":
                depth[..., 3, 4] = torch.inf
            case "negative":
                depth[..., 3, 4] = -2
            case "shape":
                return depth[:, 0]
            case "half":
                return depth.half()
            case "text":
                return "depth"
            case "raises":
                raise RuntimeError("weights are\nsomewhere else")
        return depth

    return run


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("zero", "from 0 to 5 m: --network-min-depth-m 0.1 raises"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("negative", "from -2"),
        ("shape", r"\(1, 16, 32\), not torch.float32 \(1, 1, 16, 32\)"),
        ("half", "float16"),
        ("text", "str, not a tensor"),
        ("raises", "RuntimeError for sparse_depth_m .*weights are"),
    ],
)
def test_what_is_no_depth_is_refused_by_name(what: str, said: str) -> None:
    with pytest.raises(BadInputError, match=rf"^mine: (returned|raised) .*{said}") as refused:
        own(broken(what)).complete(own(broken(what)).encode(None), torch.zeros(2, 1, 16, 32))
    assert "\n" not in str(refused.value)


def test_a_bad_answer_in_the_last_pass_is_refused_too() -> None:
    def run(given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return given["sparse_depth_m"]

    sparse = torch.ones(4, 1, 16, 16)
    own(run).complete(own(run).encode(None), sparse)
    sparse[3, 0, 2, 2] = 0
    with pytest.raises(BadInputError, match="mine"):
        own(run).complete(own(run).encode(None), sparse)


def test_a_fixed_size_takes_frames_a_little_smaller_and_no_others() -> None:
    def run(given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        assert given["sparse_depth_m"].shape[-2:] == (40, 64)
        return given["sparse_depth_m"] + 1

    network = own(run, size=(40, 64))
    sparse = torch.rand(1, 1, 25, 60)
    assert torch.equal(network.complete(network.encode(None), sparse), sparse + 1)
    with pytest.raises(BadInputError, match=r"takes 40x64 only, but the frames are 60x70; export .*--crop 40x64"):
        network.complete(network.encode(None), torch.rand(1, 1, 60, 70))
    with pytest.raises(BadInputError, match="8x64") as refused:
        network.complete(network.encode(None), torch.rand(1, 1, 8, 64))
    assert "--crop" not in str(refused.value)  # no crop makes a frame larger


def test_a_factory_in_the_working_directory(folder: Path) -> None:
    network = load_network("mine:build")
    assert (network.name, network.uses_image, network.uses_intrinsics) == ("mine:build", True, True)
    image, sparse = frame(20, 24, 2)
    depth = network.complete(network.encode(image, torch.eye(3)[None]), sparse)
    torch.testing.assert_close(depth, torch.where(sparse > 0, sparse, 2 * image.mean(1, keepdim=True) + 1))
    plain = load_network("mine:depth_only")
    assert not plain.uses_image
    assert torch.equal(plain.complete(plain.encode(None), sparse), sparse + 1)


def test_a_network_that_remembers_is_refused(folder: Path) -> None:
    network = load_network("mine:remembers")
    with pytest.raises(BadInputError, match="mine:remembers: changed its own"):
        network.complete(network.encode(None), torch.ones(1, 1, 16, 16))


def test_a_network_that_ends_the_program_is_refused_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = load_network("mine:depth_only")
    assert isinstance(network, ForeignNetwork)

    def leave(_own: object, sparse_depth_m: torch.Tensor) -> torch.Tensor:
        sys.exit("no licence")

    monkeypatch.setattr(type(network.model.module), "forward", leave)
    with pytest.raises(BadInputError, match=r"^mine:depth_only: raised RuntimeError .*exit \(no licence\)"):
        network.complete(network.encode(None), torch.ones(1, 1, 16, 16))


def test_a_module_that_parses_the_command_line_does_not_see_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import argparse\nfrom torch import nn\nargparse.ArgumentParser().parse_args()\nbuild = nn.Identity\n"
    (folder / "parses.py").write_text(text)
    monkeypatch.setattr(sys, "argv", ["lidarsel", "run", "data", "--budget", "8"])
    with pytest.raises(UsageError, match="forward takes input"):
        load_network("parses:build")
    assert sys.argv[1:] == ["run", "data", "--budget", "8"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("mine:absent", "no function absent"),
        ("mine:number", "no function number"),
        ("mine:raises", "RuntimeError: no such GPU"),
        ("mine:no_module", "returned int, not a torch.nn.Module"),
        ("mine:strange", "takes rgb, which nobody gives it; .*--network-inputs rgb="),
        ("mine:imageless", "takes no sparse_depth_m"),
        ("mine:half_sized", "size_multiple is 0.5"),
        ("nowhere:build", "there is no module nowhere"),
        ("nowhere.at_all:build", "there is no module nowhere"),
        ("broken:build", "importing broken raised ModuleNotFoundError.*nothing_of_this_name"),
        ("mine:", "no package.module:factory"),
        ("../mine:build", "no package.module:factory"),
        ("absent.pt2", "there is no such network file"),
        ("absent.onnx", "there is no such network file"),
    ],
)
def test_what_is_no_network_is_refused_in_one_line(folder: Path, spec: str, said: str) -> None:
    with pytest.raises((UsageError, BadInputError), match=said) as refused:
        load_network(spec)
    assert "\n" not in str(refused.value)
    assert spec in str(refused.value)


def test_the_identity_covers_the_source(folder: Path) -> None:
    before = load_network("mine:build").sha256
    assert before == load_network("mine:build").sha256 != load_network("mine:depth_only").sha256
    sys.modules.pop("mine")
    (folder / "mine.py").write_text(MODULE.replace("+ 1)", "+ 2)  "))
    assert load_network("mine:build").sha256 != before


def test_the_commands_run_a_factory_of_the_working_directory(folder: Path, drives: Path) -> None:
    data, weights = drives, weights_in("mine:build")
    weights["gain"] *= 20
    torch.save({"model": weights, "args": argparse.Namespace(lr=1)}, folder / "w.pth.tar")
    fast = ("--evaluations", 200, "--max-frames", 2)
    common = ("shapley", data, "--network", "mine:build", *fast)
    succeeded(lidarsel(*common, "--weights", "w.pth.tar", "-o", "values.json", cwd=folder))
    assert '"mine:build"' in (folder / "values.json").read_text()
    assert_refused(lidarsel(*common, "--weights", "none.pth", cwd=folder), "none.pth")


def test_the_example_of_the_docs_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "own_network.md").read_text()
    example, _ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (command,) = re.findall(r"^lidarsel (run .*--network my_networks:.*)$", text, re.MULTILINE)
    (tmp_path / "my_networks.py").write_text(example)
    arguments = command.replace("datasets/sample", str(ROOT / "datasets" / "sample")).split()
    succeeded(lidarsel(*arguments, "--evaluations", "300", "--max-frames", "2", cwd=tmp_path))
    assert list(tmp_path.glob("runs/*/report.html"))
