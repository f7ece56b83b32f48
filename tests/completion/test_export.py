"""``lidarsel export``: the written file gives the network's depths, as a network of ours and of other programs."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lidarsel.completion.export import _running
from lidarsel.completion.foreign.network import ForeignNetwork
from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network
from lidarsel.completion.lidarsel_net.cut import cut_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.registry import SHIPPED_WEIGHTS, load_network
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError, LidarselError, UsageError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.settings import RunSettings
from lidarsel.workflow import exporting
from lidarsel.workflow.exporting import LINES_COMPARED, export_network, made_up_street
from tests.completion.lidarsel_net.mixtures import network as mixture_network
from tests.support.commands import ROOT, assert_refused, lidarsel, succeeded
from tests.support.quick import slow_but

SMALL = Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16))
SAMPLE_SIZE = (128, 424)
SMALL_SIZE = (40, 72)


def own(weights: Path) -> RunSettings:
    """Of lidarsel's network with other weights."""
    return RunSettings(weights=str(weights))


ENDINGS = slow_but(["pt2"], ["pt2", "onnx"])  # writing ONNX takes some ten seconds


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network's weights, large enough that every part has a say, and its export as .pt2."""
    folder = tmp_path_factory.mktemp("export")
    network = LidarselNet(SMALL, seed=1)
    for head in (network.depth_branch.leave, network.image_encoder.weights, network.image_encoder.prior):
        head.weight.data.mul_(10)
    save_network(network, folder / "small.safetensors", {})
    export_network(own(folder / "small.safetensors"), folder / "small.pt2", SMALL_SIZE)
    return folder


@pytest.fixture(scope="module")
def small_onnx(small: Path) -> Path:
    """The same network's export as .onnx."""
    pytest.importorskip("onnxscript")
    export_network(own(small / "small.safetensors"), small / "small.onnx", SMALL_SIZE)
    return small / "small.onnx"


@pytest.mark.parametrize("length", [1, 2, 3, 64, 100])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_running_extremes_are_pytorch_s(length: int, dim: int) -> None:
    x = torch.randint(
        -50, 50, [length if i == dim else 3 for i in range(3)], generator=torch.Generator().manual_seed(0)
    )
    assert torch.equal(_running(torch.maximum, x, dim)[0], x.cummax(dim).values)
    assert torch.equal(_running(torch.minimum, x, dim)[0], x.cummin(dim).values)


def test_the_street_has_the_lines_it_says() -> None:
    image, sparse, intrinsics = made_up_street(352, 1216)
    assert (image.shape, sparse.shape, intrinsics.shape) == ((1, 3, 352, 1216), (3, 1, 352, 1216), (1, 3, 3))
    assert LINES_COMPARED == (0, 4, 64)
    points = (sparse > 0).flatten(1).sum(1).tolist()
    assert points[0] == 0
    assert points[1] == pytest.approx(4 * 0.6 * 1216, rel=0.05)
    assert points[2] > 12 * points[1]


@pytest.mark.slow
def test_a_cut_network_is_written_for_other_programs(small: Path, tmp_path: Path) -> None:
    """Its normalised groups are of several sizes. Of ONNX, the pickier one; a .pt2 of a cut network is written by
    tests/completion/foreign/test_cut_export.py."""
    pytest.importorskip("onnxscript")
    whole = load_weights(small / "small.safetensors")
    cut = cut_network(whole, {"stage8": np.arange(16) % 3 > 0, "inner16": np.arange(16) > 5})
    assert len(set(cut.design.groups("stage8"))) > 1
    save_network(cut, tmp_path / "cut.safetensors", {})
    assert export_network(own(tmp_path / "cut.safetensors"), tmp_path / "cut.onnx", (32, 64)).depth_m < 1e-3


