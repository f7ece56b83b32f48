"""A .pt2 file: what it says is checked, and nothing its author wrote is ever run."""

import io
import json
import logging
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lidarsel.completion.foreign.adaptation import Adaptation
from lidarsel.completion.foreign.pt2 import load_pt2
from lidarsel.errors import BadInputError

GRAPH = "models/model.json"


class Net(nn.Module):
    """Takes everything, has a parameter, a buffer and a constant, and sizes that are arithmetic."""

    offset: torch.Tensor
    kernel: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("offset", torch.tensor(0.5))
        self.register_buffer("kernel", torch.ones(1, 1, 3, 3) / 9, persistent=False)

    def forward(self, image: torch.Tensor, sparse_depth_m: torch.Tensor, intrinsics: torch.Tensor) -> torch.Tensor:
        blurred = nn.functional.conv2d(sparse_depth_m, self.kernel, padding=1)
        flat = (blurred + image.mean(1, keepdim=True)).flatten(1).view(image.shape[0], -1)
        focal = intrinsics[:, 0, 0].view(-1, 1, 1, 1) / 700
        return flat.view_as(sparse_depth_m) * self.gain + self.offset + torch.tensor([1.0]) * focal


def save(path: Path, module: nn.Module, inputs: dict[str, torch.Tensor], dynamic: dict[str, Any] | None = None) -> Path:
    torch.export.save(torch.export.export(module.eval(), (), inputs, dynamic_shapes=dynamic), path)
    return path