@pytest.mark.slow
def test_a_mixture_is_written_with_all_of_its_experts(tmp_path: Path) -> None:
    """Which compute every place, the chosen ones count: the depths are those of the network. Of ONNX; a .pt2 of one is
    written by test_export_spread.py."""
    pytest.importorskip("onnxscript")
    save_network(mixture_network(), tmp_path / "mixture.safetensors", {})
    off = export_network(own(tmp_path / "mixture.safetensors"), tmp_path / "mixture.onnx", SMALL_SIZE)
    assert off.depth_m < 1e-3


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("batch", [1, 4])
def test_the_file_gives_the_network_s_depths_in_any_batch(
    small: Path, ending: str, batch: int, request: pytest.FixtureRequest
) -> None:
    if ending == "onnx":
        request.getfixturevalue("small_onnx")
    network = load_network("lidarsel", small / "small.safetensors")
    written = load_network(str(small / f"small.{ending}"))
    assert (written.uses_image, written.uses_intrinsics) == (True, False)
    generator = torch.Generator().manual_seed(7)
    height, width = SMALL_SIZE
    images = torch.rand(batch, 3, height, width, generator=generator)
    sparse = torch.rand(batch, 1, height, width, generator=generator) * 70 + 2
    sparse *= torch.rand(sparse.shape, generator=generator) < torch.linspace(0.2, 0, batch)[:, None, None, None]
    one_by_one = zip(images, sparse, strict=True)
    expected = torch.cat([network.complete(network.encode(i[None]), s[None]) for i, s in one_by_one])
    with torch.inference_mode():
        assert isinstance(written, ForeignNetwork)
        got = written.model.run({"image": images, "sparse_depth_m": sparse})
    assert isinstance(got, torch.Tensor)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-3)
    assert got.std() > 1


@pytest.mark.slow
def test_onnx_says_what_it_takes_to_other_programs(small_onnx: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(small_onnx), providers=["CPUExecutionProvider"])
    shapes = {each.name: tuple(each.shape) for each in (*session.get_inputs(), *session.get_outputs())}
    batch = shapes["image"][0]
    assert isinstance(batch, str)
    assert shapes == {
        "image": (batch, 3, *SMALL_SIZE),
        "sparse_depth_m": (batch, 1, *SMALL_SIZE),
        "depth_m": (batch, 1, *SMALL_SIZE),
    }
    assert str(ROOT).encode() not in small_onnx.read_bytes()


def test_files_do_not_tell_where_they_were_made(small: Path) -> None:
    assert str(ROOT).encode() not in (small / "small.pt2").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["pt2", "onnx"])
def test_the_game_is_the_same_with_the_file(tmp_path: Path, ending: str) -> None:
    if ending == "onnx":
        pytest.importorskip("onnxscript")
    out = tmp_path / f"net.{ending}"
    done = lidarsel("export", out, "--size", "x".join(map(str, SAMPLE_SIZE)))
    said = succeeded(done).splitlines()
    assert float(said[0].removeprefix("largest difference from PyTorch: ").removesuffix(" m")) < 1e-3
    assert said[1] == f"network: {out}"
    assert list(tmp_path.iterdir()) == [out]
    dataset = open_dataset(ROOT / "datasets" / "sample", ReadOptions())
    chosen = np.random.default_rng(0).random((4, 64)) < 0.3
    chosen[0], chosen[-1] = False, True
    errors = [
        LineGame(dataset, [1], load_network(network), (352, 1216), "cpu").errors(0, chosen)
        for network in ("lidarsel", str(out))
    ]
    np.testing.assert_allclose(errors[1][:, :2], errors[0][:, :2], rtol=0, atol=1)  # mm
    assert np.ptp(errors[0][:, 0]) > 1000


def test_a_network_of_the_user_s_own(tmp_path: Path) -> None:
    spec, size = "lidarsel.completion.normalised_convolution:network", (64, 128)
    assert export_network(RunSettings(network=spec), tmp_path / "own.pt2", size).depth_m < 1e-3
    network, written = load_network(spec), load_network(str(tmp_path / "own.pt2"))
    assert not written.uses_image
    sparse = made_up_street(*size)[1]
    depths = [each.complete(each.encode(None), sparse) for each in (written, network)]
    torch.testing.assert_close(depths[0], depths[1])
    with pytest.raises(UsageError, match="multiples of 64"):
        export_network(RunSettings(network=spec), tmp_path / "other.pt2", (64, 130))


@pytest.mark.slow
def test_a_file_that_differs_is_not_left(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "TOLERANCE_M", -1.0)
    with pytest.raises(LidarselError, match=r"net.pt2: the exported network differs"):
        export_network(own(small / "small.safetensors"), tmp_path / "net.pt2", SMALL_SIZE)
    assert list(tmp_path.iterdir()) == []


def test_commands_refuse_in_one_line(tmp_path: Path) -> None:
    for arguments, named in (
        ((tmp_path / "net.pth",), "net.pth"),
        ((tmp_path / "net.onnx", "--size", "big"), "big"),
        ((tmp_path / "net.pt2", "--network", "classical", "--size", "32x32"), "can be exported"),
        ((tmp_path / "net.pt2", "--weights", tmp_path / "none.safetensors"), "none.safetensors"),
    ):
        assert_refused(lidarsel("export", *arguments), named)
    assert list(tmp_path.iterdir()) == []


def test_files_need_no_weights(small: Path) -> None:
    with pytest.raises(UsageError, match="takes no weights"):
        load_network(str(small / "small.pt2"), SHIPPED_WEIGHTS)


def test_onnx_that_is_not_installed_is_told_of(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    (tmp_path / "net.onnx").touch()
    with pytest.raises(UsageError, match=r"pip install 'lidarsel\[onnx\]'"):
        load_network(str(tmp_path / "net.onnx"))
    with pytest.raises(UsageError, match=r"pip install 'lidarsel\[onnx\]'"):
        export_network(own(small / "small.safetensors"), tmp_path / "net.onnx", SMALL_SIZE)


def odd_onnx(path: Path, inputs: dict[str, list[Any]], outputs: int = 1, kind: str = "FLOAT") -> Path:
    """A network that adds 1 to its sparse depth, or to its first input."""
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    helper, of_kind = onnx.helper, getattr(onnx.TensorProto, kind)
    first = "sparse_depth_m" if "sparse_depth_m" in inputs else next(iter(inputs))
    names = [f"out{number}" for number in range(outputs)]
    one = onnx.numpy_helper.from_array(np.ones(1, helper.tensor_dtype_to_np_dtype(of_kind)), "one")
    graph = helper.make_graph(
        [helper.make_node("Add", [first, "one"], [name]) for name in names],
        "odd",
        [helper.make_tensor_value_info(name, of_kind, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, of_kind, inputs[first]) for name in names],
        [one],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("inputs", "more", "said"),
    [
        ({"depth": ["B", 1, "H", "W"]}, {}, "has an input 'depth'"),
        ({"image": ["B", 3, "H", "W"]}, {}, "no input 'sparse_depth_m'"),
        ({"sparse_depth_m": ["B", 1, "H", "W"]}, {"outputs": 2}, "returned 2 tensors .*--network-output"),
        ({"sparse_depth_m": ["B", 1, "H", "W"]}, {"kind": "DOUBLE"}, "no float32 tensor"),
        ({"sparse_depth_m": ["B", "H", "W"]}, {}, r"is \(any, any, any\), not \(B, 1, H, W\)"),
        ({"sparse_depth_m": [2, 1, 32, 64], "image": [1, 3, 32, 64]}, {}, "do not go together"),
        ({"sparse_depth_m": [1, 1, 32, 64], "image": [1, 3, 64, 64]}, {}, "do not go together"),
        (
            {"sparse_depth_m": [1, 1, 32, 64], "intrinsics": [1, 3, 4]},
            {},
            r"intrinsics is \(1, 3, 4\), not \(B, 3, 3\)",
        ),
    ],
)
def test_onnx_of_another_protocol(tmp_path: Path, inputs: Any, more: Any, said: str) -> None:
    with pytest.raises(BadInputError, match=rf"odd.onnx: .*{said}"):
        load_network(str(odd_onnx(tmp_path / "odd.onnx", inputs, **more)))


def test_onnx_of_a_fixed_batch_and_size(tmp_path: Path) -> None:
    network = load_network(str(odd_onnx(tmp_path / "odd.onnx", {"sparse_depth_m": [3, 1, 32, 64]})))
    sparse = torch.rand(4, 1, 30, 61)
    assert isinstance(network, ForeignNetwork)
    assert network.coalitions_a_pass == 3
    assert torch.equal(network.complete(network.encode(None), sparse), sparse + 1)


def test_weights_beside_an_onnx_belong_to_its_identity(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    path = odd_onnx(tmp_path / "odd.onnx", {"sparse_depth_m": ["B", 1, "H", "W"]})
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="odd.data", size_threshold=0)
    before = load_network(str(path))
    sparse = torch.rand(1, 1, 16, 16)
    assert torch.equal(before.complete(before.encode(None), sparse), sparse + 1)
    (tmp_path / "odd.data").write_bytes(np.array([2.0], np.float32).tobytes())
    after = load_network(str(path))
    assert torch.equal(after.complete(after.encode(None), sparse), sparse + 2)
    assert before.sha256 != after.sha256


@pytest.mark.parametrize("content", [b"", b"hello", None])
def test_files_that_are_no_onnx(tmp_path: Path, content: Any) -> None:
    path = odd_onnx(tmp_path / "torn.onnx", {"sparse_depth_m": ["B", 1, "H", "W"]})
    path.write_bytes(path.read_bytes()[:-50] if content is None else content)
    with pytest.raises(BadInputError, match=r"torn\.onnx") as refused:
        load_network(str(path))
    assert "\n" not in str(refused.value)