def given(batch: int, height: int, width: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        "image": torch.rand(batch, 3, height, width, generator=generator),
        "sparse_depth_m": torch.rand(batch, 1, height, width, generator=generator) * 50,
        "intrinsics": 700 * torch.eye(3).expand(batch, 3, 3).contiguous(),
    }


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network for any batch, height and width."""
    batch = torch.export.Dim("batch", min=1, max=64)
    height, width = (torch.export.Dim(name, min=2, max=4096) for name in ("height", "width"))
    size = {0: batch, 2: height, 3: width}
    shapes = {"image": size, "sparse_depth_m": size, "intrinsics": {0: batch}}
    return save(tmp_path_factory.mktemp("pt2") / "net.pt2", Net(), given(2, 16, 32), shapes)


def test_any_size_and_batch(file: Any) -> None:
    network = load_pt2(file, "cpu")
    assert network.model.inputs == ("image", "sparse_depth_m", "intrinsics")
    assert (network.model.batch, network.model.size, network.coalitions_a_pass) == (None, (None, None), 1)
    for height, width in ((16, 32), (48, 64)):
        x = given(3, height, width)
        features = network.encode(x["image"][:1], x["intrinsics"][:1])
        depth = network.complete(features, x["sparse_depth_m"])
        with torch.inference_mode():
            expected = Net()(x["image"][:1].expand(3, -1, -1, -1), x["sparse_depth_m"], x["intrinsics"])
        torch.testing.assert_close(depth, expected)


def test_a_fixed_batch_and_size(tmp_path: Path) -> None:
    network = load_pt2(save(tmp_path / "fixed.pt2", Net(), given(3, 16, 32)), "cpu")
    assert (network.model.batch, network.model.size, network.coalitions_a_pass) == (3, (16, 32), 3)
    x = given(4, 16, 32)
    features = network.encode(x["image"][:1], x["intrinsics"][:1])
    depth = network.complete(features, x["sparse_depth_m"])
    alone = torch.cat([network.complete(features, each[None]) for each in x["sparse_depth_m"]])
    assert torch.equal(depth, alone)
    with pytest.raises(BadInputError, match=r"fixed.pt2: takes 16x32 only, but the frames are 64x64"):
        network.complete(features, torch.zeros(1, 1, 64, 64))


class Counting(nn.Module):
    calls: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, sparse_depth_m: torch.Tensor) -> Any:
        self.calls.add_(1)
        return sparse_depth_m + self.calls


class Two(nn.Module):
    def forward(self, sparse_depth_m: torch.Tensor) -> Any:
        return sparse_depth_m, sparse_depth_m + 1


class NestedNetwork(nn.Module):
    def forward(self, sparse_depth_m: torch.Tensor) -> Any:
        coarse, other = sparse_depth_m + 3, sparse_depth_m + 4
        return {"scales": [sparse_depth_m + 1, coarse], "pair": (coarse + 5, {"other": other}), "all": coarse.mean()}


def test_what_is_returned_has_its_names(tmp_path: Path) -> None:
    path = save(tmp_path / "nested.pt2", NestedNetwork(), {"sparse_depth_m": torch.ones(1, 1, 16, 16)})
    sparse = torch.ones(1, 1, 16, 16)
    for name, added in (("scales.0", 1), ("scales.-1", 3), ("pair.0", 8), ("pair.1.other", 4)):
        network = load_pt2(path, "cpu", Adaptation(output=name))
        assert torch.equal(network.complete(network.encode(None), sparse), sparse + added)
    with pytest.raises(BadInputError, match=r"returned 4 tensors .*scales\.0, scales\.1, pair\.0, pair\.1\.other"):
        load_pt2(path, "cpu")


class OtherArguments(nn.Module):
    def forward(self, rgb: torch.Tensor, sparse_depth_m: torch.Tensor) -> torch.Tensor:
        return sparse_depth_m + rgb.mean()


class One(nn.Module):
    def forward(self, sparse_depth_m: torch.Tensor) -> Any:
        return sparse_depth_m + 1


@pytest.mark.parametrize(
    ("module", "inputs", "said"),
    [
        (Two(), {"sparse_depth_m": torch.ones(1, 1, 16, 16)}, "returned 2 tensors .*--network-output"),
        (
            OtherArguments(),
            {"rgb": torch.ones(1, 3, 16, 16), "sparse_depth_m": torch.ones(1, 1, 16, 16)},
            "input 'rgb'",
        ),
        (One(), {"sparse_depth_m": torch.ones(1, 16, 16)}, r"sparse_depth_m is \(1, 16, 16\), not \(B, 1, H, W\)"),
        (One(), {"sparse_depth_m": torch.ones(1, 2, 16, 16)}, r"is \(1, 2, 16, 16\), not \(B, 1, H, W\)"),
        (One(), {"sparse_depth_m": torch.ones(1, 1, 16, 16).half()}, "is no float32 tensor"),
    ],
)
def test_files_of_another_protocol(tmp_path: Path, module: Any, inputs: Any, said: str) -> None:
    with pytest.raises(BadInputError, match=rf"odd.pt2: .*{said}"):
        load_pt2(save(tmp_path / "odd.pt2", module, inputs), "cpu")


def test_a_network_that_remembers_is_refused(tmp_path: Path) -> None:
    network = load_pt2(save(tmp_path / "odd.pt2", Counting(), {"sparse_depth_m": torch.ones(1, 1, 16, 16)}), "cpu")
    with pytest.raises(BadInputError, match=r"odd\.pt2: changed its own weights or buffers"):
        network.complete(network.encode(None), torch.ones(1, 1, 16, 16))


@pytest.mark.parametrize("content", [b"", b"hello", None])
def test_files_that_are_no_pt2(tmp_path: Path, file: Any, content: Any) -> None:
    path = tmp_path / "torn.pt2"
    path.write_bytes(file.read_bytes()[:-500] if content is None else content)
    with pytest.raises(BadInputError, match=r"torn\.pt2"):
        load_pt2(path, "cpu")


def tampered(file: Path, out: Path, **changes: Callable[[bytes], bytes]) -> Path:
    """The file with members changed or added, by the ends of their names, __ standing for / and _D_ for a dot."""
    ends = {end.replace("__", "/").replace("_D_", "."): change for end, change in changes.items()}
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(out, "w") as copy:
        for name in source.namelist():
            change = next((ends.pop(end) for end in list(ends) if name.endswith(end)), lambda content: content)
            copy.writestr(name, change(source.read(name)))
        for end, change in ends.items():
            copy.writestr(f"{source.namelist()[0].split('/')[0]}/{end}", change(b""))
    return out


def in_graph(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        text = content.decode()
        assert old in text, old
        return text.replace(old, new).encode()

    return change


class Bomb:
    """Unpickled, it writes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.write_text, (self.marker, "it ran")


def bomb(marker: Path) -> Callable[[bytes], bytes]:
    content = io.BytesIO()
    torch.save({"x": Bomb(marker)}, content)
    return lambda _: content.getvalue()


def with_guard(marker: Path) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        program = json.loads(content)
        program["guards_code"] = [f"open({str(marker)!r}, 'w') is None"]
        return json.dumps(program).encode()

    return change


def test_what_nobody_needs_is_left_out_and_not_run(
    tmp_path: Path, file: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    caplog.handler.setLevel(logging.CRITICAL)
    marker = tmp_path / "ran"
    path = tampered(
        file,
        tmp_path / "bombs.pt2",
        sample_inputs__model_D_pt=bomb(marker),
        models__model_D_json=with_guard(marker),
        data__aotinductor__model__lib_D_so=lambda _: b"no library",
    )
    network = load_pt2(path, "cpu")
    x = given(1, 16, 32)
    network.complete(network.encode(x["image"], x["intrinsics"]), x["sparse_depth_m"])
    assert not marker.exists()
    monkeypatch.setattr(logging, "raiseExceptions", False)  # PyTorch's own complaint is badly formatted
    torch.export.load(tampered(file, tmp_path / "one.pt2", sample_inputs__model_D_pt=bomb(marker)))
    assert marker.exists(), "the threat is real: PyTorch's own loader runs them"


CODE = "__import__('pathlib').Path('ran').write_text('x')"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Symbol(', f'"{CODE} + Symbol('),
        ('"Symbol(', '"Symbol.__class__(Symbol('),
        ('"Symbol(', '"(lambda: 1)() * Symbol('),
        ('"target": "torch.ops.aten.mul.Tensor"', '"target": "torch.os.system"'),
        ('"target": "torch.ops.aten.mul.Tensor"', '"target": "torch.ops.aten.from_file.default"'),
        ('"target": "torch.ops.aten.mul.Tensor"', '"target": "_operator.attrgetter"'),
        ('"target": "torch.ops.aten.mul.Tensor"', '"target": "#evil"'),
        ('"name": "image"', f'"name": "image={CODE}"'),
        ("builtins.dict", "collections.namedtuple"),
        (r"\"context\": \"null\"", r"\"context\": {\"__enum__\": true, \"fqn\": \"antigravity:x\"}"),
    ],
)
def test_graphs_that_could_run_code_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Any, old: Any, new: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tampered(file, tmp_path / "bad.pt2", models__model_D_json=in_graph(old, new))
    with pytest.raises(BadInputError, match=r"bad\.pt2: .*could run any code") as refused:
        load_pt2(path, "cpu")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "ran").exists()


def test_pickled_weights_are_refused(tmp_path: Path, file: Any) -> None:
    marker = tmp_path / "ran"
    path = tampered(
        file,
        tmp_path / "bad.pt2",
        weights__model_weights_config_D_json=in_graph('"use_pickle": false', '"use_pickle": true'),
        weights__weight_0=bomb(marker),
    )
    with pytest.raises(BadInputError, match="pickled weight_0"):
        load_pt2(path, "cpu")
    path = tampered(
        file,
        tmp_path / "bad.pt2",
        constants__model_constants_config_D_json=in_graph('"path_name": "tensor_', '"path_name": "opaque_obj_'),
        **{"constants__opaque_obj_0": lambda _: pickle.dumps(Bomb(marker))},
    )
    with pytest.raises(BadInputError, match=r"bad\.pt2"):
        load_pt2(path, "cpu")
    assert not marker.exists()
